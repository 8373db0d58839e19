"""Where a report is written: whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from smscore.errors import ReportError


@contextmanager
def whole_file(place: Path | str | BinaryIO) -> Iterator[BinaryIO]:
    """A file to write into. A path appears only when everything was written; an open file is written as it is.

    Raises ReportError("report_not_written") when the disk refuses; the unfinished file is gone by then.
    """
    if hasattr(place, "write"):
        yield place
        return
    path = Path(place)
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise ReportError("report_not_written", cause=error.strerror or type(error).__name__) from error
    finally:
        unfinished.unlink(missing_ok=True)
