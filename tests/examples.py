"""How many made-up examples a test tries: all of them in CI, a quarter while you work."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

WHOLE, QUICK = "whole", "quick"
settings.register_profile(WHOLE, max_examples=100)
settings.register_profile(QUICK, max_examples=25)


def is_fast(config: pytest.Config) -> bool:
    """Tell whether the slow tests are left out."""
    return "not slow" in config.option.markexpr


def choose_profile(config: pytest.Config) -> None:
    """Load the quick profile for a run without the slow tests, and never in CI; `--hypothesis-profile` overrules it."""
    quick = is_fast(config) and os.environ.get("CI") != "true"
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile(QUICK if quick else WHOLE)


def examples(whole: int) -> int:
    """Return how many examples to try where the whole profile tries `whole`."""
    return max(whole * settings.default.max_examples // 100, 5)
