"""Reading a campaign's recipients and the rows that were left out, in blocks that keep memory flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from smscore.campaigns import REPORT_COLUMNS, RecipientStatus, ReportColumn, Shown
from smscore.store import tables as t
from smscore.store.database import Database
from smscore.store.draft_rows import BLOCK, unpack_table


def read_result_batches(
    database: Database, campaign_id: int, statuses: Sequence[RecipientStatus] = ()
) -> Iterator[pa.Table]:
    """Yield the delivery report in blocks of up to 20,000 recipients: `seq`, `words` (the provider's own),
    `REPORT_COLUMNS`, then the sheet's own columns as `own:name`.

    Raw values: `phone` with its plus, `reason` as a code, times as seconds since 1970.
    """
    with database.reading() as connection:
        blocks = connection.execute(
            sa.select(t.sheet_part.c.lo, t.sheet_part.c.hi)
            .where(t.sheet_part.c.campaign_id == campaign_id, t.sheet_part.c.part == "contacts")
            .order_by(t.sheet_part.c.no)
        ).all()
    for lo, hi in blocks:
        yield read_result_block(database, campaign_id, lo, hi, statuses)


def read_result_block(
    database: Database, campaign_id: int, lo: int, hi: int, statuses: Sequence[RecipientStatus] = ()
) -> pa.Table:
    """Return one block of the delivery report, for recipients `lo` (included) to `hi` (excluded)."""
    with database.reading() as connection:
        rows = connection.execute(_query_results(campaign_id, statuses).where(_is_within(lo, hi))).all()
        own = connection.execute(
            sa.select(t.sheet_part.c.arrow).where(
                t.sheet_part.c.campaign_id == campaign_id,
                t.sheet_part.c.part == "contacts",
                t.sheet_part.c.no == lo // BLOCK,
            )
        ).scalar_one()
    return _join_own_columns(rows, unpack_table(own), lo)


def _is_within(lo: int, hi: int) -> sa.ColumnElement[bool]:
    return sa.and_(t.recipient.c.seq >= lo, t.recipient.c.seq < hi)


def _query_results(campaign_id: int, statuses: Sequence[RecipientStatus]) -> sa.Select[Any]:
    r = t.recipient.c
    columns = (r[column.source].label(column.name) for column in REPORT_COLUMNS)
    query = sa.select(r.seq, r.words, *columns).where(r.campaign_id == campaign_id).order_by(r.seq)
    return query.where(r.status.in_([s.value for s in statuses])) if statuses else query


def _join_own_columns(rows: Sequence[sa.Row[Any]], own: pa.Table, lo: int) -> pa.Table:
    seq, words, *stored = zip(*rows, strict=True) if rows else ((),) * (2 + len(REPORT_COLUMNS))
    fixed = {"seq": pa.array(seq, pa.int32()), "words": pa.array(words, pa.string())}
    fixed |= {column.name: _build_array(column, values) for column, values in zip(REPORT_COLUMNS, stored, strict=True)}
    mine = own.take(pa.array([each - lo for each in seq], pa.int64()))
    return pa.table(fixed | {f"own:{name}": mine.column(name) for name in mine.column_names})


def _build_array(column: ReportColumn, values: Sequence[object]) -> pa.Array:
    if column.shown is Shown.PHONE:
        values = [f"+{number}" for number in values]
    return pa.array(values, column.type)


def read_result_page(
    database: Database,
    campaign_id: int,
    statuses: Sequence[RecipientStatus],
    msisdn_part: str,
    offset: int,
    limit: int,
    besides: Sequence[str] = (),
) -> pa.Table:
    """Return a page of the delivery report: recipients in `statuses` whose number holds the digits `msisdn_part` and
    whose reason is none of those `besides`."""
    query = _query_results(campaign_id, statuses)
    if besides:
        query = query.where(t.recipient.c.reason.not_in(besides))
    query = _filter_numbers(query, msisdn_part)
    with database.reading() as connection:
        rows = connection.execute(query.offset(offset).limit(limit)).all()
        by_block: dict[int, list[sa.Row[Any]]] = {}
        for row in rows:
            by_block.setdefault(row.seq // BLOCK, []).append(row)
        owns = {
            no: unpack_table(arrow) for no, arrow in _read_own_blocks(connection, campaign_id, list(by_block) or [0])
        }
    pieces = [_join_own_columns(mine, owns[no], no * BLOCK) for no, mine in by_block.items()]
    # A campaign whose first block is still being written has no columns of its own yet.
    return pa.concat_tables(pieces) if pieces else _join_own_columns((), owns.get(0, pa.table({})), 0)


def count_results(database: Database, campaign_id: int, statuses: Sequence[RecipientStatus], msisdn_part: str) -> int:
    """Return how many recipients all pages of `read_result_page` hold together."""
    query = _filter_numbers(_query_results(campaign_id, statuses), msisdn_part).order_by(None)
    with database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())


def _filter_numbers(query: sa.Select[Any], msisdn_part: str) -> sa.Select[Any]:
    if not msisdn_part:
        return query
    return query.where(sa.cast(t.recipient.c.msisdn, sa.Text).contains(msisdn_part))


def _read_own_blocks(connection: sa.Connection, campaign_id: int, numbers: Sequence[int]) -> list[tuple[int, bytes]]:
    found = connection.execute(
        sa.select(t.sheet_part.c.no, t.sheet_part.c.arrow).where(
            t.sheet_part.c.campaign_id == campaign_id,
            t.sheet_part.c.part == "contacts",
            t.sheet_part.c.no.in_(numbers),
        )
    )
    return [tuple(row) for row in found]


def read_left_out(database: Database, campaign_id: int, part: str) -> pa.Table | None:
    """Return the rows that were not addressed: problems, duplicates, opted_out or subtracted; None for none."""
    with database.reading() as connection:
        arrow = connection.execute(
            sa.select(t.sheet_part.c.arrow).where(
                t.sheet_part.c.campaign_id == campaign_id, t.sheet_part.c.part == part
            )
        ).scalar()
    return unpack_table(arrow) if arrow else None
