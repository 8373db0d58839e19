"""The dashboard as a test sees it: pages driven through the frame, with a database and a sandbox of their own."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import smscore
from pages.ui import session
from smscore import CampaignStatus, Desk

ROOT = Path(__file__).parents[1]


class Front:
    """Opens pages; `desk` is the one that the pages use, `folder` holds its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def desk(self) -> Desk:
        """The desk behind the pages."""
        return session.get_desk()

    def open(self, page: str = "overview") -> AppTest:
        """The page as it is first drawn."""
        test = AppTest.from_file(str(ROOT / "pages/navigation.py"), default_timeout=60).run()
        if page == "overview":
            return sound(test)
        return sound(test.switch_page(f"{page}.py").run())

    def ended(self, campaign: int, within: float = 60) -> smscore.Campaign:
        """The campaign once it has ended."""
        wait_until(lambda: self.desk.campaigns.get(campaign).ended, within)
        return self.desk.campaigns.get(campaign)

    def paused(self, campaign: int, within: float = 60) -> smscore.Campaign:
        """The campaign once it is paused."""
        wait_until(lambda: self.desk.campaigns.get(campaign).status is CampaignStatus.PAUSED, within)
        return self.desk.campaigns.get(campaign)


def wait_until(true: Callable[[], bool], within: float) -> None:
    """Return as soon as `true()`; fail after `within` seconds."""
    last = time.monotonic() + within
    while not true():
        assert time.monotonic() < last, "it took too long"
        time.sleep(0.05)


def sound(test: AppTest) -> AppTest:
    """The page, after making sure that nothing broke while it was drawn."""
    assert not test.exception, [each.message for each in test.exception]
    return test


def shown(test: AppTest) -> str:
    """Every word that the page shows outside inputs and tables, escapes taken away."""
    parts = [*test.title, *test.header, *test.subheader, *test.markdown, *test.text, *test.code, *test.caption]
    parts += [*test.error, *test.warning, *test.info, *test.success]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def handed_over(test: AppTest, component: str = "live_preview") -> dict:
    """What the page hands to a component of its own in the browser: to the preview that follows the typing."""
    (found,) = [each.proto for each in test.get("bidi_component") if each.proto.component_name == component]
    return json.loads(found.json)


def figures(test: AppTest) -> dict[str, str]:
    """The page's metrics by name; the last of a name wins."""
    return {metric.label: metric.value for metric in test.metric}


def press(test: AppTest, label: str) -> AppTest:
    """Press the button whose label begins with `label`."""
    (button,) = [each for each in test.button if each.label.startswith(label)]
    return sound(button.click().run())


def labels(test: AppTest) -> list[str]:
    """The labels of all buttons."""
    return [button.label for button in test.button]


@pytest.fixture
def front(tmp_path: Path, blank_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    """Pages on a sandbox and a database of their own; nothing is sent, because no engine runs."""
    for name in [name for name in os.environ if name.startswith("SMSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    shutil.copy(blank_sqlite, tmp_path / "desk.db")
    monkeypatch.chdir(tmp_path)
    session.get_desk().senders.add("ACMEIN", "test")
    yield Front(tmp_path)
    session.close_desks()


@pytest.fixture
def sending(front: Front) -> Iterator[Front]:
    """The same with an engine that sends to the sandbox."""
    front.desk.sandbox.set_faults(report_from=0.1, report_to=0.3, undelivered=0.0, expired=0.0)
    assert smscore.start_engine(front.desk)
    yield front
    smscore.stop_engine()
