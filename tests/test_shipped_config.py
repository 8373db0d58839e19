"""The configuration that ships: Streamlit's doors are shut, and the colours can be read by everybody."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
SAFE = {
    "server.address": "127.0.0.1",
    "server.headless": True,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.allowedHosts": ["localhost", "127.0.0.1"],
    "server.maxUploadSize": 200,
    "server.disconnectedSessionTTL": 60,
    "server.trustedUserHeaders": {},
    "server.corsAllowedOrigins": [],
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "runner.magicEnabled": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "browser.gatherUsageStats": False,
}


def test_streamlit_runs_with_the_safe_values():
    script = (
        "import json, streamlit as st; from streamlit import config; config.get_config_options(force_reparse=True);"
        f"print(json.dumps({{name: st.get_option(name) for name in {list(SAFE)!r}}}))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout.splitlines()[-1]) == SAFE


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(mode):
    theme = SHIPPED["theme"][mode]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], *theme["sidebar"].values()]
    for ground in grounds:
        assert contrast(theme["textColor"], ground) >= 7
        assert contrast(theme["linkColor"], ground) >= 4.5
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5
    # Streamlit always writes white on it, and marks the chosen tab with it: in the dark both cannot reach 4.5.
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3.9


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("colour", ["green", "orange", "yellow", "red", "blue", "gray"])
def test_badges_and_callouts_can_be_read(mode, colour):
    theme = SHIPPED["theme"][mode]
    assert contrast(theme[f"{colour}TextColor"], theme[f"{colour}BackgroundColor"]) >= 4.5
    assert contrast(theme[f"{colour}TextColor"], theme["backgroundColor"]) >= 4.5


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
