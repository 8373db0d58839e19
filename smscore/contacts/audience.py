"""What the operator chose, and the audience that came of it, with every row of the sheet accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import Notice
from smscore.sheets import Heading
from smscore.tables import to_frame

from .marks import Marks
from .suggesting import Regions, add_suggestions

if TYPE_CHECKING:  # pandas loads with the first frame
    import pandas as pd

OURS = ("row", "phone", "msisdn")
"""The columns of the contacts that are ours; the sheet's own follow."""
DUPLICATES = pa.schema([("row", pa.int32()), ("phone", pa.string()), ("repeats_row", pa.int32())])
LEFT_OUT = pa.schema([("row", pa.int32()), ("phone", pa.string())])
KEEP = ("first", "last", "fullest")
SEVERAL = ("ask", "first", "all")


def make_empty_numbers() -> np.ndarray:
    """Return an empty list of numbers, as the opt-out list is given: int64."""
    return np.zeros(0, np.int64)


# Compared by identity: two choices holding arrays have no single answer to "equal?".
@dataclass(frozen=True, eq=False)
class Choice:
    """How a sheet becomes an audience.

    phone            columns in order of preference: the first that holds a number to text wins; () = find by content
    region           the country (ISO 3166, two letters) in which numbers without a calling code are meant
    several          a cell with several numbers: "ask" (a problem), "first", or "all" of them
    every_column     the numbers of all phone columns, chosen or found, instead of one a row: for people to leave out
    keep             of the rows with one number: the "first", the "last", or the "fullest" (most filled cells)
    include_hidden   whether rows that the sheet hides (filtered out) are contacts as well
    corrections      (row as Excel shows it, column) → what the cell says instead; with the column "" what the
                     whole line says, in a text file where its cells could not be told apart
    country          the columns that say in which country each row's number is meant: None = find them, () = there is
                     none; they win over `region`
    opt_out          the columns whose words leave people out: None = not decided yet, so that nothing may be sent where
                     a column marks somebody; () = ignore every such column
    subtract         arrays of int64 MSISDNs (an earlier campaign, another sheet) that are left out
    """

    phone: tuple[str, ...] = ()
    region: str = "IN"
    several: str = "ask"
    keep: str = "first"
    include_hidden: bool = False
    corrections: Mapping[tuple[int, str], str] = field(default_factory=dict)
    subtract: tuple[np.ndarray, ...] = ()
    every_column: bool = False
    country: tuple[str, ...] | None = None
    opt_out: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.keep not in KEEP or self.several not in SEVERAL:
            raise ValueError(f"keep is one of {KEEP}, several one of {SEVERAL}")

    @classmethod
    def of_everybody(cls, phone: tuple[str, ...], region: str, country: tuple[str, ...] | None) -> Choice:
        """Return how a list of people who get no message is read: hidden rows, second numbers of a cell and those of
        a second column count too, because to leave out too many is the lesser harm."""
        return cls(phone, region, "all", include_hidden=True, every_column=True, country=country)


