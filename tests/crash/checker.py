"""The checker: truth, database and exported report after a run, and every way in which they may not differ.

The truth is the provider's: how often it would have texted each number. Campaigns that are checked together must not
share numbers, so that the truth, which knows no campaigns, can be told apart.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from smscore import Desk, RecipientStatus
from smscore.campaigns import TAKEN
from smscore.engine.claims import GROUP_SECONDS
from smscore.store import DECIDED
from smscore.store import tables as t

_TAKEN = {status.value for status in TAKEN}
_NEVER = {"refused", "queued", "cancelled", "opted_out"}
_OPEN = {"queued", "submitting"}


def faults_of(desk: Desk, campaigns: Sequence[int], truth: Mapping[int, int]) -> list[str]:
    """Every invariant that does not hold, one line each; empty when all hold.

    A number is texted at most once · accepted or beyond: it was texted · refused, queued, cancelled, opted out: it was
    not · texted and not accepted: unknown · an ended campaign has nobody waiting · every recipient has one status and
    the sums are those of the sheet · the exported report says what the database says.
    """
    found = [f"{number} was texted {times} times" for number, times in truth.items() if times > 1]
    for campaign_id in campaigns:
        found += [f"campaign {campaign_id}: {fault}" for fault in _campaign_faults(desk, campaign_id, truth)]
    if desk.database.sqlite:
        with desk.database.reading() as connection:
            said = connection.execute(sa.text("PRAGMA integrity_check")).scalar_one()
        found += [] if said == "ok" else [f"the database says: {said}"]
    return found


def rate_faults(desk: Desk, campaign_id: int, runs: int) -> list[str]:
    """Every second in which the campaign claimed more than the account's rate, one line at most.

    So many `runs` of chunks go on side by side. Each may be late with the one group that it has a turn for, and so
    claim it together with the others'; more than that has no turn.
    """
    with desk.database.reading() as connection:
        c = t.call.c
        left = (c.campaign_id == campaign_id, c.code != "given_back")
        asked = sa.select(c.submitted_at, c.recipients).where(*left).order_by(c.submitted_at)
        calls = [tuple(row) for row in connection.execute(asked)]
    group = max(desk.settings.batch_size, int(desk.settings.rate * GROUP_SECONDS))
    allowed = desk.settings.rate + (runs + 1) * group
    most, within, first = 0, 0, 0
    for moment, recipients in calls:
        within += recipients
        while calls[first][0] <= moment - 1:
            within -= calls[first][1]
            first += 1
        most = max(most, within)
    return [f"campaign {campaign_id} claimed {most} in a second, allowed are {allowed:g}"] if most > allowed else []


def _campaign_faults(desk: Desk, campaign_id: int, truth: Mapping[int, int]) -> list[str]:
    with desk.database.reading() as connection:
        rows = connection.execute(
            sa.select(t.recipient.c.msisdn, t.recipient.c.status, t.recipient.c.reason).where(
                t.recipient.c.campaign_id == campaign_id
            )
        ).all()
    found = [fault for row in rows for fault in _row_faults(row, truth.get(row.msisdn, 0))]
    return found + _sum_faults(desk, campaign_id, rows) + _report_faults(desk, campaign_id, rows)


def _row_faults(row: sa.Row, times: int) -> list[str]:
    decided = row.reason in DECIDED
    if row.status in _TAKEN and not times and not decided:
        return [f"{row.msisdn} is {row.status} and was never texted"]
    if row.status in _NEVER and times:
        return [f"{row.msisdn} is {row.status} and was texted"]
    return []


def _sum_faults(desk: Desk, campaign_id: int, rows: Sequence[sa.Row]) -> list[str]:
    campaign, found = desk.campaigns.get(campaign_id), []
    counted = Counter(row.status for row in rows)
    with desk.database.reading() as connection:
        recipients = connection.execute(
            sa.select(t.campaign.c.recipients).where(t.campaign.c.id == campaign_id)
        ).scalar_one()
    if len({row.msisdn for row in rows}) != len(rows) or len(rows) != recipients:
        found.append(f"{len(rows)} recipients for {recipients}")
    left_out = campaign.problems + campaign.duplicates + campaign.opted_out + campaign.subtracted
    if campaign.rows != recipients + left_out:
        found.append(f"{campaign.rows} rows for {recipients} recipients and {left_out} others")
    if campaign.ended:
        shown = {s.value: getattr(campaign.totals, s.value) for s in RecipientStatus}
        found += [f"{counted[s]} {s}, shown as {n}" for s, n in shown.items() if n != counted[s]]
        found += [f"ended with {counted[status]} {status}" for status in _OPEN if counted[status]]
    return found


def _report_faults(desk: Desk, campaign_id: int, rows: Sequence[sa.Row]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.csv"
        desk.results.save_report(campaign_id, path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            told = {int(line["phone"].lstrip("'+")): line["status"] for line in csv.DictReader(file)}
    stored = {row.msisdn: row.status for row in rows}
    if told == stored:
        return []
    return [f"the report differs from the database for {len(told.items() ^ stored.items())} lines"]
