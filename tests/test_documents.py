"""The documents name every setting and every verb, their links lead somewhere, and the README stays short."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from smscore.config import NAMES, PREFIX

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
EVERYTHING = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)


def list_verbs() -> list[str]:
    """Return the verbs that the command line's own help names."""
    told = subprocess.run(
        [sys.executable, "-m", "smscore", "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    return re.findall(r"^    ([a-z][a-z-]+)(?:\s|$)", told, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str):
    assert f"`{PREFIX}{name}`".upper() in EVERYTHING.upper()


def test_every_verb_is_documented():
    verbs = list_verbs()
    assert len(verbs) > 10
    assert [verb for verb in verbs if not re.search(rf"(`|smscore |, ){verb}\b", EVERYTHING)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path):
    text = path.read_text(encoding="utf-8")
    places = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [place for place in places if place and not place.startswith("http")]
    assert [place for place in local if not (path.parent / place).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_headings_find_them(path: Path):
    links = re.findall(r"\]\(([^)\s:#]*)#([^)\s]+)\)", path.read_text(encoding="utf-8"))
    assert [
        (place, name) for place, name in links if name not in list_anchors(path.parent / place if place else path)
    ] == []


def list_anchors(path: Path) -> set[str]:
    """Return the names by which links find the headings of a document, formed as GitHub does."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_architecture_names_modules_that_exist():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)(?:: \w+)?`", text))
    assert len(named) > 10
    assert [
        name for name in sorted(named) if not any((base / name).exists() for base in (ROOT, ROOT / "smscore"))
    ] == []


def test_the_readme_is_read_in_five_minutes():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
