"""What may have been meant by numbers that cannot be texted."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from smscore.phones import REASON_CODES, read_numbers

from .shapes import PROBLEMS


def suggested(problems: pa.Table, region: str) -> pa.Table:
    """The same problems, each number with what may have been meant by it, where something is likely.

    Slow beside all else (some ten thousand distinct cells a second), so only asked for the rows that somebody will
    see.
    """
    asked = pc.and_(
        pc.is_in(problems.column("code"), pa.array(REASON_CODES)), pc.equal(problems.column("suggestion"), "")
    )
    values = pc.if_else(asked, problems.column("value"), "").combine_chunks().dictionary_encode()
    numbers = read_numbers(values.dictionary, region)
    words = pa.array(numbers.suggestions(), pa.string())
    found = pc.if_else(asked, words.take(values.indices), problems.column("suggestion"))
    return problems.set_column(problems.schema.get_field_index("suggestion"), PROBLEMS.field("suggestion"), found)
