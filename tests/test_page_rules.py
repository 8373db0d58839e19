"""What no page may do: the rules that keep pages thin and untrusted text harmless, read off their source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in (ROOT / "pages").rglob("*.py") if path.parent.name != "server")
"""Whatever draws; the import rules of `pages/server`, which stands in front of it, are in test_architecture.py."""
DRAWN_WITH = {"pages.ui", "pages.server"}
MARKDOWN = {
    "markdown",
    "write",
    "caption",
    "error",
    "warning",
    "info",
    "success",
    "toast",
    "title",
    "header",
    "subheader",
    "draw_title",
    "draw_note",
}
SAFE_WORDS = {
    "escape",
    "format_count",
    "format_countdown",
    "format_duration",
    "format_explanation",
    "format_moment",
    "format_money",
    "format_number",
    "format_percent",
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def names(path: Path) -> set[str]:
    return {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_page_draws_html_or_switches_markdown_guards_off(path: Path):
    assert "html" not in names(path) and "iframe" not in names(path)
    assert "unsafe_allow_html" not in path.read_text()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_use_the_front_door_and_no_other_page(path: Path):
    inner = {name for name in imports(path) if name.startswith("smscore.")}
    others = {name for name in imports(path) if name.startswith("pages") and name not in DRAWN_WITH}
    assert not inner and not others
    assert not imports(path) & {"os", "requests", "sqlalchemy", "sqlite3", "subprocess", "socket", "httpx"}


@pytest.mark.parametrize("path", [path for path in PAGES if path.stem != "session"], ids=lambda path: path.stem)
def test_session_state_is_touched_in_one_module_only(path: Path):
    assert "session_state" not in path.read_text()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_are_short(path: Path):
    assert len(path.read_text().splitlines()) <= 240
    if path.parent.name == "pages":
        assert len(path.read_text().splitlines()) <= 165


def foreign(value: ast.expr) -> bool:
    """Whether an f-string's part is an attribute of something foreign, put in as it is."""
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name not in SAFE_WORDS
    return isinstance(value, ast.Attribute) and value.attr in {
        "name",
        "text",
        "body",
        "actor",
        "value",
        "sender",
        "note",
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_foreign_text_is_never_put_into_markdown(path: Path):
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MARKDOWN):
            continue
        for text in node.args[:1]:
            parts = [part.value for part in ast.walk(text) if isinstance(part, ast.FormattedValue)]
            assert not [ast.unparse(part) for part in parts if foreign(part)], ast.unparse(node)
