"""The one client of the provider's API: `Provider.send` or `ask` for messages, `Provider.check` for the connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from smscore.errors import Explanation, explain
from smscore.messages import Content, Message
from smscore.provider.answer import Answer, Question, make_unproven
from smscore.provider.answer_reader import read_answer
from smscore.provider.cases import Fate
from smscore.provider.shapes import SMS, body
from smscore.provider.transport import HttpTransport, NoReply, ProviderConfig, Reply

# How the outcome of a request without recipients reads as a check of the connection.
_CHECKS = {
    "unreachable": "connection_unreachable",
    "bad_certificate": "connection_bad_certificate",
    "private_address": "connection_private_address",
    "no_answer": "connection_no_answer",
    "spoke_first": "connection_no_answer",
    "broken_off": "connection_no_answer",
    "moved": "connection_moved",
    "key_refused": "connection_key_refused",
    "rate_limited": "connection_busy",
    "server_error": "connection_server_error",
    "foreign_busy": "connection_busy",
    "whole_refused": "connection_good",
    "number_refused": "connection_good",
    "sender_refused": "connection_good",
    "template_refused": "connection_good",
    "no_balance": "connection_no_balance",
}


@dataclass(frozen=True)
class Check:
    """What a check of the connection found: a code, whether messages can be sent, the provider's words, and seconds.

    `ready` is True when the provider answered and took the key, False when sending would fail, None when its answer
    does not tell.
    """

    code: str
    ready: bool | None
    words: str
    http_status: int | None
    seconds: float

    @property
    def explanation(self) -> Explanation:
        """What was found and what to do next, for an operator."""
        return explain(self.code, note=self.words, status=self.http_status)


class Provider:
    """The provider, reached as one `ProviderConfig` says. Thread-safe; every thread has its own connection."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._transport = HttpTransport(config)

    def __repr__(self) -> str:
        return f"Provider({self._config.base_url!r})"

    def send(self, message: Message, content: Content, msisdns: Sequence[int | str]) -> Answer:
        """Make one call for one text and its recipients (919876543210, no plus), and say what came of each.

        Return an Answer whatever the network does, within `ProviderConfig.deadline` seconds of connecting. Raises
        ProviderError before anything leaves when a recipient could not be joined into the request (see `shapes.body`).
        """
        return self.ask(message, content, msisdns)()

    def ask(self, message: Message, content: Content, msisdns: Sequence[int | str]) -> Callable[[], Answer]:
        """Make the call of `send`; what it returns reads the answer, which can wait until the connection is busy."""
        path, request = body(message, content, msisdns)
        reply = self._transport.post(path, _encode(request))
        question = Question(tuple(map(int, msisdns)), self._secrets(message, content), message.one_time)
        reading = partial(read_answer, reply, question)
        # An answer that names our number proves by itself whose it is, and can be read while the connection goes on.
        # A refusal names nobody: whether it is ours must be settled while its connection is at hand.
        if _names_number(reply, question.numbers[0]):
            self._transport.keep_connection()
            return reading
        return partial(_return_answer, self._settle(reading(), reply, question))

    def _settle(self, answer: Answer, reply: Reply | NoReply, question: Question) -> Answer:
        """Close the connection; return `unproven_refusal` for a refusal that may be meant for another call."""
        refuses = isinstance(reply, Reply) and answer.rest in (Fate.QUEUED, Fate.REFUSED)
        if refuses and not self._transport.proves_answer():
            answer = make_unproven(answer, question)
        self._transport.drop_connection()
        return answer

    def check(self) -> Check:
        """Ask the provider whether it takes our key, by a request without recipient, text or sender.

        Such a request cannot send anything. The provider has no endpoint made for this question: a refusal that is
        not about the key is read as "the key was taken".
        """
        begun = time.monotonic()
        reply = self._transport.post(SMS, _encode({}))
        self._transport.drop_connection()
        answer = read_answer(reply, Question((), (self._key,)))
        code = _CHECKS.get(answer.code, "connection_unclear")
        if code == "connection_no_answer" and not isinstance(reply, NoReply):
            code = "connection_unclear"
        ready = {"connection_good": True, "connection_unclear": None, "connection_busy": None}.get(code, False)
        return Check(code, ready, answer.words, answer.http_status, time.monotonic() - begun)

    def close(self) -> None:
        """Close the connections of all threads. The Provider may be used again."""
        self._transport.close()

    @property
    def _key(self) -> str:
        return self._config.api_key.get_secret_value()

    def _secrets(self, message: Message, content: Content) -> tuple[str, ...]:
        return (self._key, content.text, *content.values)


def _names_number(reply: Reply | NoReply, number: int) -> bool:
    """Return whether an answer gives ids and names the first number asked for, which no answer to another call does."""
    if not isinstance(reply, Reply) or not reply.ok or reply.repeated:
        return False
    return b'"messageId"' in reply.body and str(number).encode() in reply.body


def _return_answer(answer: Answer) -> Answer:
    return answer


def _encode(request: dict[str, object]) -> bytes:
    return json.dumps(request).encode()
