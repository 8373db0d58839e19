"""The house rules that a test can keep: who may import whom, where SQL, HTTP, Streamlit and the environment live."""

from __future__ import annotations

import ast
import sys
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

import pytest

from smscore import errors

ROOT = Path(__file__).parents[1]

ROOMS: dict[str, set[str]] = {
    # room: the rooms of smscore that it may import
    "durable_files": set(),
    "errors": set(),
    "tables": set(),
    "urls": set(),
    "config": {"errors", "sign_in", "urls"},
    "sign_in": {"errors", "urls"},
    "sheets": {"errors", "tables"},
    "phones": {"errors", "tables"},
    "dlt": {"errors"},
    "messages": {"dlt", "errors", "tables"},
    "contacts": {"sheets", "phones", "errors", "tables"},
    "campaigns": {"contacts", "messages", "dlt", "errors"},
    "provider": {"messages", "errors", "config", "urls"},
    "sandbox": {"errors", "urls"},
    "store": {"campaigns", "contacts", "messages", "dlt", "durable_files", "errors"},
    "migrations": {"store"},
    "engine": {"campaigns", "messages", "provider", "store", "durable_files", "errors"},
    "delivery": {"store", "campaigns", "errors"},
    "reports": {"campaigns", "store", "errors", "tables"},
}
EVERYTHING = {"desk", "command", "__main__", "__init__"}
"""Rooms that stand on all others."""

ONLY_IN: dict[str, set[str]] = {
    # outside library: the rooms that may use it
    "sqlalchemy": {"store", "migrations", "engine"},
    "alembic": {"store", "migrations"},
    "dbos": {"engine"},
    "requests": {"provider", "sandbox"},
    "streamlit": set(),
    "phonenumbers": {"phones", "config"},
    "fastexcel": {"sheets"},
    "openpyxl": {"reports"},
}
NOUNS = ("sheets", "phones", "contacts", "messages", "dlt", "campaigns")


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of smscore with the name of its room."""
    for path in sorted((ROOT / "smscore").rglob("*.py")):
        yield path.relative_to(ROOT / "smscore").with_suffix("").parts[0], path


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The dotted names that a module imports, relative ones made absolute."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            yield from (f"{base}.{each.name}" for each in node.names)


def rooms_imported(path: Path) -> set[str]:
    known = set(ROOMS) | EVERYTHING
    parts = [name.split(".") for name in imports(path) if name.startswith("smscore")]
    return {each[1] for each in parts if len(each) > 1 and each[1] in known}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_it_may(room: str):
    found = {path: rooms_imported(path) - ROOMS[room] - {room} for name, path in modules() if name == room}
    assert found, f"the room {room} is gone: correct the map"
    assert not {str(path.relative_to(ROOT)): extra for path, extra in found.items() if extra}


def test_no_modules_import_each_other_in_a_circle():
    """Not even inside a function, where Python would let it pass."""
    known = {_dotted(path): path for path in sorted((ROOT / "smscore").rglob("*.py"))}
    # Only a package's own modules may import its front; whoever imports the package imports what the front imports.
    graph = {name: {_module(each, known) for each in imports(path)} - {None, name} for name, path in known.items()}
    assert not [circle for circle in _circles(graph) if len(circle) > 1]


def _dotted(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _module(imported: str, known: Container[str]) -> str | None:
    """The module that an import of a dotted name asks for: the name itself, or what it is taken from."""
    return next((name for name in (imported, imported.rpartition(".")[0]) if name in known), None)


def _circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected parts of a graph (Tarjan, SIAM J. Comput. 1972)."""
    place: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path, found = [], []

    def visit(node: str) -> None:
        place[node] = lowest[node] = len(place)
        path.append(node)
        for target in sorted(graph[node]):
            if target not in place:
                visit(target)
            if target in path:
                lowest[node] = min(lowest[node], lowest[target])
        if lowest[node] == place[node]:
            start = path.index(node)
            found.append(path[start:])
            del path[start:]

    for node in graph:
        if node not in place:
            visit(node)
    return found


def test_every_room_is_on_the_map():
    assert {room for room, _ in modules()} == set(ROOMS) | EVERYTHING


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_in_its_rooms_only(library: str):
    users = {room for room, path in modules() if any(name.split(".")[0] == library for name in imports(path))}
    assert users <= ONLY_IN[library]


def test_only_config_reads_the_environment():
    readers = {
        room
        for room, path in modules()
        if any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") for node in ast.walk(parsed(path))
        )
    }
    assert readers <= {"config"}


def test_the_nouns_touch_neither_clock_nor_network():
    for room, path in modules():
        if room in NOUNS and room != "sheets":
            outside = {name.split(".")[0] for name in imports(path)}
            assert not outside & {"time", "socket", "requests", "sqlalchemy", "subprocess"}, path


PAGE_IMPORTS = {"ui": {"ui", "server"}, "server": {"server"}}
"""The folders of `pages` that each of them may import; the pages themselves import `ui` only."""
SERVER_LIBRARIES = {"streamlit", "starlette", "uvicorn", "pyarrow", "smscore", "pages"}


def test_pages_use_the_front_door_and_not_each_other():
    for path in sorted((ROOT / "pages").rglob("*.py")):
        allowed = PAGE_IMPORTS.get(path.relative_to(ROOT / "pages").parts[0], {"ui"})
        for name in imports(path):
            if name.startswith("smscore"):
                assert name.count(".") <= 1, f"{path}: {name} is not the front door"
            if name.startswith("pages."):
                assert name.split(".")[1] in allowed, f"{path} may not import {name}"


def test_the_server_in_front_of_the_pages_stands_on_few_libraries():
    for path in sorted((ROOT / "pages/server").glob("*.py")):
        outside = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names)
        assert outside <= SERVER_LIBRARIES, path


def test_only_one_file_of_the_pages_keeps_session_state():
    users = {
        path.name
        for path in (ROOT / "pages").rglob("*.py")
        if path.parent.name != "server"  # which clears the state of sessions that have ended
        and "session_state" in path.read_text(encoding="utf-8").replace("session_state.get(", "")  # a widget's own key
    }
    assert users <= {"session.py"}


def test_no_page_draws_raw_html():
    for path in sorted((ROOT / "pages").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in text and "st.html" not in text, path


def test_every_public_function_of_the_core_says_what_it_does():
    mute = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for _, path in modules()
        for node in _public(parsed(path))
        if not ast.get_docstring(node)
    ]
    assert not mute, "\n".join(mute)


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    each
                    for each in node.body
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and not each.name.startswith("_")
                )


def test_every_code_that_the_core_raises_has_its_sentence():
    kinds = {name for name, each in vars(errors).items() if isinstance(each, type) and not name.startswith("_")}
    said = set()
    for _, path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and _name(node.func) in kinds and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    said.add(first.value)
    assert len(said) > 50
    assert not said - set(errors.SENTENCES)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
