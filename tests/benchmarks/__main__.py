"""`python -m tests.benchmarks numbers [--rows 100000]`: run one benchmark by its name."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules

from tests import benchmarks

NAMES = sorted(module.name for module in iter_modules(benchmarks.__path__) if not module.name.startswith("_"))


def main(argv: list[str]) -> int:
    """Hand the rest of the command line to `main(argv)` of the benchmark named first."""
    if not argv or argv[0] not in NAMES:
        print(f"usage: python -m tests.benchmarks {{{','.join(NAMES)}}} [options]", file=sys.stderr)
        return 2
    return import_module(f"tests.benchmarks.{argv[0]}").main(argv[1:]) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
