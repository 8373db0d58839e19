"""What an operator must be told about a sheet that was read: one notice for each unusual thing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from smscore.errors import Notice

from .headers import Header
from .reader.file_formats import FORMATS
from .sheet import Heading
from .text_encodings import build_text_encoding

Facts = Mapping[str, Any]

TITLES_QUOTED = 5
"""How many title lines a notice quotes."""


def build_notices(
    name: str,
    kind: str,
    header: Header,
    heading: Heading,
    problems: Mapping[str, int],
    facts: Facts,
    ignored: Mapping[str, int],
) -> list[Notice]:
    """Return the notices about a sheet that is called `name`, of the format `kind` of `FORMATS`.

    `problems` are counts by code, `facts` those of the child's last frame, `ignored` counts by the code of the notice
    of what was passed over: invisible characters, page breaks.
    """
    candidates = (
        *_check_file(name, kind, facts),
        *_check_header(header, heading),
        *_check_cells(problems, facts),
        *((count, code, {"count": count}) for code, count in ignored.items()),
    )
    return [Notice(code, known) for holds, code, known in candidates if holds]


_Candidate = tuple[object, str, Mapping[str, object]]
"""Whether the notice applies, its code, and what fills its sentence."""


def _check_file(name: str, kind: str, facts: Facts) -> tuple[_Candidate, ...]:
    suffix, form = PurePath(name).suffix.lower(), FORMATS[kind]
    encoding = build_text_encoding(facts)
    called = encoding.name if encoding else ""
    guessed = encoding is not None and not encoding.chosen
    return (
        (suffix and suffix[1:] not in form.suffixes, "wrong_extension", {"what": form.what, "extension": suffix}),
        (guessed and called, "encoding_guessed", {"encoding": called}),
        (guessed and not called, "encoding_unknown", {}),
        ("dialect" in facts, facts.get("dialect", ""), {}),
    )


def _check_header(header: Header, heading: Heading) -> tuple[_Candidate, ...]:
    count, listed = heading.title_count, _join_titles(heading)
    return (
        (header.position < 0, "no_header", {}),
        (count == 1, "title_not_read", {"lines": listed}),
        (count > 1, "titles_not_read", {"count": count, "lines": listed}),
        (header.position >= 0 and header.doubtful, "header_doubtful", _find_header_line(heading)),
        (header.indexed, "row_names", {}),
        (header.short, "header_short", {"column": header.names[-1] if header.names else ""}),
        (header.shortened, "header_shortened", {"count": len(header.shortened)}),
    )


def _check_cells(problems: Mapping[str, int], facts: Facts) -> tuple[_Candidate, ...]:
    ragged = problems.get("ragged_row", 0) + problems.get("long_ragged_row", 0)
    nul = problems.get("nul_byte", 0)
    return (
        (ragged, "ragged_rows", {"count": ragged}),
        (nul, "nul_bytes", {"count": nul}),
        (facts.get("macros"), "macros_ignored", {}),
        (facts.get("stray"), "stray_cell", {"count": facts.get("stray", 0)}),
        (facts.get("unread"), "sheets_unread", {"sheets": ", ".join(facts.get("unread") or [])}),
        ("hidden" in facts and facts["hidden"] is None, "hidden_rows_unseen", {}),
    )


def _join_titles(heading: Heading) -> str:
    shown = "; ".join(f"“{line.text}”" for line in heading.titles[:TITLES_QUOTED])
    return shown + (" …" if heading.title_count > TITLES_QUOTED else "")


def _find_header_line(heading: Heading) -> dict[str, object]:
    line = next((line.text for line in heading.first if line.row == heading.row), "")
    return {"row": heading.row, "line": line}
