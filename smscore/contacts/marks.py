"""Columns in which a sheet itself says who has opted out: noticed, never applied or ignored without a person's word."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import Notice
from smscore.sheets import Sheet
from smscore.tables.texts import get_bytes, get_offsets, join_chunks

from .column_hints import resolve_column, squeeze, take_sample

# What such a column is called, squeezed. The rule: under a header with one of OUT, "yes" means that the person wants
# nothing; under one with one of CONSENT, "no" means it. OUT is looked at first ("no consent", "consent withdrawn").
OUT = (
    *("optout", "optedout", "optsout", "unsubscri", "unsub", "donotcontact", "dontcontact", "donotcall", "dontcall"),
    *("donotsms", "donottext", "donotmessage", "donotdisturb", "donotsend", "nosms", "nomarketing", "nocontact"),
    *("blacklist", "blocklist", "suppress", "noconsent", "consentwithdrawn", "consentrevoked", "stopsms", "smsstop"),
    *("डीएनडी", "संपर्कनकरें", "सम्पर्कनकरें", "सदस्यतासमाप्त", "बंदकरें", "ऑप्टआउट"),
)
OUT_WHOLE = frozenset({"stop", "stopped", "dnd", "dnc", "ndnc", "dndstatus", "dndflag", "isdnd", "ondnd", "blocked"})
OUT_WHOLE |= {"dncflag", "dncstatus", "ncpr", "dndregistered", "isblocked", "excluded", "exclude", "रोक", "मना"}
CONSENT = (
    *("consent", "optin", "optedin", "optsin", "allowsms", "smsallowed", "allowmarketing", "acceptsmarketing"),
    *("acceptssms", "acceptsms", "acceptmarketing", "marketingpermission", "smspermission", "permission", "gdpr"),
    *("oktotext", "oktocontact", "cancontact", "cantext", "contactable", "marketable", "smsmarketing", "smsok"),
    *("receivesms", "receivemarketing", "wantsms", "agreetosms", "agreedtosms", "सहमति", "अनुमति", "ऑप्टइन"),
)
CONSENT_WHOLE = frozenset({"subscribed", "subscribe", "issubscribed", "subscription", "subscriptionstatus", "agreed"})
CONSENT_WHOLE |= {"marketing", "marketingstatus", "smsstatus", "whatsappstatus"}

# What stands in such a cell, squeezed. LEAVE means the same under every header and is looked for in every column;
# LEAVE_HERE says it too, but under such a header alone: a loan may be refused as well. STAY means the contrary there,
# YES and NO what the header makes of them.
LEAVE = frozenset({"stop", "stopall", "unsubscribe", "unsubscribed", "unsub", "optout", "optedout", "optsout"})
LEAVE |= {"dnd", "dnc", "ndnc", "donotcontact", "donotcall", "donotdisturb", "donotsms", "donottext", "donotmessage"}
LEAVE |= {"dontcontact", "dontcall", "nosms", "optedoutofsms", "fullydnd", "ऑप्टआउट", "डीएनडी", "संपर्कनकरें"}
LEAVE_HERE = frozenset({"stopped", "blacklisted", "blacklist", "blocked", "suppressed", "revoked", "withdrawn"})
LEAVE_HERE |= {"denied", "refused", "declined", "rejected", "notconsented", "noconsent", "withdrew", "nocontact"}
LEAVE_HERE |= {"notsubscribed", "notallowed", "notgiven", "out", "बंद", "रोकें", "रोको", "असहमत", *LEAVE}
STAY = frozenset(
    {"subscribed", "in", "optin", "optedin", "active", "consented", "granted", "allowed", "accepted", "agreed"}
)
STAY |= {"given", "approved", "nondnd", "notdnd", "nodnd", "notoptedout", "notunsubscribed", "सहमत", "ऑप्टइन"}
YES = frozenset({"yes", "y", "true", "t", "1", "x", "on", "ja", "si", "sí", "oui", "ok", "checked", "haan", "han"})
YES |= {"हाँ", "हां", "हा", "जीहाँ", "जीहां", "✓", "✔", "☑", "हो", "ஆம்", "అవును", "হ্যাঁ", "હા", "ਹਾਂ", "ಹೌದು", "അതെ"}
NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non", "never", "none", "unchecked", "nahi", "nahin"})
NO |= {"नहीं", "नही", "ना", "न", "जीनहीं", "✗", "✘", "☐", "நான்இல்லை", "இல்லை", "కాదు", "না", "ના", "ਨਹੀਂ", "ಇಲ್ಲ"}
_SIGNS = frozenset("✓✔☑✗✘☐")
_DATE = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}.*|\d{1,2}[- ]\w{3,9}[- ,]+\d{2,4}.*|\w{3,9} \d{1,2},? \d{4}.*")
UNKNOWN_SHOWN = 5
_LONGEST_WORD = 48  # bytes of the longest word of LEAVE, with spaces and signs in it


@dataclass(frozen=True, eq=False)
class Marks:
    """What one column says. `out`: for each row of the sheet's table whether it is marked as opted out; `rows`: how
    many are; `unknown`: words that say neither, with the number of their rows; `applied`: whether the marked people are
    left out, None where nobody has decided."""

    column: str
    out: np.ndarray = field(repr=False)
    rows: int
    unknown: dict[str, int]
    applied: bool | None = None

    @property
    def asks(self) -> bool:
        """Whether it marks anybody, or holds a word of which a person must say what it means."""
        return bool(self.rows or any(self.unknown))

    @property
    def unclear(self) -> str:
        """The words that say neither, to be shown: "maybe (2), later (1)"; "" where there are none."""
        shown = [f"{word[:30] or 'blank'} ({count:,})" for word, count in list(self.unknown.items())[:UNKNOWN_SHOWN]]
        return ", ".join(shown) + (" …" if len(self.unknown) > UNKNOWN_SHOWN else "")


def find_marks(sheet: Sheet, chosen: tuple[str, ...] | None, apart: tuple[str, ...]) -> tuple[Marks, ...]:
    """Return the columns that mark people as opted out, or hold words under such a header that say neither.

    `chosen` are those that count, None where nobody has decided; the columns `apart` hold numbers and countries and are
    not looked at. Raises SheetError("no_such_opt_out_column").
    """
    wanted = [resolve_column(sheet, name, "no_such_opt_out_column") for name in chosen or ()]
    found = []
    for name in sheet.table.column_names:
        marks = _read_marks(name, sheet.table.column(name), asked=name in wanted) if name not in apart else None
        if marks and (
            name in wanted or marks.rows or (marks.unknown and any(map(str.strip, _list_sample(sheet, name))))
        ):
            # Never decided here: to trust a column that nobody explained would leave out customers in silence, and to
            # ignore it would text people who said no.
            found.append(replace(marks, applied=None if chosen is None else name in wanted))
    return tuple(found)


def _list_sample(sheet: Sheet, name: str) -> list[str]:
    return take_sample(sheet.table.column(name)).to_pylist()


def list_opt_out_notices(marks: tuple[Marks, ...]) -> list[Notice]:
    """Return what an operator is told of each column."""
    codes = {None: "opt_out_undecided", True: "opt_out_applied", False: "opt_out_ignored"}
    found = []
    for each in marks:
        if each.applied is None and not each.asks:
            found.append(Notice("opt_out_unclear", {"column": each.column, "words": each.unclear}))
            continue
        people = f"{each.rows:,} {'person' if each.rows == 1 else 'people'}"
        found.append(Notice(codes[each.applied], {"column": each.column, "people": people}))
        if each.unknown and each.applied is not False:
            found.append(Notice("opt_out_unclear", {"column": each.column, "words": each.unclear}))
    return found


def read_polarity(header: str) -> bool | None:
    """Return whether "yes" under this header means that the person has opted out; None where it says neither."""
    plain = squeeze(header)
    if plain in OUT_WHOLE or any(squeeze(word) in plain for word in OUT):
        return True
    if plain in CONSENT_WHOLE or any(squeeze(word) in plain for word in CONSENT):
        return False
    return None


def _read_marks(name: str, column: pa.ChunkedArray, asked: bool) -> Marks | None:
    polarity = read_polarity(name)
    says_stop = polarity is None and _may_say_stop(column)
    if polarity is None and not asked and not says_stop:
        return None
    cells = join_chunks(column).dictionary_encode()
    if says_stop:  # "Last reply": what else stands there means nothing
        out = _say_stop(cells.dictionary).take(cells.indices).to_numpy(zero_copy_only=False)
        return Marks(name, out, int(np.count_nonzero(out)), {})
    words = cells.dictionary.to_pylist()
    meant = [_read_meaning(word, polarity is not False) for word in words]
    of_row = cells.indices.to_numpy()
    out = np.array([each is True for each in meant], np.bool_)[of_row] if words else np.zeros(0, np.bool_)
    counts = np.bincount(of_row, minlength=len(words)).tolist()
    unknown = Counter(
        {word.strip(): count for word, each, count in zip(words, meant, counts, strict=True) if each is None}
    )
    if not asked and squeeze(name) in CONSENT_WHOLE and len(unknown) == len(words):
        return None  # "Subscription: Gold, Silver"
    return Marks(name, out, int(np.count_nonzero(out)), dict(unknown.most_common()))


def _read_meaning(cell: str, yes_is_out: bool) -> bool | None:
    """Return whether a cell says that the person is out; None where it does not say.

    A blank cell under "opt out" says no, and under "consent" nothing.
    """
    word = cell.strip().casefold() if cell.strip() in _SIGNS else squeeze(re.sub(r"\.0+$", "", cell.strip()))
    if word in LEAVE_HERE or word in STAY:
        return word in LEAVE_HERE
    if word in YES or word in NO:
        return (word in YES) == yes_is_out
    if not cell.strip():
        return False if yes_is_out else None
    if _DATE.fullmatch(cell.strip()):  # the day on which they left, or agreed
        return yes_is_out
    return None


_WRITTEN = {case(word).encode()[:3] for word in LEAVE for case in (str.lower, str.upper)}
_OTHER, _PASSED_OVER, _PASSED_OVER_ABROAD = 0, 1, 2
_KINDS = np.zeros(256, np.uint16)
"""For each byte its kind: blanks and signs, which `_say_stop` takes out, in ASCII or as the first byte of more; the
bytes that words of LEAVE have in front, each a kind of its own, small or capital; all others."""
_KINDS[[*b" \t\n\r\f", *b"!\"#%&'()*,-./:;?@[\\]_{}"]] = _PASSED_OVER
_KINDS[[0xC2, 0xE2]] = _PASSED_OVER_ABROAD
for _kind, _sign in enumerate(sorted({*b"".join(_WRITTEN).lower()}), 3):
    _KINDS[[_sign, *bytes([_sign]).upper()]] = _kind
_BEGINNINGS = np.zeros((_KINDS.max() + 1,) * 3, np.bool_)
"""For the kinds of three bytes whether a word of LEAVE may begin with them, blanks and signs in between."""
for _first, _second, _third in (_KINDS[[*word]] for word in _WRITTEN):
    for _next in (_second, _PASSED_OVER):
        _BEGINNINGS[_first, _next, [_second, _third, _PASSED_OVER, _PASSED_OVER_ABROAD]] = True
        _BEGINNINGS[_PASSED_OVER, _first, [_second, _PASSED_OVER, _PASSED_OVER_ABROAD]] = True
    _BEGINNINGS[_first, _PASSED_OVER_ABROAD] = True
_BEGINNINGS[_PASSED_OVER, [_PASSED_OVER, _PASSED_OVER_ABROAD]] = _BEGINNINGS[_PASSED_OVER_ABROAD] = True
_PAIRS: np.ndarray = np.logical_or.reduce(_BEGINNINGS, axis=2)
_MAY_BEGIN: np.ndarray = np.logical_or.reduce(_PAIRS, axis=1)[_KINDS]


def _may_say_stop(column: pa.ChunkedArray) -> bool:
    """Return whether a cell of a column may be a word such as STOP: only those that begin like one are looked at."""
    likely = [chunk.take(pa.array(places)) for chunk in column.chunks if len(places := _begin_like_stop(chunk))]
    return bool(likely and pc.any(_say_stop(pc.unique(pa.chunked_array(likely)))).as_py())


def _begin_like_stop(chunk: pa.StringArray) -> np.ndarray:
    """Return the places of the texts that begin like a word of LEAVE and are no longer than one."""
    begin, text = get_offsets(chunk), get_bytes(chunk)
    if not len(text):
        return np.zeros(0, np.int64)
    places = np.flatnonzero(_MAY_BEGIN[np.take(text, begin[:-1], mode="clip")])  # behind the last text stands nothing
    lengths = begin[places + 1] - begin[places]
    places = places[(lengths > 2) & (lengths <= _LONGEST_WORD)]
    at = begin[places]
    first, second = _KINDS[text[at]], _KINDS[text[at + 1]]
    likely = np.flatnonzero(_PAIRS[first, second])
    third = _KINDS[text[at[likely] + 2]]
    return places[likely[_BEGINNINGS[first[likely], second[likely], third]]]


def _say_stop(words: pa.StringArray) -> pa.BooleanArray:
    plain = pc.replace_substring_regex(pc.utf8_lower(words), r"[\s_\pP]+", "")
    return pc.is_in(plain, pa.array(sorted(LEAVE)))
