"""What tabs hold in memory: bounded over the process, and let go with its tab."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import pyarrow as pa

from pages.server.sheet_memory import MOST_CACHED_BYTES, CacheOwner, SheetCache, estimate_size, sheet_cache
from smscore import Choice, build_audience, read_sheet


@dataclass
class Sheetlike:
    """A value with a table in a field."""

    table: pa.Table


def table(rows: int) -> pa.Table:
    return pa.table({"phone": pa.array(["9876543210"] * rows)})


def test_what_is_held_comes_back_and_goes_with_its_holder():
    cache, owner = SheetCache(), CacheOwner()
    value = Sheetlike(table(1000))
    cache.store(owner, value)
    assert cache.read(owner) is value and cache.size > 10_000
    del owner
    assert cache.drop_ended() == 1 and cache.size == 0


def test_a_holder_in_a_circle_is_found_by_the_collector():
    cache, circle = SheetCache(), []
    circle += [CacheOwner(), circle]
    cache.store(circle[0], table(10))
    del circle
    gc.collect()
    assert cache.drop_ended() == 1


def test_what_was_not_used_for_longest_makes_room():
    cache = SheetCache(limit=estimate_size(table(1000)) * 2 + 100)
    owners = [CacheOwner() for _ in range(3)]
    for owner in owners[:2]:
        cache.store(owner, table(1000))
    cache.read(owners[0])
    cache.store(owners[2], table(1000))
    assert cache.read(owners[1]) is None
    assert cache.read(owners[0]) is not None and cache.read(owners[2]) is not None


def test_many_tabs_never_hold_more_than_the_process_may():
    cache = SheetCache(limit=estimate_size(table(1000)) * 5)
    owners = [CacheOwner() for _ in range(50)]
    for owner in owners:
        cache.store(owner, Sheetlike(table(1000)))
        assert cache.size <= cache.limit
    held = [owner for owner in owners if cache.read(owner) is not None]
    assert held == owners[-len(held) :] and len(held) in (4, 5)


def test_the_process_has_a_bound_that_counts_what_sheets_and_audiences_really_take():
    before = pa.total_allocated_bytes()
    lines = "".join(f"98{number:08d},Person {number},Pune\n" for number in range(20_000))
    sheet = read_sheet(f"Phone,Name,City\n{lines}".encode(), "people.csv")
    audience = build_audience(sheet, Choice())
    taken = pa.total_allocated_bytes() - before
    assert taken > 500_000 and estimate_size(audience) >= taken
    assert sheet_cache.limit == MOST_CACHED_BYTES


def test_one_value_may_be_larger_than_the_bound():
    cache, owner = SheetCache(limit=10), CacheOwner()
    cache.store(owner, table(1000))
    assert cache.read(owner) is not None


def test_two_tabs_whose_state_is_made_one_after_the_other_are_never_confused():
    cache = SheetCache()
    for number in range(1000):
        owner = CacheOwner()
        cache.store(owner, number)
        assert cache.read(owner) == number
    assert cache.drop_ended() <= 1000 and cache.size < 200
