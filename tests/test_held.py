"""What tabs hold in memory: bounded over the process, and let go with its tab."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import pyarrow as pa

from doors.memory import Held, Holder, size_of


@dataclass
class Sheetlike:
    """A value with a table in a field."""

    table: pa.Table


def table(rows: int) -> pa.Table:
    return pa.table({"phone": pa.array(["9876543210"] * rows)})


def test_what_is_held_comes_back_and_goes_with_its_holder():
    held, holder = Held(), Holder()
    value = Sheetlike(table(1000))
    held.keep(holder, value)
    assert held.value_of(holder) is value and held.size > 10_000
    del holder
    assert held.sweep() == 1 and held.size == 0


def test_a_holder_in_a_circle_is_found_by_the_collector():
    held, circle = Held(), []
    circle += [Holder(), circle]
    held.keep(circle[0], table(10))
    del circle
    gc.collect()
    assert held.sweep() == 1


def test_what_was_not_used_for_longest_makes_room():
    held = Held(limit=size_of(table(1000)) * 2 + 100)
    holders = [Holder() for _ in range(3)]
    for holder in holders[:2]:
        held.keep(holder, table(1000))
    held.value_of(holders[0])
    held.keep(holders[2], table(1000))
    assert held.value_of(holders[1]) is None
    assert held.value_of(holders[0]) is not None and held.value_of(holders[2]) is not None


def test_one_value_may_be_larger_than_the_bound():
    held, holder = Held(limit=10), Holder()
    held.keep(holder, table(1000))
    assert held.value_of(holder) is not None


def test_two_tabs_whose_state_is_made_one_after_the_other_are_never_confused():
    held = Held()
    for number in range(1000):
        holder = Holder()
        held.keep(holder, number)
        assert held.value_of(holder) == number
    assert held.sweep() <= 1000 and held.size < 200
