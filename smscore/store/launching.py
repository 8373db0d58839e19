"""Writing a planned campaign into the store: first as a draft, block by block, then started in one commit.

A launch of a million rows must not hold SQLite's single writer for seconds, or a pause of another campaign would
wait. So contacts are written in short transactions under a draft, and one last transaction makes the draft a
scheduled campaign and records its first job. A crash before that leaves a draft that sends nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, Plan, Prepared
from smscore.errors import StoreError
from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new, insert_rows
from smscore.store.database import Database
from smscore.store.draft_rows import Draft, Launch

Enqueue = Callable[[sa.Connection, int, int, float], None]
"""Records the job `launch(campaign, run_no)` after a delay in seconds, inside the caller's transaction."""


OnProgress = Callable[[int, int], None]
"""Is told how many recipients are written, and of how many."""


def ignore_progress(_written: int, _total: int) -> None:
    """Show nobody how far a launch is."""


def launch(
    database: Database,
    plan: Plan,
    prepared: Prepared,
    launch: Launch,
    enqueue: Enqueue,
    progress: OnProgress = ignore_progress,
) -> int:
    """Record `plan` as a campaign and its first job; the campaign's id. The same launch key returns the same id.

    What is written is `prepared`: the people who read a whole message, and their texts. `progress` is called after
    each block, outside of any transaction.
    Raises StoreError; then nothing will be sent, and what was written of the draft is removed.
    """
    draft = Draft(plan, prepared, launch)
    campaign_id, new = _open_draft(database, draft)
    if not new:
        return campaign_id
    try:
        for written, block in draft.build_blocks():
            with database.writing() as connection:
                _touch_draft(connection, campaign_id)
                for table, same, columns, rows in block:
                    insert_rows(connection, table, columns, rows, {"campaign_id": campaign_id, **same})
            progress(written, len(draft.order))
        with database.writing() as connection:
            _start(connection, campaign_id, draft, enqueue)
    except BaseException:
        delete_draft(database, campaign_id)
        raise
    return campaign_id


DRAFT_SILENCE = 30.0
"""A draft that grew no more for so many seconds was left by a crash."""


def _touch_draft(connection: sa.Connection, campaign_id: int) -> None:
    """Say that the draft grows. Raises StoreError("draft_gone") when it was taken for a crash's and removed."""
    alive = (
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id, t.campaign.c.status == CampaignStatus.DRAFT.value)
        .values(since=time.time())
    )
    if not connection.execute(alive).rowcount:
        raise StoreError("draft_gone")


def _open_draft(database: Database, draft: Draft) -> tuple[int, bool]:
    """Return the campaign with the draft's launch key, and whether this call made it.

    Wait while another press is launching it. A draft that a crash left is deleted and made anew.
    """
    # Never twice: one launch key is one campaign, however often a button is pressed.
    while True:
        with database.writing() as connection:
            new = insert_new(connection, t.campaign, [draft.build_row()])
            found = connection.execute(
                sa.select(t.campaign.c.id, t.campaign.c.status, t.campaign.c.since).where(
                    t.campaign.c.launch_key == draft.plan.launch_key
                )
            ).one()
        if new or found.status != CampaignStatus.DRAFT.value:
            return found.id, bool(new)
        if time.time() - found.since > DRAFT_SILENCE:
            delete_draft(database, found.id)
        else:
            time.sleep(0.2)


def delete_draft(database: Database, campaign_id: int) -> None:
    """Remove a draft that was never started; a campaign that was started is left alone."""
    with database.writing() as connection:
        gone = connection.execute(
            sa.delete(t.campaign).where(t.campaign.c.id == campaign_id, t.campaign.c.status == CampaignStatus.DRAFT)
        )
        if gone.rowcount:
            for table in (t.recipient, t.content, t.chunk, t.sheet_part):
                connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))


def delete_old_drafts(database: Database, before: float) -> int:
    """Remove the drafts that a crash left behind, older than `before` (seconds since 1970); return how many."""
    with database.reading() as connection:
        old = connection.scalars(
            sa.select(t.campaign.c.id).where(t.campaign.c.status == CampaignStatus.DRAFT, t.campaign.c.since < before)
        ).all()
    for campaign_id in old:
        delete_draft(database, campaign_id)
    return len(old)


def _start(connection: sa.Connection, campaign_id: int, draft: Draft, enqueue: Enqueue) -> None:
    _touch_draft(connection, campaign_id)
    insert_rows(connection, t.chunk, ("campaign_id", "no", "lo", "hi", "queued"), draft.build_chunks(campaign_id))
    # Writing a million contacts takes longer than a countdown, which is there for somebody to see.
    now = time.time()
    start_at = draft.compute_start(now)
    connection.execute(
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id, t.campaign.c.status == CampaignStatus.DRAFT)
        .values(status=CampaignStatus.SCHEDULED.value, since=now, start_at=start_at, run_no=1)
    )
    enqueue(connection, campaign_id, 1, max(0.0, start_at - now))
