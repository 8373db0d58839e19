"""Reading a column of written numbers: chunks, threads, and the one shape in which the outcome is handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from smscore.tables import to_texts
from smscore.tables.texts import Texts, join_chunks, matches, stand_ins, take

from .automaton import Automaton, build_automaton
from .cells import judge_cells, split_cells
from .columns import CELL_PLAIN, LONGEST_TEXT, ODD, PARSER_PLAIN, Judgements, judge_parsed, judge_plain
from .repair import AROUND, build_parser_bytes, build_repaired_bytes
from .rulebook import ASK
from .scalar import judge, read_number, require_region
from .several import Extra, Parts
from .suggestions import find_first_good, is_hopeful, list_meanings, offer_either, suggest
from .types import LEAST_DIGITS, MOST_DIGITS, NO_KIND, REASON, REASON_CODES, NumberKind, find_refusal

Column: TypeAlias = "pa.Array | pa.ChunkedArray | pd.Series[Any] | Sequence[str]"

CHUNK = 125_000  # rows: more no longer save time, fewer cost some, and a small column has work for two threads
_PLUS, _MINUS = np.uint8(ord("+")), np.uint8(ord("-"))
_REFUSALS = np.array([REASON[find_refusal(kind, LEAST_DIGITS)] for kind in range(max(NumberKind) + 1)], np.int8)


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, read; all by row.

    msisdn   int64, 919876543210; 0 where there is none
    kind     int8, a NumberKind: what `phonenumbers` says of a valid number, textable or not; -1 where it is none
    reason   int8, index into REASON_CODES; 0 = a number that can be texted
    extra    row to the E.164 numbers of a cell that holds several (not with several="first")
    """

    msisdn: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    extra: Mapping[int, tuple[str, ...]]
    texts: pa.ChunkedArray = field(repr=False)
    region: str = "IN"

    def __len__(self) -> int:
        return len(self.reason)

    @cached_property
    def e164(self) -> pa.Array:
        """Arrow strings, "+919876543210"; null where there is no number that can be texted."""
        return format_e164(self.msisdn)

    def get_code(self, i: int) -> str:
        """Return the reason code of row `i`, "" if its number can be texted."""
        return REASON_CODES[self.reason[i]]

    def suggest(self, i: int) -> str:
        """Return what may have been meant in row `i`, as words for an operator; "" where nothing is likely."""
        return suggest(self.texts[i].as_py(), self.get_code(i), self.region, self.extra.get(i, ()))

    def list_suggestions(self) -> list[str]:
        """Return what may have been meant in each row, as `suggest` says it of one."""
        texts, codes = self.texts.to_pylist(), [REASON_CODES[reason] for reason in self.reason]
        meant = [
            [*list_meanings(text, self.region)] if is_hopeful(code) else []
            for text, code in zip(texts, codes, strict=True)
        ]
        read = iter(read_numbers([text for each in meant for _, text in each], self.region).e164.to_pylist())
        found = [find_first_good([(words, next(read)) for words, _ in each]) for each in meant]
        for row in np.flatnonzero(self.reason == REASON["several_numbers"]).tolist():
            found[row] = offer_either(self.extra[row])
        return found


@dataclass(frozen=True)
class Validation:
    """What `phonenumbers` says of a column, row by row, nothing repaired: kind -1 where there is no valid number."""

    e164: pa.Array
    msisdn: np.ndarray
    kind: np.ndarray


def read_numbers(column: Column, region: str = "IN", *, several: str = "ask", threads: int = 2) -> Numbers:
    """Read a column of written numbers as somebody in `region` means them.

    They are repaired, parsed and judged, with a reason for each that cannot be texted. Equal to `read_number` for
    every row. A null is a blank.

    `several`: what a cell with several numbers gives, see `read_number`. Raises SheetError("unknown_region").
    """
    region = require_region(region)
    texts = convert_column(column)
    rules = build_automaton(region)
    build_repaired_bytes()
    found = _map_chunks(lambda chunk: _read_chunk(chunk, rules, region, several), texts, threads)
    firsts = np.cumsum([0] + [len(part.reason) for part in found])[:-1].tolist()
    return Numbers(
        np.concatenate([part.msisdn for part in found]),
        np.concatenate([part.kind for part in found]),
        np.concatenate([part.reason for part in found]),
        Extra.join([(first, part.extra) for first, part in zip(firsts, found, strict=True)]),
        texts,
        region,
    )


