"""How fast reports are written, beside the writers that teams use today. `python -m tests.benchmarks reports`

A delivery report of eight columns is written by each writer in turn, round after round, so that a busy machine is
unfair to none; the table shows medians. Memory is each writer's growth over the report itself, in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from smscore.reports import to_csv, to_xlsx


def sample_report(rows: int, seed: int = 7) -> pa.Table:
    """A delivery report of `rows` rows: six names in two scripts, a few formulas, empty reasons."""
    chance = np.random.default_rng(seed)
    places = np.arange(rows)
    phones = pa.array(6_000_000_000 + chance.integers(0, 3_999_999_999, rows))
    names = np.array(["Asha Rao", "नमस्ते देवी", "Müller & Söhne", "=HYPERLINK(1)", "O'Brien", "Ravi <ravi>"])
    status = np.array(["delivered", "undelivered", "unknown", "refused"])[chance.integers(0, 4, rows)]
    return pa.table(
        {
            "row": pa.array(places + 2, pa.int32()),
            "phone": pa.array([f"+91{phone}" for phone in phones.to_pylist()]),
            "status": pa.array(status),
            "reason": pa.array(np.where(status == "undelivered", "Handset switched off", "")),
            "message_id": pa.array([f"{place:019d}" for place in places.tolist()]),
            "segments": pa.array(chance.integers(1, 4, rows), pa.int32()),
            "submitted_at": pa.array(np.full(rows, "2026-03-04T10:30:00+05:30")),
            "name": pa.array(names[chance.integers(0, len(names), rows)]),
        }
    )


def batches(table: pa.Table, rows: int = 20_000) -> list[pa.Table]:
    """The report as the store hands it out: in parts."""
    return [table.slice(start, rows) for start in range(0, table.num_rows, rows)]


def _ours_csv(table: pa.Table, place: Path) -> None:
    to_csv(batches(table), place)


def _ours_xlsx(table: pa.Table, place: Path) -> None:
    to_xlsx(batches(table), place)


def _pandas_csv(table: pa.Table, place: Path) -> None:
    table.to_pandas().to_csv(place, index=False, encoding="utf-8-sig")


def _pandas_csv_quoted(table: pa.Table, place: Path) -> None:
    table.to_pandas().to_csv(place, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_ALL)


def _openpyxl(table: pa.Table, place: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Report")
    sheet.append(table.column_names)
    for part in batches(table):
        for row in zip(*(column.to_pylist() for column in part.columns), strict=True):
            sheet.append(row)
    book.save(place)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "CSV: SMS Desk": _ours_csv,
    "CSV: pandas to_csv": _pandas_csv,
    "CSV: pandas to_csv, all quoted": _pandas_csv_quoted,
    "XLSX: SMS Desk": _ours_xlsx,
    "XLSX: openpyxl write_only": _openpyxl,
}


def main(argv: list[str]) -> int:
    """Print the table of writers; `--rows` of the report, `--rounds` of each writer."""
    options = _options(argv)
    if options.memory_of:
        print(_memory_of(options.memory_of, options.rows))
        return 0
    times = _measured(sample_report(options.rows), _chosen(options.only), options.rounds)
    print(f"{options.rows:,} rows x 8 columns, medians of {options.rounds} rounds, interleaved")
    print(f"{'writer':34} {'CPU s':>8} {'wall s':>8} {'CPU, ours = 1':>14} {'memory MB':>10}")
    for name, (cpu, wall) in times.items():
        ours = times[f"{name.split(':')[0]}: SMS Desk"][0]
        print(f"{name:34} {cpu:8.2f} {wall:8.2f} {cpu / ours:13.1f}x {_memory_elsewhere(name, options.rows):10.0f}")
    return 0


def _chosen(word: str) -> dict[str, Callable[[pa.Table, Path], None]]:
    return {name: write for name, write in WRITERS.items() if word in name or name.endswith("SMS Desk")}


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks reports", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="only writers whose name contains this, and ours")
    parser.add_argument("--memory-of", default="", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _measured(table: pa.Table, chosen: dict[str, Callable], rounds: int) -> dict[str, tuple[float, float]]:
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, write in chosen.items():
                cpu, wall = time.process_time(), time.perf_counter()
                write(table, Path(folder) / "report")
                seen[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {name: tuple(map(statistics.median, zip(*pairs, strict=True))) for name, pairs in seen.items()}


def _memory_elsewhere(name: str, rows: int) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.reports", "--memory-of", name, "--rows", str(rows)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _memory_of(name: str, rows: int) -> float:
    table = sample_report(rows)
    with tempfile.TemporaryDirectory() as folder:
        WRITERS[name](table.slice(0, 1), Path(folder) / "small")
        before = _fresh_peak_megabytes()
        WRITERS[name](table, Path(folder) / "report")
        return _peak_megabytes() - before


def _fresh_peak_megabytes() -> float:
    # Linux forgets a process's highest mark when 5 is written here; building the sample is not the writer's memory.
    Path("/proc/self/clear_refs").write_text("5")
    return _peak_megabytes()


def _peak_megabytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
