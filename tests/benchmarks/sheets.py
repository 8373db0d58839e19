"""Reading sheets, measured against the readers that people use today.

csv        1,000,000 rows x 8 columns, all text: `read_sheet` against pandas' C reader with dtype=str, and beside them
           bare pyarrow, which neither guards the server nor keeps row numbers
addresses  the same with addresses of two lines in most rows, quoted
dirty      the same with phones as people have them (spaces, dashes, +91, damaged by Excel, Hindi digits, blanks,
           several in a cell): read, and read up to an audience, each against pandas' C reader alone
xlsx       500,000 rows x 8 columns: `read_sheet` against openpyxl in its read-only mode
shared     the same as Excel itself saves it: texts in a part of their own, dates as numbers, addresses with line breaks
audience   1,000,000 rows from bytes to contacts: `read_sheet` and `build_audience` against pandas and phonenumbers

Every reading happens in a process of its own that has loaded its libraries and read a small file before the clock
starts, as a running server has (for `read_sheet` that includes the waiting child, which the dashboard keeps). The
readers take turns, so that a busy machine slows all of them; figures are medians.
Memory is the highest sum, over the process and its children, of private memory and of the memory they share, above the
sum before the reading. It is sampled in a reading of its own, which is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

NAMES = ("Asha", "Ravi", "Meera", "José", "Farhan", "Li", "Sunita Devi", "O'Brien")
HEADER = ("name", "phone", "city", "email", "order", "amount", "day", "note")
JOBS = {
    "csv": ("read_sheet", "pandas C, dtype=str", "pyarrow.csv alone"),
    "addresses": ("read_sheet", "pandas C, dtype=str", "pyarrow.csv alone"),
    "dirty": ("read_sheet", "pandas C, dtype=str", "read_sheet + build_audience"),
    "xlsx": ("read_sheet", "openpyxl read-only"),
    "shared": ("read_sheet", "openpyxl read-only"),
    "audience": ("read_sheet + build_audience", "pandas + phonenumbers"),
}
REGION = "IN"


def rows(count: int, phones: list[str] | None = None, seed: int = 7):
    """Rows of contacts as customers send them; every fourth note is quoted because of its comma."""
    dice = random.Random(seed)
    for at in range(count):
        name = dice.choice(NAMES)
        phone = phones[at] if phones else f"+91{dice.randrange(6 * 10**9, 10**10)}"
        note = f"note, {at}" if at % 4 == 0 else f"note {at}"
        mail = f"{name[:4].lower()}{at}@example.in"
        yield name, phone, "Bengaluru", mail, f"ORD{at:08}", f"{dice.randrange(10**6) / 100}", "2026-03-04", note


def with_addresses(count: int):
    """Rows whose note, in four of five, is an address over two lines."""
    for at, (*cells, note) in enumerate(rows(count)):
        yield *cells, f"{at % 900}, MG Road\nPune 4110{at % 90:02}" if at % 5 else note


def write_csv(path: Path, count: int, phones: list[str] | None = None, addresses: bool = False) -> None:
    """A CSV of `count` rows; `phones` replaces the plain mobile numbers."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(HEADER)
        writer.writerows(with_addresses(count) if addresses else rows(count, phones))


