"""From rows of the store to campaigns and their parts, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from smscore.campaigns import Campaign, CampaignStatus, Canary, RecipientStatus, Timing, Totals, Window
from smscore.messages import Message
from smscore.store import tables as t


def to_datetime(seconds: float) -> datetime:
    """Return seconds since 1970 as an aware moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def to_datetime_or_none(seconds: float | None) -> datetime | None:
    """Return `moment(seconds)`; None for None."""
    return None if seconds is None else to_datetime(seconds)


def format_timing(timing: Timing) -> str:
    """Return a timing as JSON."""
    window = asdict(timing.window) if timing.window else None
    start = timing.start_at.isoformat() if timing.start_at else None
    return json.dumps({"start_at": start, "window": window, "countdown": timing.countdown})


def parse_timing(text: str) -> Timing:
    """Return the timing that `format_timing` wrote."""
    read = json.loads(text)
    return Timing(
        start_at=datetime.fromisoformat(read["start_at"]) if read["start_at"] else None,
        window=Window(**read["window"]) if read["window"] else None,
        countdown=read["countdown"],
    )


def format_canary(canary: Canary) -> str:
    """Return a canary as JSON."""
    return json.dumps(asdict(canary))


def parse_canary(text: str) -> Canary:
    """Return the canary that `format_canary` wrote."""
    return Canary(**json.loads(text))


_COUNTS = [sa.func.coalesce(sa.func.sum(t.chunk.c[s.value]), 0).label(f"n_{s.value}") for s in RecipientStatus]


def query_campaigns(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return a query of the campaigns for which `which` holds, newest first, with the sums of their own chunks.

    It is cheap however many recipients they have, and whatever was sent before them.
    """
    return (
        sa.select(t.campaign, *_COUNTS)
        .join(t.chunk, t.chunk.c.campaign_id == t.campaign.c.id, isouter=True)
        .where(*which)
        .group_by(t.campaign.c.id)
        .order_by(t.campaign.c.id.desc())
    )


def build_campaign(row: sa.Row[Any]) -> Campaign:
    """Return a row of `query_campaigns` as a campaign."""
    return Campaign(
        id=row.id,
        name=row.name,
        status=CampaignStatus(row.status),
        reason=row.reason,
        note=row.note,
        since=to_datetime(row.since),
        actor=row.actor,
        message=Message.from_json(row.message),
        created_at=to_datetime(row.created_at),
        start_at=to_datetime_or_none(row.start_at),
        started_at=to_datetime_or_none(row.started_at),
        finished_at=to_datetime_or_none(row.finished_at),
        timing=parse_timing(row.timing),
        canary=parse_canary(row.canary),
        totals=Totals(**{s.value: getattr(row, f"n_{s.value}") or 0 for s in RecipientStatus}),
        rows=row.rows,
        problems=row.problems,
        duplicates=row.duplicates,
        opted_out=row.opted_out,
        subtracted=row.subtracted,
        segments=row.segments,
        calls=row.calls,
        cost=None if row.cost is None else Decimal(row.cost),
        currency=row.currency,
        retry_of=row.retry_of,
    )
