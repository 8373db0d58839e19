"""Which column holds the phone numbers: told by what stands in it, then by what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SheetError
from smscore.phones import number_like
from smscore.sheets import Sheet

SAMPLE = 500
ENOUGH, ENOUGH_WITH_A_NAME = 0.5, 0.2
"""The least share of number-like cells that makes a phone column: of any column, of one that is called so."""

# Anywhere in the header, the likeliest first; in India's larger languages as well.
_STEMS = (
    *("phone", "mobile", "msisdn", "फोन", "मोबाइल", "मोबाईल", "ফোন", "মোবাইল", "ફોન", "મોબાઇલ", "ਫੋਨ", "ਮੋਬਾਈਲ"),
    *("தொலைபேசி", "மொபைல்", "அலைபேசி", "ఫోన్", "మొబైల్", "ಫೋನ್", "ಮೊಬೈಲ್", "ഫോൺ", "മൊബൈൽ", "فون", "موبائل"),
    *("whatsapp", "व्हाट्सएप", "व्हाट्सऐप", "cellular", "telefon", "teléfono", "téléphone", "celular", "móvil"),
)
# As whole words only: they stand inside too many others.
_WORDS = ("mob", "cell", "ph", "tel", "sms", "handy", "recipient", "contact", "संपर्क", "सम्पर्क", "number", "no")
_WORDS += ("नंबर", "नम्बर", "দূরভাষ", "numbers", "contacts", "recipients", "to")
# "Order number" and "contact id" are no phones; a "customer phone" is one, a "phone model" is none.
_OF_SOMETHING_ELSE = {
    *("id", "order", "invoice", "bill", "pin", "pincode", "zip", "postal", "aadhaar", "aadhar", "account", "acct"),
    *("ifsc", "gst", "pan", "amount", "price", "serial", "sr", "sl", "roll", "date", "ref", "reference", "policy"),
    *("transaction", "txn", "vehicle", "name", "person", "email", "mail"),
}
_NO_MOBILE_PHONE = {"landline", "fax", "model", "otp", "brand"}


@dataclass(frozen=True)
class _Candidate:
    column: str
    share: float
    rank: int | None

    @property
    def named(self) -> bool:
        return self.rank is not None

    @property
    def fits(self) -> bool:
        return self.share >= (ENOUGH_WITH_A_NAME if self.named else ENOUGH)

    @property
    def order(self) -> tuple:
        # A column called "phone" with some bad cells comes before a faultless column of ten-digit order numbers.
        return (not (self.named and self.fits), -round(self.share, 1), self.rank or 0)


@dataclass(frozen=True)
class PhoneColumns:
    """The columns to read numbers from, in order of preference, and others that seem to hold numbers as well."""

    columns: tuple[str, ...]
    others: tuple[str, ...] = ()


def phone_columns(sheet: Sheet, chosen: tuple[str, ...], region: str) -> PhoneColumns:
    """The columns chosen, or the one found by its content: the share of cells that read as numbers to text.

    Raises SheetError: no_such_column (a chosen one is not there), no_phone_column, which_phone_column (two columns of
    one name, or two that look alike); all with facts["choices"], the columns to choose from.
    """
    if chosen:
        return PhoneColumns(tuple(dict.fromkeys(_resolved(sheet, name, chosen) for name in chosen)))
    return _found(sheet, region)


def phone_choices(sheet: Sheet) -> tuple[str, ...]:
    """The names by which each column of a sheet can be chosen: of two columns "phone" the first is "phone (1)"."""
    first = {twins[0]: f"{header} (1)" for header, twins in sheet.same_name.items() if len(twins) > 1}
    names = sheet.table.column_names
    return tuple(first[name] if first.get(name, name) not in names else name for name in names)


def _resolved(sheet: Sheet, name: str, chosen: tuple[str, ...]) -> str:
    if numbered := _numbered(sheet, name):
        return numbered
    twins = sheet.same_name.get(name, ())
    if len(set(twins) - set(chosen)) and len(twins) > 1:
        raise _ask(sheet, twins)
    if name in sheet.table.column_names:
        return name
    alike = [column for column in sheet.table.column_names if _squeezed(column) == _squeezed(name)]
    if len(alike) == 1:
        return _resolved(sheet, alike[0], (*chosen, alike[0]))
    raise _refusal("no_such_column", sheet.table.column_names, column=name)


def _numbered(sheet: Sheet, name: str) -> str | None:
    # Of two columns "phone", the first can be named without doubt as "phone (1)".
    for header, twins in sheet.same_name.items():
        if name == f"{header} (1)" and name not in sheet.table.column_names:
            return twins[0]
    return None


def _found(sheet: Sheet, region: str) -> PhoneColumns:
    fitting = _fitting(sheet, region)
    if not fitting:
        raise _refusal("no_phone_column", sheet.table.column_names, name=sheet.name)
    best, *others = fitting
    if twins := next((twins for twins in sheet.same_name.values() if best.column in twins and len(twins) > 1), ()):
        raise _ask(sheet, twins)
    if alike := [one.column for one in others if one.order == best.order and not best.named]:
        raise _ask(sheet, (best.column, *alike))
    return PhoneColumns((best.column,), tuple(one.column for one in others if one.named))


def _fitting(sheet: Sheet, region: str) -> list[_Candidate]:
    """The columns that may hold the numbers, the likeliest first. With no good number anywhere, a name must do: the
    rows are then refused one by one, each with its reason."""
    columns = sheet.table.column_names
    candidates = [_Candidate(name, _share(sheet.table.column(name), region), header_rank(name)) for name in columns]
    fitting = [one for one in candidates if one.fits]
    by_name = sorted((one for one in candidates if one.named), key=lambda one: (-one.share, one.rank))
    return sorted(fitting, key=lambda one: one.order) or by_name[:1]


def _ask(sheet: Sheet, columns: tuple[str, ...]) -> SheetError:
    header = next((header for header, twins in sheet.same_name.items() if columns[0] in twins), None)
    first_of_twins = header is not None and columns[0] == header and columns == tuple(sheet.same_name[header])
    if first_of_twins and f"{header} (1)" not in sheet.table.column_names:
        columns = (f"{header} (1)", *columns[1:])
    return _refusal("which_phone_column", columns, name=sheet.name)


def _refusal(code: str, choices: Iterable[str], **facts: object) -> SheetError:
    choices = tuple(choices)
    shown = ", ".join(name[:40] for name in choices[:12]) + (" …" if len(choices) > 12 else "")
    return SheetError(code, choices=choices, columns=shown, **facts)


def _share(column: pa.ChunkedArray, region: str) -> float:
    sample = _sample(column)
    return number_like(sample, region) if len(sample) else 0.0


def _sample(column: pa.ChunkedArray) -> pa.ChunkedArray:
    places = np.linspace(0, len(column) - 1, num=min(len(column), 4 * SAMPLE), dtype=np.int64)
    cells = _filled(column.take(pa.array(places)))
    if len(cells) < SAMPLE // 10 < len(column):
        cells = _filled(column)
    return cells.slice(0, SAMPLE) if len(cells) <= SAMPLE else _spread(cells)


def _spread(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return cells.take(pa.array(np.linspace(0, len(cells) - 1, num=SAMPLE, dtype=np.int64)))


def _filled(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return cells.filter(pc.not_equal(cells, ""))


def header_rank(header: str) -> int | None:
    """How likely a header names phone numbers: 0 the likeliest, None not at all ("Order no", "Name")."""
    plain = normalize("NFKC", header)
    words = set(re.split(r"[\s!-/:-@\[-`{-~0-9]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", plain).casefold()))
    if words & _NO_MOBILE_PHONE:
        return None
    squeezed = _squeezed(plain)
    stems = [rank for rank, stem in enumerate(_STEMS) if _squeezed(stem) in squeezed]
    words = set() if words & _OF_SOMETHING_ELSE else words
    return min(stems + [len(_STEMS) + rank for rank, word in enumerate(_WORDS) if word in words], default=None)


def _squeezed(header: str) -> str:
    # Without spaces, signs and the dots under letters that Hindi writes or leaves out (फ़ोन, फोन).
    return re.sub(r"[\s\W_]+", "", normalize("NFKC", header).casefold().replace("\u093c", ""))
