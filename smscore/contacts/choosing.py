"""Which column holds the phone numbers: told by its cells, its name, whose it is, and whether it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SheetError
from smscore.phones import REASON_CODES, measure_numbers_share, read_numbers_by_country
from smscore.sheets import Sheet

from .column_hints import build_refusal, choose_sample_places, column_choices, resolve_column, split_words, squeeze
from .countries import Evidence, collect_evidence

ENOUGH, ENOUGH_WITH_A_NAME = 0.5, 0.2
"""The least share of number-like cells that makes a phone column: of any column, of one that is called so."""
CLOSE = 0.2
"""How far apart the shares of two columns of equal names may be before one of them is the better without asking."""

# Anywhere in the header, the likeliest first; in India's larger languages as well.
_STEMS = (
    *("phone", "mobile", "msisdn", "फोन", "मोबाइल", "मोबाईल", "ফোন", "মোবাইল", "ફોન", "મોબાઇલ", "ਫੋਨ", "ਮੋਬਾਈਲ"),
    *("தொலைபேசி", "மொபைல்", "அலைபேசி", "ఫోన్", "మొబైల్", "ಫೋನ್", "ಮೊಬೈಲ್", "ഫോൺ", "മൊബൈൽ", "فون", "موبائل"),
    *("whatsapp", "व्हाट्सएप", "व्हाट्सऐप", "cellular", "telefon", "teléfono", "téléphone", "celular", "móvil"),
)
# As whole words only: they stand inside too many others.
_SURE_WORDS = ("mob", "cell", "ph", "tel", "sms", "handy", "mobno", "cellno")
"""Those that stand for a phone and hardly for anything else."""
_WORDS = (
    *(*_SURE_WORDS, "recipient", "contact", "संपर्क", "सम्पर्क"),
    *("number", "no", "नंबर", "नम्बर", "দূরভাষ", "numbers", "contacts", "recipients", "to"),
)
# "Order number" and "contact id" are no phones; a "customer phone" is one, a "phone model" is none.
_OF_SOMETHING_ELSE = {
    *("id", "order", "invoice", "bill", "pin", "pincode", "zip", "postal", "aadhaar", "aadhar", "account", "acct"),
    *("ifsc", "gst", "pan", "amount", "price", "serial", "sr", "sl", "roll", "date", "ref", "reference", "policy"),
    *("transaction", "txn", "vehicle", "name", "person", "email", "mail"),
}
_NO_MOBILE_PHONE = {"landline", "fax", "model", "otp", "brand"}


# Whose number it is, or which of theirs. The rule: a column that the workbook hides loses to every visible one, and is
# not used without asking while a visible one might be meant; a column whose header has a word of SOMEBODY_ELSES or
# SECOND is used only where no other column is called a phone, and never without asking while another one might be
# meant; OWN comes before all others. Words of five letters and more count inside a longer one too ("fathersmobile"),
# shorter ones at its beginning ("altphone").
SOMEBODY_ELSES = (
    *("emergency", "father", "mother", "parent", "guardian", "spouse", "husband", "wife", "son", "daughter", "brother"),
    *("sister", "sibling", "relative", "relation", "kin", "friend", "neighbour", "neighbor", "reference", "referrer"),
    *("referee", "referred", "referral", "nominee", "witness", "guarantor", "agent", "broker", "manager", "supervisor"),
    *("boss", "employer", "support", "helpdesk", "helpline", "hotline", "doctor", "driver", "courier", "vendor"),
    *("supplier", "executive", "salesperson", "salesman", "salesrep", "rep", "advisor", "assistant", "care"),
    *("coapplicant", "caretaker", "caregiver", "teacher", "पिता", "माता", "पति", "पत्नी", "अभिभावक", "आपातकालीन"),
    *("संदर्भ", "नामांकित", "एजेंट", "प्रबंधक", "भाई", "बहन"),
)
SECOND = (
    *("alternate", "alternative", "alternet", "alt", "secondary", "second", "2nd", "third", "3rd", "additional"),
    *(
        "other",
        "backup",
        "spare",
        "optional",
        "extra",
        "old",
        "older",
        "previous",
        "prev",
        "former",
        "past",
        "inactive",
    ),
    *("invalid", "wrong", "home", "residence", "resi", "residential", "work", "office", "off", "business", "company"),
    *("landline", "fax", "branch", "store", "shop", "reception", "switchboard", "tollfree", "पुराना", "वैकल्पिक"),
    *("दूसरा", "अन्य", "कार्यालय", "घर", "निवास"),
)
OWN = ("primary", "main", "own", "self", "personal", "preferred", "registered", "current", "verified", "मुख्य")
OF_SOMEBODY_ELSE = 3
_NOT_FIRST = re.compile(r"(?<!\d)[2-9](?!\d)")
_PLAIN = frozenset({"number", "no", "num", "nr", "contact", "numbers", "नंबर", "नम्बर", "s"})


def judge_owner(header: str) -> int:
    """Return whose number a header names.

    0: the person's own; 1: nobody's in particular; 2: a second one; 3 (`OF_SOMEBODY_ELSE`): somebody else's.
    """
    if _has_one_of(header, SOMEBODY_ELSES):
        return OF_SOMEBODY_ELSE
    if _has_one_of(header, SECOND) or _NOT_FIRST.search(normalize("NFKC", header)):
        return 2
    return 0 if _has_one_of(header, OWN) else 1


def _has_one_of(header: str, listed: tuple[str, ...]) -> bool:
    words, together = split_words(header), squeeze(header)
    for word in listed:
        inside = squeeze(word) in together if len(word) >= 5 else _begins_like_phone(together, word)
        if word in words or inside:
            return True
    return False


def _begins_like_phone(together: str, word: str) -> bool:
    return bool(re.match(rf"{word}(?:phone|mob|tel|cell|no$|num|contact|whatsapp)", together))


@dataclass(frozen=True)
class _Candidate:
    column: str
    share: float
    rank: int | None
    standing: int
    hidden: bool

    @property
    def named(self) -> bool:
        return self.rank is not None

    @property
    def surely_named(self) -> bool:
        """Whether the header can hardly mean anything but a phone, as "No" and "Contact" can."""
        return self.rank is not None and self.rank < len(_STEMS) + len(_SURE_WORDS)

    @property
    def plain(self) -> bool:
        """Whether the header says nothing but phone."""
        left = split_words(self.column) - _PLAIN
        return all(rank_header(word) is not None for word in left)

    @property
    def fits(self) -> bool:
        return self.share >= (ENOUGH_WITH_A_NAME if self.named else ENOUGH)

    @property
    def order(self) -> tuple[bool, bool, int, float, int, bool]:
        # A column called "phone" with some bad cells comes before a faultless column of ten-digit order numbers. Hidden
        # columns come last: old numbers are often hidden rather than deleted.
        named = self.named and self.fits
        return (
            not named,
            self.hidden,
            self.standing if named else 1,
            -round(self.share, 1),
            self.rank or 0,
            not self.plain,
        )

    def is_close_to(self, other: _Candidate) -> bool:
        """Whether nothing but a few cells tells which of the two is meant."""
        return self._kind == other._kind and abs(self.share - other.share) <= CLOSE

    @property
    def _kind(self) -> tuple[object, ...]:
        return self.named, self.fits, self.hidden, self.rank, self.standing, self.plain


@dataclass(frozen=True)
class PhoneColumns:
    """The columns to read numbers from, in order of preference, and others that seem to hold numbers as well."""

    columns: tuple[str, ...]
    others: tuple[str, ...] = ()


def find_phone_columns(
    sheet: Sheet, chosen: tuple[str, ...], region: str, countries: tuple[str, ...] = ()
) -> PhoneColumns:
    """Return the columns chosen, or the one found by its content: the share of cells that read as numbers to text.

    The columns `countries` say in which country each row's number is meant, and hold none themselves.

    Raises SheetError: no_such_column (a chosen one is not there), no_phone_column, which_phone_column (two columns of
    one name, or two that look alike); all with facts["choices"], the columns to choose from.
    """
    if chosen:
        return PhoneColumns(tuple(dict.fromkeys(_resolve(sheet, name, chosen) for name in chosen)))
    return _find_column(sheet, region, countries)


phone_choices = column_choices


def _resolve(sheet: Sheet, name: str, chosen: tuple[str, ...]) -> str:
    twins = sheet.same_name.get(name, ())
    if len(set(twins) - set(chosen)) and len(twins) > 1:
        raise _build_question(sheet, twins)
    column = resolve_column(sheet, name, "no_such_column")
    # Found by its letters alone, it may be one of several columns of that name.
    if column != name and column in sheet.same_name and name not in column_choices(sheet):
        return _resolve(sheet, column, chosen)
    return column


def _find_column(sheet: Sheet, region: str, countries: tuple[str, ...]) -> PhoneColumns:
    candidates = _list_candidates(sheet, region, countries)
    fitting = _find_fitting(candidates)
    if not fitting:
        raise build_refusal("no_phone_column", sheet.table.column_names, name=sheet.name)
    best, *others = fitting
    if len(twins := _list_twins(sheet, best)) > 1:
        raise _build_question(sheet, twins)
    if rivals := [one.column for one in others if best.is_close_to(one)] or _list_rivals(best, candidates):
        raise _build_question(sheet, (best.column, *rivals))
    return PhoneColumns((best.column,), tuple(one.column for one in others if one.named))


def _list_twins(sheet: Sheet, best: _Candidate) -> tuple[str, ...]:
    """Return the columns with the header of the best one, itself included, that are no less visible."""
    twins = next((twins for twins in sheet.same_name.values() if best.column in twins), ())
    return tuple(one for one in twins if best.hidden or one not in sheet.hidden_columns)


def _list_rivals(best: _Candidate, candidates: list[_Candidate]) -> list[str]:
    """Return the columns that may be meant where the best one is hidden, a second number or somebody else's.

    That is one that is called a phone, though its cells are blank or bad, or one without a name that is full of
    numbers.
    """
    others = [one for one in candidates if one is not best]
    if best.hidden:
        return [one.column for one in others if not one.hidden and (one.surely_named or one.fits)]
    if not best.named or best.standing < 2:
        return []
    return [one.column for one in others if (one.surely_named and one.standing < 2) or (one.fits and not one.named)]


def _list_candidates(sheet: Sheet, region: str, countries: tuple[str, ...]) -> list[_Candidate]:
    names = [name for name in sheet.table.column_names if name not in countries]
    shares = {name: _measure_share(sheet, name, region, countries) for name in names}
    headers = {twin: header for header, twins in sheet.same_name.items() for twin in twins}
    said = {name: headers.get(name, name) for name in names}  # "Phone (2)" may be the second column called "Phone"
    return [
        _Candidate(name, share, rank_header(said[name]), judge_owner(said[name]), name in sheet.hidden_columns)
        for name, share in shares.items()
    ]


def _find_fitting(candidates: list[_Candidate]) -> list[_Candidate]:
    """Return the columns that may hold the numbers, the likeliest first.

    With no good number anywhere, a name must do: the rows are then refused one by one, each with its reason.
    """
    fitting = [one for one in candidates if one.fits]
    named = (one for one in candidates if one.named)
    by_name = sorted(named, key=lambda one: (one.hidden, one.standing, -one.share, one.rank))
    return sorted(fitting, key=lambda one: one.order) or by_name[:1]


def _build_question(sheet: Sheet, columns: tuple[str, ...]) -> SheetError:
    header = next((header for header, twins in sheet.same_name.items() if columns[0] in twins), None)
    first_of_twins = header is not None and columns[0] == header and columns == tuple(sheet.same_name[header])
    if first_of_twins and f"{header} (1)" not in sheet.table.column_names:
        columns = (f"{header} (1)", *columns[1:])
    return build_refusal("which_phone_column", columns, name=sheet.name)


_DIGITS = r"^[^0-9A-Za-z]*(?:[0-9][^0-9A-Za-z]*){6,15}$"
_LIKE = [REASON_CODES.index(code) for code in ("", "several_numbers", "has_extension")]
_LIKE += [REASON_CODES.index(code) for code in ("country_contradicted", "not_of_named_country")]


def _measure_share(sheet: Sheet, name: str, region: str, countries: tuple[str, ...]) -> float:
    """Return the share of a column's cells that read as numbers, of the region or of their rows' countries."""
    places = pa.array(choose_sample_places(sheet.table.column(name)))
    cells = sheet.table.column(name).take(places)
    if not len(cells):
        return 0.0
    share = measure_numbers_share(cells, region)
    if share < 1 and (
        evidence := collect_evidence(sheet.table.select([*countries, name]).take(places), countries, name)
    ):
        share = max(share, _measure_share_abroad(cells, evidence, region))
    return share


def _measure_share_abroad(cells: pa.ChunkedArray, evidence: Evidence, region: str) -> float:
    digits = pc.match_substring_regex(cells, _DIGITS).to_numpy()
    if np.count_nonzero(digits) < ENOUGH_WITH_A_NAME * len(cells):
        return 0.0
    which = np.maximum(evidence.which, -1)
    numbers = read_numbers_by_country(cells, evidence.countries, which, region).numbers
    return float(np.isin(numbers.reason, _LIKE).mean())


def rank_header(header: str) -> int | None:
    """Return how likely a header names phone numbers: 0 the likeliest, None not at all ("Order no", "Name")."""
    words = split_words(header)
    if words & _NO_MOBILE_PHONE:
        return None
    together = squeeze(header)
    stems = [rank for rank, stem in enumerate(_STEMS) if squeeze(stem) in together]
    words = frozenset() if words & _OF_SOMETHING_ELSE else words
    return min(stems + [len(_STEMS) + rank for rank, word in enumerate(_WORDS) if word in words], default=None)
