"""A realistic column of a million written numbers: this project against `phonenumbers` row by row, in one process.

Three jobs, each measured with its row-by-row counterpart in turn, so that a busy machine slows both:

validate   kind and E.164 of each text as it is    against parse, is_valid_number, number_type, format_number
read       the full rule: repair, several numbers  against `read_number`, its own row-by-row twin
pandas     the full rule and the repeats, from a   against the Arrow kernels alone (`read_numbers`, `find_kept`), and
           pandas column to a pandas frame: the    against `Series.map(read_number)` and `duplicated`, as plain pandas
           public `dedupe(validate(column))`       would have it

The row-by-row side runs with the library's pattern cache on, which makes it faster. CPU is this process's, wall is
by the clock with two threads; both are medians. Every row is compared.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import phonenumbers
import pyarrow as pa
from phonenumbers import re_util

from smscore import dedupe, validate
from smscore.contacts.building import find_kept
from smscore.phones import NO_KIND, REASON_CODES, read_number, read_numbers, validate_numbers
from tests.number_texts import examples

REGION = "IN"
ABROAD = (
    *("US", "GB", "AE", "SA", "SG", "MY", "BD", "PK", "LK", "NP", "AU", "CA", "DE", "FR", "IT", "ES", "NL", "RU", "CN"),
    *("JP", "KR", "ID", "TH", "VN", "PH", "ZA", "NG", "KE", "QA", "KW"),
)
MOBILE_STARTS = ("98", "99", "97", "96", "95", "94", "93", "90", "91", "88", "87", "86", "85", "70", "77", "79", "63")
LANDLINES = ("022 2754", "011 2345", "080 4123", "044 2811", "+91 33 2222", "0484 235", "020-2567", "+91-79-2640")
_FORMS = (
    *("{a}{b}", "{a}{b}", "{a}{b}", "{a} {b}", "{a}-{b}", "{a}.{b}", "0{a}{b}", "0{a} {b}", "0{a}-{b}", "91{a}{b}"),
    *("91{a}{b}", "91 {a} {b}", "91-{a}-{b}", "91-{a}{b}", "+91{a}{b}", "+91{a}{b}", "+91 {a} {b}", "+91 {a}{b}"),
    *("+91-{a}-{b}", "+91-{a}{b}", "+91.{a}.{b}", "(+91) {a} {b}", "(+91){a}{b}", "(+91)-{a}-{b}", "+(91) {a}{b}"),
    *("(91) {a}{b}", "0091{a}{b}", "0091 {a} {b}", "00 91 {a} {b}", "0091-{a}{b}", "{c} {d} {e}", "{c}-{d}-{e}"),
    *("({c}) {d}-{e}", "{c}.{d}.{e}", "+91 {c} {d} {e}", "+91-{c}-{d}-{e}", "+91 ({c}) {d}-{e}", "{a}  {b}"),
    *(" {a}{b}", "{a}{b} ", " +91 {a} {b} ", "[{a}{b}]", "{a} - {b}", "+91 0{a}{b}", "+910{a}{b}", "{a}/{b}"),
    *("'{a}{b}", "tel:+91{a}{b}", "Mob {a}{b}", "Mob. {a} {b}", "Ph: {a}{b}", "{a}\u00a0{b}", "+91\u00a0{a}\u00a0{b}"),
    *("\u200e+91{a}{b}\u202c", "\ufeff{a}{b}", "{a}\u2013{b}", "+91\u2011{a}\u2011{b}", "{a}{b}\u200b"),
)
_SCRIPTS = tuple(str.maketrans("0123456789", digits) for digits in ("０１２３４５６７８９", "०१२३४५६७८९"))


def column(rows: int, seed: int = 7) -> list[str]:
    """A column as customers send it: three quarters Indian mobiles in 60 forms, a tenth from 30 other countries, the
    rest landlines, bad, blank, several in a cell, damaged by Excel; 15 % repeat an earlier person in another form."""
    dice, people = random.Random(seed), []
    return [_cell(dice, people) for _ in range(rows)]


def _cell(dice: random.Random, people: list[str]) -> str:
    lot = dice.random()
    if lot < 0.74:
        return _mobile(dice, _person(dice, people))
    if lot < 0.84:
        return _foreign(dice)
    if lot < 0.88:
        return dice.choice(LANDLINES) + f"{dice.randrange(10_000):04}"
    if lot < 0.91:
        return _bad(dice)
    if lot < 0.94:
        return dice.choice(("", "", "", " ", "-", "n/a", "NA", "nil"))
    if lot < 0.96:
        return _person(dice, people) + dice.choice((" / ", "/", ", ", ",", "; ", " & ", " or ")) + _person(dice, people)
    return _by_excel(dice, _person(dice, people))


def _person(dice: random.Random, people: list[str]) -> str:
    if people and dice.random() < 0.19:
        return dice.choice(people)
    people.append(dice.choice(MOBILE_STARTS) + f"{dice.randrange(10**8):08}")
    return people[-1]


def _mobile(dice: random.Random, ten: str) -> str:
    if dice.random() < 0.01:
        return ten.translate(dice.choice(_SCRIPTS))
    return dice.choice(_FORMS).format(a=ten[:5], b=ten[5:], c=ten[:3], d=ten[3:6], e=ten[6:])


def _foreign(dice: random.Random) -> str:
    code, national = dice.choice(_mobiles_abroad())
    national = national[:-5] + f"{dice.randrange(10**5):05}"
    form = dice.choice(("+{} {}", "+{}{}", "+{}-{}", "00{}{}", "00{} {}", "{}{}", "+{} ({}", "(+{}) {}"))
    return form.format(code, national)


def _mobiles_abroad(found: list[tuple[str, str]] = []) -> list[tuple[str, str]]:  # noqa: B006
    if not found:
        found += [number for region in ABROAD for number in examples(region)[1:2]]
    return found


def _bad(dice: random.Random) -> str:
    digits = f"{dice.randrange(10**9):09}"
    word = dice.choice(("Asha", "Ravi", "office", "x"))
    forms = ("{}", "9{}1", "99{}12", "123", "{}#", "{} {w}", "0000000000", "+999{}", "1234567890", "98{}?5")
    if dice.random() < 0.9:
        forms = (*forms[:5], *forms[6:])
    return dice.choice(forms).format(digits[:7] if dice.random() < 0.5 else digits, w=word)


def _by_excel(dice: random.Random, ten: str) -> str:
    whole = dice.choice((ten, "91" + ten))
    lot = dice.random()
    if lot < 0.6:
        return whole + ".0"
    mantissa = whole if lot < 0.75 else whole[:6]
    return f"{mantissa[0]}.{mantissa[1:]}E+{len(whole) - 1}"


def by_the_book(text: str) -> tuple[int, str | None]:
    """The plain way: what `phonenumbers` says of one text."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return NO_KIND, None
    if not phonenumbers.is_valid_number(number):
        return NO_KIND, None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return phonenumbers.number_type(number), e164