@dataclass(frozen=True)
class Arithmetic:
    """The rows of a sheet by what became of them; `adds_up` always. `extra_contacts` counts the people beyond one a
    row, from cells holding several numbers: people = contacts + extra_contacts."""

    rows: int
    contacts: int
    duplicates: int
    problems: int
    opted_out: int
    subtracted: int
    extra_contacts: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row of the sheet is in exactly one of the five."""
        return self.rows == self.contacts + self.duplicates + self.problems + self.opted_out + self.subtracted


# Compared by identity, as a choice is: comparing two of a million rows would take longer than most that is done to one.
@dataclass(frozen=True, eq=False)
class AudienceTables:
    """The rows of an audience as Arrow tables, on which campaigns and the store work column by column.

    What each holds is said at the frames of the same names in `Audience`; here `row` is the first column.
    """

    contacts: pa.Table
    problems: pa.Table
    duplicates: pa.Table
    opted_out: pa.Table
    subtracted: pa.Table


@dataclass(frozen=True, eq=False)
class Audience:
    """Whom a campaign would reach, and every row of the sheet that it would not, each with its reason.

    `contacts`, `problems`, `duplicates`, `opted_out` and `subtracted` are pandas frames made of `tables`. Their index
    is called `row` (int32): the row as Excel shows it, which comes twice where one cell holds two numbers. All text is
    `str` and never missing: an empty cell is "".
    """

    name: str
    sheet_rows: int
    phone: tuple[str, ...]
    region: str
    tables: AudienceTables
    warnings: tuple[Notice, ...] = ()
    country: tuple[str, ...] = ()
    """The columns from which the countries of numbers were taken."""
    phone_hidden: tuple[str, ...] = ()
    """Those of the columns in `phone` that the workbook hides."""
    regions: Regions | None = None
    """In which country the numbers of refused rows are meant, where their rows say so."""
    marks: tuple[Marks, ...] = ()
    """The columns that seem to say who has opted out, and what became of that."""
    heading: Heading = Heading()
    """The sheet's header and what stands above it."""

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """Return who can be texted, in the sheet's order.

        Columns: phone str (E.164 with plus), msisdn int64, then the sheet's own columns as str. An own column with one
        of our names is called "… (as written)".
        """
        return to_frame(self.tables.contacts)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Return what cannot be texted: column, value, code, reason (a sentence) and suggestion, all str.

        Only the first thousand carry their suggestion; `rejected` has all.
        """
        return to_frame(self.tables.problems)

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Return the rows whose number another row has: phone str, repeats_row int32 (the row that was kept)."""
        return to_frame(self.tables.duplicates)

    @cached_property
    def opted_out(self) -> pd.DataFrame:
        """Return the rows of people on the opt-out list: phone str."""
        return to_frame(self.tables.opted_out)

    @cached_property
    def subtracted(self) -> pd.DataFrame:
        """Return the rows left out because an earlier campaign or another sheet has them: phone str."""
        return to_frame(self.tables.subtracted)

    @property
    def people(self) -> int:
        """Return the number of contacts: people who would get a message each."""
        return int(self.tables.contacts.num_rows)

    def replace_tables(self, **changed: pa.Table) -> Audience:
        """Return the same audience with other rows in some of its `tables`."""
        return replace(self, tables=replace(self.tables, **changed))

    @property
    def undecided(self) -> tuple[Marks, ...]:
        """The columns that mark people as opted out, and of which nobody has said yet whether they count. Nothing may
        be sent before that."""
        return tuple(marks for marks in self.marks if marks.applied is None and marks.asks)

    def arithmetic(self) -> Arithmetic:
        """Return how many rows became what.

        A row with several numbers counts once: as a contact if one of them is one, else as opted out, subtracted or
        duplicate, in this order.
        """
        claimed = _ClaimedRows(self)
        contacts = claimed.claim(self.tables.contacts)
        counts = {name: claimed.claim(getattr(self.tables, name)) for name in ("opted_out", "subtracted", "duplicates")}
        problems = claimed.claim(self.tables.problems)
        extra = self.people - contacts
        return Arithmetic(self.sheet_rows, contacts=contacts, problems=problems, extra_contacts=extra, **counts)

    def reasons(self) -> dict[str, int]:
        """Return the number of problem rows by reason code, the most frequent first."""
        codes = self.tables.problems.column("code").combine_chunks().dictionary_encode()
        rows, of_code = self.tables.problems.column("row").to_numpy(), codes.indices.to_numpy()
        counts = {code: _count_distinct(rows[of_code == at]) for at, code in enumerate(codes.dictionary.to_pylist())}
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    @property
    def valid(self) -> pd.DataFrame:
        """Return the contacts as a sheet to download: phone and the sheet's own columns."""
        return self.contacts.drop(columns="msisdn")

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Return the problems as a sheet to download: column, value, reason, and each suggestion there is.

        Takes a second for some ten thousand distinct cells, once.
        """
        whole = add_suggestions(self.tables.problems, self.regions or Regions(self.region))
        return to_frame(whole.drop_columns(["code"]))

    @property
    def fields(self) -> tuple[str, ...]:
        """The sheet's own columns, as they are called in `contacts`."""
        return tuple(self.tables.contacts.column_names[len(OURS) :])


def _count_distinct(rows: np.ndarray) -> int:
    ordered = rows if (np.diff(rows) >= 0).all() else np.sort(rows)
    return int(np.count_nonzero(np.diff(ordered, prepend=-1)))


class _ClaimedRows:
    """Rows of a sheet, each claimed at most once."""

    def __init__(self, audience: Audience) -> None:
        tables = vars(audience.tables).values()
        last = max((pc.max(table.column("row")).as_py() for table in tables if table.num_rows), default=0)
        self._taken = np.zeros(last + 1, np.bool_)

    def claim(self, table: pa.Table) -> int:
        """Claim the rows of `table`; return how many of them no earlier table claimed."""
        before = np.count_nonzero(self._taken)
        self._taken[table.column("row").to_numpy()] = True
        return int(np.count_nonzero(self._taken) - before)
