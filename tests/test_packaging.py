"""pyproject.toml is the one place of metadata; requirements.txt, which the README's commands install, says the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read_requirements() -> tuple[list[str], list[str]]:
    """Return what requirements.txt lists above and below its heading for the tests."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    parts = text.split('# What its tests need (the extra "dev").')
    assert len(parts) == 2, "the heading between the two parts is gone"
    above, below = (re.findall(r"^([^#\s]+)", part, re.MULTILINE) for part in parts)
    return above, below


def test_requirements_equal_the_metadata():
    needed, for_tests = read_requirements()
    assert needed == PROJECT["dependencies"]
    assert for_tests == PROJECT["optional-dependencies"]["dev"]


def test_each_requirement_of_the_product_says_why_it_is_here():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    silent = [line for line in listed if "#" not in line and not line.startswith("pytest>")]
    assert not silent


def test_the_command_of_the_package_leads_to_the_command_line():
    module, _, function = PROJECT["scripts"]["smsdesk"].partition(":")
    namespace: dict[str, object] = {}
    exec(f"from {module} import {function}", namespace)
    assert callable(namespace[function])