class Taken(NamedTuple):
    """What a job took, in seconds."""

    cpu: float
    wall: float


def measure(job: Callable[[], object]) -> tuple[object, Taken]:
    """Run a job once."""
    cpu, wall = time.process_time(), time.perf_counter()
    outcome = job()
    return outcome, Taken(time.process_time() - cpu, time.perf_counter() - wall)


def median(runs: list[Taken]) -> Taken:
    """The medians of several runs."""
    return Taken(statistics.median(run.cpu for run in runs), statistics.median(run.wall for run in runs))


def compare(
    name: str, slow: Callable[[], list], quick: Callable[[int], object], rows: Callable, rounds: tuple[int, int]
):
    """Measure `slow` and `quick(threads)` in turn, `rounds[0]` times, with `rounds[1]` quick runs after each slow one;
    print the ratios and how many rows differ."""
    slow_runs, one_runs, two_runs, differing = [], [], [], 0
    for _ in range(rounds[0]):
        expected, taken = measure(slow)
        slow_runs.append(taken)
        for _ in range(rounds[1]):
            found, taken = measure(lambda: quick(1))
            one_runs.append(taken)
            differing = sum(a != b for a, b in zip(expected, rows(found), strict=True))
            found, taken = measure(lambda: quick(2))
            two_runs.append(taken)
    by_row, one, two = median(slow_runs), median(one_runs), median(two_runs)
    print(f"{name:9} row by row   {by_row.cpu:8.3f} s CPU {by_row.wall:8.3f} s wall")
    print(f"{'':9} one thread   {one.cpu:8.3f} s CPU {one.wall:8.3f} s wall")
    print(f"{'':9} two threads  {two.cpu:8.3f} s CPU {two.wall:8.3f} s wall")
    print(
        f"{'':9} {by_row.cpu / one.cpu:.0f}x CPU (one thread), {by_row.wall / two.wall:.0f}x wall (two threads), "
        f"{differing} rows differ",
        flush=True,
    )


