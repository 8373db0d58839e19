"""The provider: the only module from which anything is sent. Read it in this order: cases, shapes, wire,
connection, transport, envelope, answer, reading, client.

`Provider(Wire(base_url, api_key)).send(message, content, numbers)` makes one call and returns an `Answer`; what every
ending means, for the recipients and for the campaign, is the table `CASES`.
"""

from smscore.provider.answer import Answer, Question, masked
from smscore.provider.cases import CASES, FINDINGS, REFUSALS, STATUSES, Case, Effect, Fate, Refusal, Verdict
from smscore.provider.client import Check, Provider
from smscore.provider.reading import read
from smscore.provider.shapes import SHAPES, Shape, body
from smscore.provider.wire import NoReply, Reply, Wire

__all__ = [
    "CASES",
    "FINDINGS",
    "REFUSALS",
    "SHAPES",
    "STATUSES",
    "Answer",
    "Case",
    "Check",
    "Effect",
    "Fate",
    "NoReply",
    "Provider",
    "Question",
    "Refusal",
    "Reply",
    "Shape",
    "Verdict",
    "Wire",
    "body",
    "masked",
    "read",
]