def validate_numbers(column: Column, region: str = "IN", *, threads: int = 2) -> Validation:
    """Return exactly what `phonenumbers` says of each text (parse, validity, type, E.164), without any repair of ours.

    Raises SheetError("unknown_region").
    """
    region = require_region(region)
    rules = build_automaton(region)
    build_parser_bytes()
    found = _map_chunks(lambda chunk: _validate_chunk(chunk, rules, region), convert_column(column), threads)
    return Validation(
        pa.concat_arrays([part.e164 for part in found]),
        np.concatenate([part.msisdn for part in found]),
        np.concatenate([part.kind for part in found]),
    )


def measure_numbers_share(sample: Column, region: str = "IN") -> float:
    """Return the share (0 to 1) of written cells that read as numbers that can be texted.

    Several numbers in one cell or an extension count as well. This is how the phone column of a sheet is found.
    """
    numbers = read_numbers(sample, region, threads=1)
    written = np.count_nonzero(numbers.reason != REASON["blank"])
    good = np.isin(numbers.reason, [0, REASON["several_numbers"], REASON["has_extension"]])
    return float(np.count_nonzero(good) / written) if written else 0.0


def convert_column(column: Column) -> pa.ChunkedArray:
    """Return a column as Arrow strings without nulls."""
    if isinstance(column, pd.Series):
        return to_texts(column)
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        column = pa.array(column, pa.string())
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    strings = [chunk if chunk.type == pa.string() else chunk.cast(pa.string()) for chunk in chunks]
    return pa.chunked_array([pc.fill_null(chunk, "") if chunk.null_count else chunk for chunk in strings], pa.string())


_Done = TypeVar("_Done")


def _map_chunks(work: Callable[[pa.Array], _Done], texts: pa.ChunkedArray, threads: int) -> list[_Done]:
    """Apply `work` to pieces of one size, whatever the chunks of the column: a sheet comes in many small ones."""
    pieces = [texts.slice(start, CHUNK) for start in range(0, max(len(texts), 1), CHUNK)]
    if threads < 2 or len(pieces) < 2:
        return [work(join_chunks(piece)) for piece in pieces]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda piece: work(join_chunks(piece)), pieces))


def _validate_chunk(array: pa.Array, rules: Automaton, region: str) -> Validation:
    judged = judge_plain(array, rules, PARSER_PLAIN)
    odd = np.flatnonzero(judged.answer == ODD)
    rest = take(array, odd)
    judged.replace(odd, judge_parsed(stand_ins(rest, build_parser_bytes()), rules))
    judged.refuse(odd[Texts.of(rest).lengths > LONGEST_TEXT], ASK)
    judged.refuse(_find_foreign_letters(array, judged.doubtful), ASK)
    _ask_parser(array, judged, region)
    return Validation(format_e164(judged.number), judged.number, np.maximum(judged.answer, NO_KIND))


def _find_foreign_letters(array: pa.Array, doubtful: np.ndarray) -> np.ndarray:
    """Return the rows outside ASCII among the `doubtful`.

    Where letters stand for digits, the parser drops the letters of other scripts.
    """
    rows = np.flatnonzero(doubtful)
    return rows[matches(take(array, rows), r"[^\x00-\x7f]")]


def _ask_parser(array: pa.Array, judged: Judgements, region: str) -> None:
    asked = np.flatnonzero(judged.answer == ASK)
    # The library takes a hundred times as long as the tables, so each distinct text is asked once.
    texts = take(array, asked).dictionary_encode()
    said = [judge(text, region) for text in texts.dictionary.to_pylist()]
    which = texts.indices.to_numpy()
    judged.answer[asked] = np.array([kind for kind, _, _ in said], np.int8)[which]
    judged.number[asked] = np.array([int(e164[1:] or 0) for _, e164, _ in said], np.int64)[which]


@dataclass(frozen=True)
class _Part:
    msisdn: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    extra: Extra


