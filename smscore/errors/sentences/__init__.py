"""The one table of sentences: code → what is wrong and where, what to do next.

`{name}` is a fact of the error; `{count:row|rows}` is a counted fact with its noun, "1 row" or "1,204 rows".
"""

from __future__ import annotations

from collections.abc import Mapping

from smscore.errors.sentences import campaigns, database, messages, numbers, provider, settings, sheets

ROOMS = (campaigns, database, messages, numbers, provider, settings, sheets)

SENTENCES: Mapping[str, tuple[str, str]] = {code: told for room in ROOMS for code, told in room.SENTENCES.items()}
