"""docs/notebook.md: every block runs, one after the other as in a notebook, and prints what the page shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs/notebook.md").read_text(encoding="utf-8"), re.DOTALL)
RUN = """
import contextlib, io, json, sys
names, printed = {}, []
for block in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(block, names)
    printed.append(out.getvalue())
print(json.dumps(printed))
"""


def strip_ends(text: str) -> list[str]:
    """Return the lines of a text without the spaces that pandas puts behind them."""
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.slow
def test_the_notebook_prints_what_it_shows(tmp_path: Path):
    (tmp_path / "people.csv").write_text(dict(BLOCKS)["csv"], encoding="utf-8")
    blocks, shown = ([text for kind, text in BLOCKS if kind == wanted] for wanted in ("python", "text"))
    ended = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(blocks),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert list(map(strip_ends, json.loads(ended.stdout))) == list(map(strip_ends, shown))


def test_the_notebook_imports_smscore_alone():
    used = {
        name for kind, text in BLOCKS if kind == "python" for name in re.findall(r"^(?:import|from) (\w+)", text, re.M)
    }
    assert used - set(sys.stdlib_module_names) == {"smscore"}