def _read_chunk(array: pa.Array, rules: Automaton, region: str, several: str) -> _Part:
    judged = judge_plain(array, rules, CELL_PLAIN)
    odd = np.flatnonzero(judged.answer == ODD)
    split_rows, parts = _look_again(take(array, odd), rules, judged, odd)
    judged.refuse(Texts.of(array).lengths == 0, -REASON["blank"])
    kind, reason, number = *_decide(judged), judged.number
    if len(split_rows):
        kind[split_rows], reason[split_rows], number[split_rows], named = parts.combine(several)
    else:
        named = np.zeros(0, bool)
    asked = _read_singly(array, np.flatnonzero(judged.answer == ASK), region, several, kind, reason, number)
    number[reason != 0] = 0  # so that no later step can text a refused row by mistake
    rows = np.append(split_rows[parts.owner[named]], [row for row, _ in asked]).astype(np.int64)
    extra = Extra.group(rows, np.append(parts.number[named], [each for _, each in asked]).astype(np.int64))
    return _Part(number, kind, reason, extra)


def _look_again(rest: pa.Array, rules: Automaton, judged: Judgements, odd: np.ndarray) -> tuple[np.ndarray, Parts]:
    """Judge the `odd` rows, repaired; return the rows of several numbers and the parts of these.

    Where one of the parts needs the parser, the whole row is answered ASK.
    """
    cells = pc.utf8_trim(stand_ins(rest, build_repaired_bytes()), AROUND)
    split = split_cells(cells)
    single = np.ones(len(odd), bool)
    single[split.rows] = False
    both = judge_cells(pa.concat_arrays([pc.if_else(pa.array(single), cells, ""), split.parts]), rules)
    found, parts = both.slice(0, len(odd)), both.slice(len(odd))
    found.refuse(Texts.of(cells).lengths == 0, -REASON["blank"])
    found.refuse(split.rows, -REASON["several_numbers"])
    found.refuse(split.rows[split.owner[parts.answer == ASK]], ASK)
    found.refuse(Texts.of(rest).lengths > LONGEST_TEXT, ASK)
    judged.replace(odd, found)
    known = found.answer[split.rows] != ASK
    kept = known[split.owner]
    owner = (np.cumsum(known) - 1)[split.owner[kept]]
    kind, reason = _decide(parts)
    return odd[split.rows[known]], Parts(owner, kind[kept], reason[kept], parts.number[kept])


def _decide(judged: Judgements) -> tuple[np.ndarray, np.ndarray]:
    """Return the kind and the reason of each answer."""
    kind = np.maximum(judged.answer, NO_KIND)
    reason = np.where(kind < 0, -np.maximum(judged.answer, -len(REASON_CODES)), _REFUSALS[kind]).astype(np.int8)
    usable = reason == 0
    reason[usable & (judged.number < 10 ** (LEAST_DIGITS - 1))] = REASON["too_short_for_route"]
    reason[usable & (judged.number >= 10**MOST_DIGITS)] = REASON["too_long"]
    return kind, reason


def _read_singly(
    array: pa.Array,
    asked: np.ndarray,
    region: str,
    several: str,
    kind: np.ndarray,
    reason: np.ndarray,
    number: np.ndarray,
) -> list[tuple[int, int]]:
    """Read the `asked` rows one by one, each distinct text once; return (row, number) of those with several."""
    texts = take(array, asked).dictionary_encode()
    reads = [read_number(text, region, several) for text in texts.dictionary.to_pylist()]
    which = texts.indices.to_numpy()
    kind[asked] = np.array([read.kind for read in reads], np.int8)[which]
    reason[asked] = np.array([REASON[read.code] for read in reads], np.int8)[which]
    number[asked] = np.array([read.msisdn for read in reads], np.int64)[which]
    rows = zip(asked.tolist(), which.tolist(), strict=True)
    return [(row, int(e164[1:])) for row, index in rows for e164 in reads[index].extra]


def format_e164(msisdn: np.ndarray) -> pa.Array:
    """Return MSISDNs (int64) as texts in E.164 form, "+919876543210"; null for 0."""
    # Written as negative numbers, whose sign is then turned: to put a sign in front of a million finished texts takes
    # as long as to write them.
    valid = pa.py_buffer(np.packbits(msisdn != 0, bitorder="little"))
    negative = pa.Array.from_buffers(pa.int64(), len(msisdn), [valid, pa.py_buffer(-msisdn)])
    _, places, content = negative.cast(pa.string()).buffers()
    signed = np.frombuffer(content or b"", np.uint8)
    return pa.Array.from_buffers(
        pa.string(), len(msisdn), [valid, places, pa.py_buffer(np.where(signed == _MINUS, _PLUS, signed))]
    )