def write_xlsx(path: Path, count: int) -> None:
    """A workbook of `count` rows, half of whose phones and all of whose amounts are numbers."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Contacts")
    page.append(HEADER)
    for at, (name, phone, city, mail, order, amount, day, note) in enumerate(rows(count), 1):
        page.append((name, int(phone) if at % 2 else phone, city, mail, order, float(amount), day, note))
    book.save(path)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHARED_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="'
    'application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.{kind}+xml"/>'
        for part, kind in {
            "workbook": "sheet.main",
            "worksheets/sheet1": "worksheet",
            "sharedStrings": "sharedStrings",
            "styles": "styles",
        }.items()
    )
    + "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{part}.xml"/>'
        for at, (kind, part) in enumerate(
            (("worksheet", "worksheets/sheet1"), ("styles", "styles"), ("sharedStrings", "sharedStrings")), 1
        )
    )
    + "</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets><calcPr calcId="145621"/></workbook>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font>'
    '</fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/>'
    '</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"><alignment wrapText="1"/></xf>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    "</cellXfs></styleSheet>",
}


def write_shared(path: Path, count: int) -> None:
    """A workbook of `count` rows as Excel saves it: its texts, many of them repeated, are in a part of their own."""
    places: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in _SHARED_PARTS.items():
            book.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n{part}')
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}" xmlns:x14ac="x14ac"><sheetData>'.encode())
            for number, row in enumerate([HEADER, *rows(count)], 1):
                sheet.write(_shared_row(number, row, places).encode())
            sheet.write(b"</sheetData></worksheet>")
        texts = "".join(_shared_text(text) for text in places)
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}" uniqueCount="{len(places)}">{texts}</sst>')


def _shared_text(text: str) -> str:
    kept = ' xml:space="preserve"' if "\n" in text else ""
    return f"<si><t{kept}>{escape(text)}</t></si>"


def _shared_row(number: int, row: tuple[str, ...], places: dict[str, int]) -> str:
    """A row as Excel writes it; every second address has several lines, every second phone is a number."""
    name, phone, city, mail, order, amount, day, note = row
    wraps = number % 2
    city = f"{number}, MG Road\n{city}" if wraps and number > 1 else city
    cells = []
    for column, text in zip("ABCDEFGH", (name, phone, city, mail, order, amount, day, note), strict=True):
        if number > 1 and (column in "FG" or (column == "B" and wraps)):
            value = {"F": amount, "G": str(46_000 + number % 300), "B": phone.lstrip("+")}[column]
            style = ' s="2"' if column == "G" else ""
            cells.append(f'<c r="{column}{number}"{style}><v>{value}</v></c>')
        else:
            place = places.setdefault(text, len(places))
            cells.append(f'<c r="{column}{number}" s="{int(column == "C")}" t="s"><v>{place}</v></c>')
    height = ' ht="30" customHeight="1"' if wraps else ""
    return f'<row r="{number}" spans="1:8"{height} x14ac:dyDescent="0.25">{"".join(cells)}</row>'


WRITERS = {"xlsx": write_xlsx, "shared": write_shared}


def _ours(path: Path) -> Callable[[], int]:
    import numpy
    import pyarrow as pa

    from smscore.sheets import read_sheet

    pa.array(numpy.zeros(1))  # loads pandas, as the running server has long done
    return lambda: read_sheet(path, path.name).table.num_rows


def _pandas(path: Path) -> Callable[[], int]:
    import pandas

    return lambda: len(pandas.read_csv(path, dtype=str, na_filter=False))


def _pyarrow(path: Path) -> Callable[[], int]:
    import pyarrow as pa
    from pyarrow import csv

    text = csv.ConvertOptions(column_types={name: pa.string() for name in HEADER}, strings_can_be_null=False)
    parsing = csv.ParseOptions(newlines_in_values=True)
    return lambda: csv.read_csv(path, parse_options=parsing, convert_options=text).num_rows


def _openpyxl(path: Path) -> Callable[[], int]:
    import openpyxl

    def read() -> int:
        page = openpyxl.load_workbook(path, read_only=True).active
        return len([["" if cell is None else str(cell) for cell in row] for row in page.values]) - 1

    return read


def _our_audience(path: Path) -> Callable[[], int]:
    from smscore.contacts import Choice, build_audience
    from smscore.phones import read_numbers
    from smscore.sheets import read_sheet

    read_numbers(["9876543210"], REGION)
    choice = Choice(phone=("phone",), region=REGION, several="first")
    return lambda: build_audience(read_sheet(path, path.name), choice).people


def _plain_audience(path: Path) -> Callable[[], int]:
    import pandas
    import phonenumbers as book

    mobile = (book.PhoneNumberType.MOBILE, book.PhoneNumberType.FIXED_LINE_OR_MOBILE)

    def number(text: str) -> str | None:
        try:
            parsed = book.parse(text, REGION)
        except book.NumberParseException:
            return None
        if not book.is_valid_number(parsed) or book.number_type(parsed) not in mobile:
            return None
        return book.format_number(parsed, book.PhoneNumberFormat.E164)

    def read() -> int:
        frame = pandas.read_csv(path, dtype=str, na_filter=False)
        frame["e164"] = frame["phone"].map(number)
        return len(frame.dropna(subset=["e164"]).drop_duplicates("e164"))

    return read


READERS = {
    ("csv", 0): _ours,
    ("csv", 1): _pandas,
    ("csv", 2): _pyarrow,
    ("addresses", 0): _ours,
    ("addresses", 1): _pandas,
    ("addresses", 2): _pyarrow,
    ("dirty", 0): _ours,
    ("dirty", 1): _pandas,
    ("dirty", 2): _our_audience,
    ("xlsx", 0): _ours,
    ("xlsx", 1): _openpyxl,
    ("shared", 0): _ours,
    ("shared", 1): _openpyxl,
    ("audience", 0): _our_audience,
    ("audience", 1): _plain_audience,
}


class _Memory:
    """Samples, every 20 milliseconds, what this process and its children hold; in bytes."""

    def __init__(self) -> None:
        self.idle = self.peak = self._now()
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def stop(self) -> int:
        """The peak above the beginning."""
        self._over.set()
        self._sampler.join()
        return self.peak - self.idle

    def _sample(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        held = [_held(pid) for pid in (os.getpid(), *_children())]
        return sum(private for private, _ in held) + max(shared for _, shared in held)


def _children() -> list[int]:
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def _held(pid: int) -> tuple[int, int]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    sizes = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines if line.startswith("Rss")}
    return sizes.get("RssAnon", 0), sizes.get("RssShmem", 0)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _measure(what: str, job: str, reader: int, path: Path) -> None:
    read = READERS[job, reader](path)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / f"small{path.suffix}"
        WRITERS.get(job, write_csv)(small, 100)
        READERS[job, reader](small)()
    if JOBS[job][reader].startswith("read_sheet"):
        from smscore.sheets import prepare

        prepare()
        time.sleep(1.0)
    if what == "peak":
        memory = _Memory()
        read()
        print(json.dumps({"peak": memory.stop()}))
        return
    cpu, start = _cpu(), time.perf_counter()
    count = read()
    wall = time.perf_counter() - start
    print(json.dumps({"rows": count, "wall": wall, "cpu": _cpu() - cpu}))


def _apart(what: str, job: str, reader: int, path: Path) -> dict:
    command = [sys.executable, "-m", "tests.benchmarks", "sheets", "--measure", what, job, str(reader), str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _compare(job: str, path: Path, rounds: int) -> None:
    size = path.stat().st_size
    print(f"\n{job}: {size / 1e6:,.0f} MB, {rounds} rounds", flush=True)
    readers = range(len(JOBS[job]))
    taken = [[_apart("time", job, reader, path) for reader in readers] for _ in range(rounds)]
    peaks = [_apart("peak", job, reader, path)["peak"] for reader in readers]
    ours = statistics.median(each[0]["wall"] for each in taken)
    print(f"{'reader':<28}{'rows':>10}{'wall s':>9}{'CPU s':>8}{'peak MB':>9}{'x file':>8}{'ours is':>10}")
    for reader, name in enumerate(JOBS[job]):
        runs = [each[reader] for each in taken]
        wall, cpu = (statistics.median(run[what] for run in runs) for what in ("wall", "cpu"))
        peak = peaks[reader]
        figures = f"{runs[0]['rows']:>10,}{wall:>9.2f}{cpu:>8.2f}{peak / 1e6:>9.0f}{peak / size:>8.1f}"
        print(f"{name:<28}{figures}{wall / ours:>9.1f}x", flush=True)
    if job == "dirty":
        walls = [statistics.median(each[reader]["wall"] for each in taken) for reader in readers]
        print(f"up to an audience, ours is {walls[1] / walls[2]:.1f}x pandas' reading alone", flush=True)


def _phones(count: int) -> list[str]:
    from tests.benchmarks.numbers import column

    return column(count)


def main(argv: list[str]) -> int:
    """Write the files to a temporary folder, read each with all readers in turn, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks sheets", description=__doc__.split("\n")[0])
    parser.add_argument("jobs", nargs="*", default=[*JOBS], metavar="|".join(JOBS))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--book-rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.measure:
        what, job, reader, path = asked.measure
        _measure(what, job, int(reader), Path(path))
        return 0
    writers = {
        "csv": lambda path: write_csv(path, asked.rows),
        "xlsx": lambda path: write_xlsx(path, asked.book_rows),
        "addresses": lambda path: write_csv(path, asked.rows, addresses=True),
        "dirty": lambda path: write_csv(path, asked.rows, _phones(asked.rows)),
        "shared": lambda path: write_shared(path, asked.book_rows),
        "audience": lambda path: write_csv(path, asked.rows, _phones(asked.rows)),
    }
    with tempfile.TemporaryDirectory() as folder:
        for job in asked.jobs:
            path = Path(folder) / f"{job}.{'xlsx' if job in WRITERS else 'csv'}"
            writers[job](path)
            _compare(job, path, asked.rounds)
            path.unlink()
    return 0
