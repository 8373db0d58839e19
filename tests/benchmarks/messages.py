"""How fast texts are merged and counted, beside the plain ways. `python -m tests.benchmarks messages [--rows 200000]`

All ways take turns in one process, round after round, so that a busy machine is unfair to none; the table shows medians
of CPU time per text and ratios to ours. The texts are those that campaigns send: mostly plain, some with extension
characters, Hindi, emoji, accents and typographic quotes. Every way must give the same answer, or the run fails.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence

import jinja2
import pyarrow as pa
import pyarrow.compute as pc

from smscore.messages import Kind, Message, count, count_column, merge
from smscore.messages.alphabet import BASIC, EXTENSION
from smscore.messages.filling import Columns
from smscore.messages.placeholders import Field, parse

TEMPLATE = (
    "Dear {name}, your order {order} worth Rs {amount} has left our store and will reach you by tomorrow evening."
)
COLUMNS = ("name", "order", "amount")
_GSM = "^[" + "".join(f"\\x{{{ord(character):x}}}" for character in BASIC + EXTENSION) + "]*$"


def sample_texts(rows: int, seed: int = 4) -> list[str]:
    """Texts of about 150 characters in the mix that campaigns send; three in a hundred are long."""
    random.seed(seed)
    kinds = {
        "abcdefghijklmnop qrstu vwxyz., ": 60,
        "abcdefghijklm nopqrs abcdefghijklmnop []|€": 8,
        "अआइकखगघ चछजझ टठडढ ": 15,
        "abcdefgh ijkl mnop qrst abcdefgh ijkl mnop qrst abcd😀": 5,
        "abcdefgh éèàñü ijklmnop": 5,
        "abcdefgh ijkl mnop’ qrst": 4,
    }
    chosen = random.choices(list(kinds), list(kinds.values()), k=rows)
    return [
        "".join(random.choices(letters, k=random.choices((140, 150, 160, 400), (32, 33, 32, 3))[0]))
        for letters in chosen
    ]


def sample_contacts(rows: int) -> pa.Table:
    """Contacts with three columns to merge."""
    names = ["Asha Rao", "Ravi", "Meera Krishnan", "Zoë"]
    columns = {
        "row": pa.array(range(2, rows + 2), pa.int32()),
        "name": pa.array([names[at % len(names)] for at in range(rows)]),
        "order": pa.array([f"ORD-{at:08d}" for at in range(rows)]),
        "amount": pa.array([f"{at % 9_000 + 100}" for at in range(rows)]),
    }
    return pa.table(columns)


Way = Callable[[], Sequence]


def measure(ways: dict[str, Way], rounds: int) -> dict[str, float]:
    """The median CPU seconds of each way, all taking turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.process_time()
            way()
            spent[name].append(time.process_time() - begin)
    return {name: statistics.median(each) for name, each in spent.items()}


def show(title: str, medians: dict[str, float], rows: int) -> None:
    """One table: CPU per text, and how many times ours that is."""
    ours = next(iter(medians.values()))
    print(f"\n{title}, {rows:,} texts\n{'way':<44}{'µs a text':>12}{'times ours':>12}")
    for name, seconds in medians.items():
        print(f"{name:<44}{seconds / rows * 1e6:>12.2f}{seconds / ours:>12.1f}")


def counting(rows: int, rounds: int) -> None:
    """Segments: the column way beside the text-by-text way, and beside one pass of a compiled pattern."""
    texts = sample_texts(rows)
    column = pa.array(texts)
    if count_column(column).segments.tolist() != [count(text).segments for text in texts]:
        raise SystemExit("the two ways of counting differ")
    ways: dict[str, Way] = {
        "count_column": lambda: count_column(column).segments,
        "character by character in Python": lambda: [count(text) for text in texts],
        "one RE2 pass over the texts (not a count)": lambda: pc.match_substring_regex(column, _GSM),
    }
    show("Segments", measure(ways, rounds), rows)


def merging(rows: int, rounds: int) -> None:
    """Texts: joined by columns beside formatting and templating row by row."""
    contacts = sample_contacts(rows)
    message = Message(Kind.TEXT, "ACMECO", text=TEMPLATE)
    pattern = parse(TEMPLATE)
    fields = [part for part in pattern if isinstance(part, Field)]
    columns = Columns.of(contacts, fields, plain=False)
    rows_of = list(zip(*(contacts[name].to_pylist() for name in COLUMNS), strict=True))
    jinja = jinja2.Template(TEMPLATE.replace("{", "{{ ").replace("}", " }}"))
    ways: dict[str, Way] = {
        "join (the texts alone)": lambda: columns.join(pattern),
        "merge (cleaned, checked, joined, counted)": lambda: merge(message, contacts).texts,
        "str.format row by row": lambda: [TEMPLATE.format(name=n, order=o, amount=a) for n, o, a in rows_of],
        "jinja2 row by row": lambda: [jinja.render(name=n, order=o, amount=a) for n, o, a in rows_of],
    }
    results = [pa.array(way()).to_pylist() for way in ways.values()]
    if any(result != results[0] for result in results):
        raise SystemExit("the ways of merging differ")
    show("Texts with three values", measure(ways, rounds), rows)


def main(argv: list[str]) -> int:
    """Run both tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks messages")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(argv)
    counting(chosen.rows, chosen.rounds)
    merging(chosen.rows, chosen.rounds)
    return 0