def main(argv: list[str]) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks numbers", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1, help="slow runs of each kind (default 1)")
    parser.add_argument("--quick", type=int, default=5, help="quick runs after each slow one (default 5)")
    chosen = parser.parse_args(argv)
    re_util.enable_pattern_cache()
    texts = column(chosen.rows)
    array = pa.array(texts)
    _, taken = measure(lambda: (read_numbers(["1"], REGION), validate_numbers(["1"], REGION)))
    print(f"{chosen.rows:,} rows, {len(set(texts)):,} distinct; rule book of phonenumbers ", end="")
    print(f"{phonenumbers.__version__} built once in {taken.wall:.2f} s")
    rounds = (chosen.rounds, chosen.quick)
    compare(
        "validate",
        lambda: list(map(by_the_book, texts)),
        lambda threads: validate_numbers(array, REGION, threads=threads),
        lambda found: zip(found.kind.tolist(), found.e164.to_pylist(), strict=True),
        rounds,
    )
    compare(
        "read",
        lambda: [read_number(text, REGION) for text in texts],
        lambda threads: _read(array, threads),
        _as_read,
        rounds,
    )
    compare_frames(texts, array, rounds)
    return 0


def compare_frames(texts: list[str], array: pa.Array, rounds: tuple[int, int]) -> None:
    """Measure the public pandas way beside the kernels beneath it and beside row-by-row pandas; print the ratios."""
    column = pd.Series(texts, dtype="str")
    public, kernels, plain = [], [], []
    for turn in range(rounds[1]):
        if turn < rounds[0]:
            expected, taken = measure(lambda: _map_rows(column))
            plain.append(taken)
        found, taken = measure(lambda: dedupe(validate(column, REGION, suggest=0)))
        public.append(taken)
        kernels.append(measure(lambda: _run_kernels(array))[1])
    beneath, shown, mapped = median(kernels), median(public), median(plain)
    good = found["status"] != "problem"
    differing = int((found["msisdn"].fillna(0) != expected["msisdn"]).sum())
    differing += int(((found["status"] == "duplicate") != expected["repeated"])[good].sum())
    for name, took in (("row by row", mapped), ("kernels", beneath), ("public", shown)):
        print(f"{'pandas' if took is mapped else '':9} {name:12} {took.cpu:8.3f} s CPU {took.wall:8.3f} s wall")
    print(
        f"{'':9} {mapped.cpu / shown.cpu:.0f}x CPU, {mapped.wall / shown.wall:.0f}x wall; the frames cost "
        f"{shown.cpu / beneath.cpu - 1:+.0%} CPU, {shown.wall / beneath.wall - 1:+.0%} wall beside the kernels, "
        f"{differing} rows differ",
        flush=True,
    )


def _map_rows(column: pd.Series) -> pd.DataFrame:
    msisdn = column.map(lambda text: read_number(text, REGION).msisdn)
    return pd.DataFrame({"msisdn": msisdn, "repeated": msisdn.duplicated()})


def _run_kernels(array: pa.Array) -> None:
    numbers = read_numbers(array, REGION)
    known = np.flatnonzero(numbers.msisdn)
    find_kept(numbers.msisdn[known], -np.arange(len(known)))


def _read(array: pa.Array, threads: int):
    """The numbers with their E.164 texts, which are made only where somebody asks for them."""
    numbers = read_numbers(array, REGION, threads=threads)
    assert len(numbers.e164) == len(array)
    return numbers


def _as_read(found):
    e164, codes = found.e164.to_pylist(), [REASON_CODES[reason] for reason in found.reason.tolist()]
    for row, kind in enumerate(found.kind.tolist()):
        yield e164[row] or "", kind, codes[row], found.extra.get(row, ())
