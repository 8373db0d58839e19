"""The tables of SMS Desk. The same on SQLite and PostgreSQL; the engine's own tables stand beside them.

A campaign's contacts are numbered by `seq`, ordered so that equal contents stand together. A `chunk` is a range of
`seq` that one job sends; its counters are recounted from the rows it covers and never incremented, so they cannot
drift, and progress is the sum over chunks, never a count over millions of rows. `content` holds what is read once for
each distinct text. The sheet's own columns lie in `sheet_part` as compressed Arrow, a block of contacts each.

Times are seconds since 1970 in UTC, as floats.
"""

from __future__ import annotations

import sqlalchemy as sa

from smscore.campaigns import RecipientStatus

metadata = sa.MetaData()

campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("launch_key", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("run_no", sa.Integer, nullable=False, server_default="0"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("content_key", sa.Text, nullable=False),
    sa.Column("timing", sa.Text, nullable=False),
    sa.Column("canary", sa.Text, nullable=False),
    sa.Column("canary_state", sa.Text, nullable=False, server_default="off"),
    sa.Column("batch_size", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("start_at", sa.Float),
    sa.Column("started_at", sa.Float),
    sa.Column("finished_at", sa.Float),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    sa.Column("problems", sa.Integer, nullable=False),
    sa.Column("duplicates", sa.Integer, nullable=False),
    sa.Column("opted_out", sa.Integer, nullable=False),
    sa.Column("subtracted", sa.Integer, nullable=False),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("cost", sa.Text),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("trouble", sa.Integer, nullable=False, server_default="0"),
    sa.Column("trouble_since", sa.Float),
    sa.Column("base_ended", sa.Integer, nullable=False, server_default="0"),
    sa.Column("base_refused", sa.Integer, nullable=False, server_default="0"),
    sa.Column("base_unknown", sa.Integer, nullable=False, server_default="0"),
    sa.Column("retry_of", sa.Integer),
    # Job ids hold the campaign's id: one that was a forgotten draft's must not come back.
    sqlite_autoincrement=True,
)
sa.Index("campaign_content_key", campaign.c.content_key, campaign.c.created_at)

chunk = sa.Table(
    "chunk",
    metadata,
    sa.Column("campaign_id", sa.Integer, primary_key=True),
    sa.Column("no", sa.Integer, primary_key=True),
    sa.Column("lo", sa.Integer, nullable=False),
    sa.Column("hi", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False, server_default="0"),
    sa.Column("dirty", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", sa.Float, nullable=False, server_default="0"),
    *(sa.Column(status.value, sa.Integer, nullable=False, server_default="0") for status in RecipientStatus),
)
sa.Index("chunk_dirty", chunk.c.dirty, sqlite_where=chunk.c.dirty == 1, postgresql_where=chunk.c.dirty == 1)

content = sa.Table(
    "content",
    metadata,
    sa.Column("campaign_id", sa.Integer, primary_key=True),
    sa.Column("no", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("variables", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("campaign_id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("msisdn", sa.BigInteger, nullable=False),
    sa.Column("content_no", sa.Integer, nullable=False),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("call_id", sa.Text),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("message_id", sa.Text),
    sa.Column("submitted_at", sa.Float),
    sa.Column("updated_at", sa.Float),
    sqlite_with_rowid=False,
)
NAMELESS = "recipient.message_id IS NULL AND recipient.status IN ('unknown', 'accepted')"
"""Recipients whose message may have left under an id that we never learned. Written out, because no partial index
serves a statement with a bound parameter in its place."""
_nameless = sa.text(NAMELESS.replace("recipient.", ""))
_has_id = recipient.c.message_id.is_not(None)
sa.Index("recipient_message_id", recipient.c.message_id, sqlite_where=_has_id, postgresql_where=_has_id)
sa.Index("recipient_nameless", recipient.c.msisdn, sqlite_where=_nameless, postgresql_where=_nameless)

call = sa.Table(
    "call",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Integer, nullable=False),
    sa.Column("first_seq", sa.Integer, nullable=False),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    sa.Column("submitted_at", sa.Float, nullable=False),
    sa.Column("answered_at", sa.Float),
    sa.Column("verdict", sa.Text, nullable=False, server_default=""),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("http_status", sa.Integer),
    sa.Column("accepted", sa.Integer, nullable=False, server_default="0"),
    sa.Column("refused", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unknown", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_sent", sa.Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
sa.Index("call_campaign", call.c.campaign_id, call.c.first_seq)

sheet_part = sa.Table(
    "sheet_part",
    metadata,
    sa.Column("campaign_id", sa.Integer, primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("no", sa.Integer, primary_key=True),
    sa.Column("lo", sa.Integer, nullable=False),
    sa.Column("hi", sa.Integer, nullable=False),
    sa.Column("arrow", sa.LargeBinary, nullable=False),
)

rate_gate = sa.Table(
    "rate_gate",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("rate", sa.Float, nullable=False),
    sa.Column("full_rate", sa.Float, nullable=False),
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("closed_until", sa.Float, nullable=False, server_default="0"),
    sa.Column("slowed_at", sa.Float),
)

worker = sa.Table(
    "worker",
    metadata,
    sa.Column("executor_id", sa.Text, primary_key=True),
    sa.Column("seen_at", sa.Float, nullable=False),
)

delivery_event = sa.Table(
    "delivery_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("msisdn", sa.BigInteger),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("happened_at", sa.Float),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("fate", sa.Text, nullable=False, server_default="waiting"),
)
_waiting = delivery_event.c.fate == "waiting"
sa.Index("delivery_event_waiting", delivery_event.c.message_id, sqlite_where=_waiting, postgresql_where=_waiting)

opt_out = sa.Table(
    "opt_out",
    metadata,
    sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("added_at", sa.Float, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)

template = sa.Table(
    "template",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("latest", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("template_id", sa.Text, nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

sender = sa.Table(
    "sender",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("added_at", sa.Float, nullable=False),
)

saved_audience = sa.Table(
    "saved_audience",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Float, nullable=False),
    sa.Column("arrow", sa.LargeBinary, nullable=False),
)

activity = sa.Table(
    "activity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Integer),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
)

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

desk_state = sa.Table(
    "desk_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("desk_id", sa.Text, nullable=False, server_default=""),
    sa.Column("timeline", sa.Integer, nullable=False, server_default="0"),
    sa.Column("timeline_key", sa.Text, nullable=False, server_default=""),
    sa.Column("claimed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("beats", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("seen_at", sa.Float),
    sa.Column("journal_id", sa.Text, nullable=False, server_default=""),
    sa.Column("place", sa.Text, nullable=False, server_default=""),
    sa.Column("gone", sa.Text, nullable=False, server_default=""),
)
"""One row. `claimed` counts every recipient that was ever claimed and `beats` every heartbeat of an engine; neither
ever falls, so a database in which one is lower than was seen before has been restored. A restore begins a new
`timeline` under a random `timeline_key`, so that restoring the same backup again is told from the first time. See
`continuity`."""

restore_question = sa.Table(
    "restore_question",
    metadata,
    sa.Column("campaign_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("restored_from", sa.Float),
    sa.Column("exact", sa.Integer, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("spans", sa.Text, nullable=False),
    sa.Column("decision", sa.Text, nullable=False, server_default=""),
    sa.Column("actor", sa.Text, nullable=False, server_default=""),
    sa.Column("decided_at", sa.Float),
)

lost_campaign = sa.Table(
    "lost_campaign",
    metadata,
    sa.Column("launch_hash", sa.Text, primary_key=True),
    sa.Column("words_hash", sa.Text, nullable=False, server_default=""),
    sa.Column("campaign_id", sa.Integer, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("first_at", sa.Float, nullable=False),
    sa.Column("last_at", sa.Float, nullable=False),
    sa.Column("noted", sa.Integer, nullable=False, server_default="0"),
)
"""Campaigns that were sent and are not in this database any more: launched after the backup from which it came."""
