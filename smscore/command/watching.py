"""Watching a campaign from the command line, with a progress bar on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from smscore import Campaign, CampaignStatus, Desk, Progress, StoreError, get_engine_fault, start_engine, stop_engine
from smscore.command.console import NO_ENGINE, Stop

LOOK_SECONDS, OFFER_SECONDS = 0.3, 2.0
"""Between two looks at the campaign, and between two offers to run the engine."""
PATIENCE = 120.0
"""For how long the database may be away before the command gives up watching."""
ANSWERS_SECONDS = 35.0
"""How long calls under way in another process may take to be answered: a little longer than the provider's deadline."""


@contextmanager
def show_recording() -> Iterator[Callable[[int, int], None]]:
    """Show how many recipients are recorded; give it to `launch`. Nothing is drawn for what takes under a second."""
    with tqdm(desc="Saving", unit=" recipients", delay=1.0, leave=False) as bar:

        def show_progress(written: int, total: int) -> None:
            bar.total = total
            bar.update(written - bar.n)

        yield show_progress


class Watch:
    """One campaign, watched until it ends, pauses, or the command is asked to stop; `run` returns it as it is then.

    The engine runs in this process when no other process has it; when that other one goes away, this one takes over.
    """

    def __init__(self, desk: Desk, campaign_id: int, stop: Stop) -> None:
        self.desk, self.campaign_id, self.stop = desk, campaign_id, stop
        self.sends = False
        self._offered = self._looked = time.monotonic()
        self._told = ""

    def run(self) -> Campaign:
        """Watch, sending where nobody else does. Raises StoreError when the database stays away."""
        self.sends = start_engine(self.desk)
        try:
            with self._make_bar() as bar:
                self._follow(bar)
        finally:
            if self.sends:
                stop_engine()
        return self._await_answers()

    def _make_bar(self) -> tqdm:
        campaign = self.desk.campaigns.get(self.campaign_id)
        watched = sys.stderr.isatty()
        # Into a file, a line every ten seconds is enough.
        return tqdm(
            total=campaign.recipients,
            desc=f"Campaign {campaign.id}",
            unit=" messages",
            mininterval=LOOK_SECONDS if watched else 10.0,
            dynamic_ncols=watched,
        )

    def _follow(self, bar: tqdm) -> None:
        while not self.stop.asked:
            if self.sends and (fault := get_engine_fault()) is not None:
                raise fault
            progress = self._read_progress()
            if progress is not None:
                self._draw(bar, progress)
                if is_at_rest(progress.campaign):
                    return
            self._offer_engine()
            self.stop.wait(LOOK_SECONDS)

    def _read_progress(self) -> Progress | None:
        """Return the present state; None while the database is away for a moment."""
        try:
            progress = self.desk.campaigns.get_progress(self.campaign_id)
        except StoreError as fault:
            if fault.code == "database_replaced" or time.monotonic() - self._looked > PATIENCE:
                raise
            return None
        self._looked = time.monotonic()
        return progress

    def _draw(self, bar: tqdm, progress: Progress) -> None:
        bar.update(progress.totals.handed_over - bar.n)
        bar.set_postfix_str(_format_counts(progress), refresh=False)
        note = self._explain_wait(progress)
        if note and note != self._told:
            bar.write(note, file=sys.stderr)
        self._told = note

    def _explain_wait(self, progress: Progress) -> str:
        if not (self.sends or progress.engine_alive):
            return NO_ENGINE
        if progress.slowed:
            return "The provider asked us to slow down. This takes longer; nothing is lost."
        waits = progress.campaign.status is CampaignStatus.SCHEDULED and progress.campaign.start_at
        if waits and waits.timestamp() > time.time():
            here = waits.astimezone(self.desk.settings.zone)
            return f"It starts at {here:%Y-%m-%d %H:%M:%S} ({self.desk.settings.timezone})."
        return ""

    def _offer_engine(self) -> None:
        if not self.sends and time.monotonic() - self._offered > OFFER_SECONDS:
            self._offered = time.monotonic()
            self.sends = start_engine(self.desk)

    def _await_answers(self) -> Campaign:
        """Return the campaign once its calls under way are answered: on a pause they end by themselves elsewhere."""
        latest = time.monotonic() + ANSWERS_SECONDS
        while True:
            campaign = self.desk.campaigns.get(self.campaign_id)
            done = not campaign.totals.submitting or not is_at_rest(campaign) or self.stop.asked
            if done or time.monotonic() > latest:
                return campaign
            self.stop.wait(LOOK_SECONDS)


def is_at_rest(campaign: Campaign) -> bool:
    """Return whether nothing goes on by itself: ended, or paused for a person.

    A canary that a rule judges goes on by itself.
    """
    return campaign.ended or (campaign.status is CampaignStatus.PAUSED and campaign.reason != "canary_watched")


def _format_counts(progress: Progress) -> str:
    totals, status = progress.totals, progress.campaign.status.value
    counts = {"refused": totals.refused, "unknown": totals.unknown}
    return ", ".join([status, *(f"{count:,} {name}" for name, count in counts.items() if count)])
