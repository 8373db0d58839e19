"""The provider: the only module from which anything is sent. Read it in this order: cases, shapes,
response, connection, transport, envelope, answer, answer_reader, client.

`Provider(ProviderConfig(base_url, api_key)).send(message, content, numbers)` makes one call and returns an `Answer`;
what every ending means, for the recipients and for the campaign, is the table `CASES`.
"""

from smscore.provider.answer import Answer, Question, mask_number
from smscore.provider.answer_reader import read_answer
from smscore.provider.cases import CASES, FINDINGS, REFUSALS, STATUSES, Case, Effect, Fate, Refusal, Verdict
from smscore.provider.client import Check, Provider
from smscore.provider.shapes import SHAPES, Shape, body
from smscore.provider.transport import NoReply, ProviderConfig, Reply

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
    "ProviderConfig",
    "Question",
    "Refusal",
    "Reply",
    "Shape",
    "Verdict",
    "body",
    "mask_number",
    "read_answer",
]
