"""How many processes run the tests, and which tests stay in one of them, one after the other.

The marker `xdist_group` of pytest-xdist 3.8 would say the second, but does nothing with pytest 9.2: it writes the group
into an attribute that pytest no longer reads.
"""

from __future__ import annotations

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.examples import is_fast

TOGETHER = (
    # These kill processes, or judge when things happened, and would disturb their like.
    "tests/crash/",
    "tests/browser/",
    # These share a server that takes seconds to start.
    "tests/test_server_access.py",
    "tests/test_tab_limit.py",
    "tests/test_app.py",
    # For all of these every difficult file is read, several at once.
    "tests/test_sheets.py::test_every_difficult_file_ends_as_its_index_says",
)
"""How the names of tests begin that stay in one process."""
MOST_PROCESSES = 8
"""More would need more connections than a PostgreSQL server has by default."""


class GroupScheduling(LoadScopeScheduling):
    """Gives each process the next test, or all tests of the next group; the largest groups come first."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, TOGETHER), nodeid)


def count_processes(config: pytest.Config) -> int:
    """Return how many processes run the tests where nothing else is said.

    Named files or tests run in this process alone (0), as a debugger needs it. Tests that are not fast wait half of
    their time, so that one process more than there are cores keeps these busy.
    """
    if all(name.partition("::")[0].endswith(".py") for name in config.args):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores if is_fast(config) else cores + 1, MOST_PROCESSES)
