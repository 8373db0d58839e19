"""`import smscore`: every name is there, and a command loads only what it uses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import smscore

ROOT = Path(__file__).parents[1]
FRONT_DOOR = ROOT / "smscore/__init__.py"
ENGINE_ROOM = {"dbos", "sqlalchemy", "alembic", "psycopg", "requests", "starlette", "uvicorn"}
"""What only those need who open a database, send or serve."""


WITH_MODULES_TOLD = """
import atexit, runpy, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
"""
NOTHING = "pass"
COMMAND = "runpy.run_module('smscore', run_name='__main__', alter_sys=True)"


def loaded(program: str, *arguments: str, exit_code: int = 0, folder: Path = ROOT) -> set[str]:
    """The modules that a fresh Python has loaded when `program` ends."""
    ended = subprocess.run(
        [sys.executable, "-c", WITH_MODULES_TOLD + program, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == exit_code, ended.stderr
    return set(ended.stderr.splitlines()[-1].split())


def libraries(modules: Iterable[str]) -> set[str]:
    """The packages of `modules` that are neither ours nor Python's own."""
    return {name.partition(".")[0] for name in modules} - {"smscore"} - sys.stdlib_module_names


def test_every_name_leads_somewhere():
    assert smscore.__all__ == sorted(set(smscore.__all__)) and set(smscore.__all__) <= set(dir(smscore))
    for name in smscore.__all__:
        assert getattr(smscore, name) is not None, name
    assert smscore.message_faults.__module__ == "smscore.messages.checks", "a name may differ from that in its room"


def test_the_table_and_the_imports_for_editors_agree():
    (block,) = [node for node in ast.parse(FRONT_DOOR.read_text("utf-8")).body if isinstance(node, ast.If)]
    imported = {
        each.asname or each.name: (line.module, each.name)
        for line in block.body
        if isinstance(line, ast.ImportFrom)
        for each in line.names
    }
    table = {name: (module, smscore._NAMES_THERE.get(name, name)) for name, module in smscore._MODULES.items()}
    assert imported == table and list(imported) and set(smscore._NAMES_THERE) <= set(table)


def test_nothing_is_exported_that_no_page_no_command_and_no_documentation_uses():
    used = {name for source in sources() for name in names_of_smscore(source)}
    assert set(smscore.__all__) == used


def sources() -> Iterator[str]:
    """What stands in front of the door: the server, pages, commands, and the Python in the documentation."""
    for path in (ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "smscore/command").glob("*.py")):
        yield path.read_text("utf-8")
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        yield from re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def names_of_smscore(source: str) -> Iterator[str]:
    """The names that a program takes from `smscore` itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "smscore":
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "smscore":
            yield node.attr


def test_a_name_that_is_not_there_is_refused_as_in_any_module():
    with pytest.raises(AttributeError, match="'smscore' has no attribute 'nothing'"):
        _ = smscore.nothing
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec("from smscore import nothing")


def test_the_front_door_itself_loads_no_room():
    rooms = {name for name in loaded("import smscore") if name.startswith("smscore.")}
    assert not rooms


@pytest.mark.parametrize(("arguments", "code"), [(("--help",), 0), (("send", "--help"), 0), (("send", "x.csv"), 2)])
def test_help_and_wrong_usage_load_no_library_at_all(arguments: tuple[str, ...], code: int):
    assert not libraries(loaded(COMMAND, *arguments, exit_code=code)) - libraries(loaded(NOTHING))


def test_the_sandbox_starts_without_a_desk():
    modules = loaded("import smscore.command.serving")
    assert "smscore.sandbox" in modules and not {"smscore.desk", "smscore.store", "pyarrow", "dbos"} & modules


def test_check_loads_what_reads_sheets_and_neither_database_nor_engine(tmp_path: Path):
    (tmp_path / "people.csv").write_text("name,phone\nAsha,9876543210\n", encoding="utf-8")
    modules = loaded(COMMAND, "check", "people.csv", "--valid", "ok.csv", folder=tmp_path)
    assert {"smscore.contacts", "pyarrow"} <= modules and (tmp_path / "ok.csv").exists()
    assert not libraries(modules) & ENGINE_ROOM
    assert not {"smscore.store", "smscore.engine", "smscore.provider", "smscore.desk"} & modules
