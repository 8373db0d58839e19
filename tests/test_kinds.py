"""The table of kinds: complete from the page to the wire, and the same requests as ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pages.ui.editor import FORMS
from smscore import Kind
from smscore.campaigns import sends_one_by_one
from smscore.errors import SENTENCES, ProviderError
from smscore.messages import KINDS, Content, Message, Route
from smscore.provider import SHAPES, body
from smscore.sandbox.checks import check_request
from smscore.sandbox.faults import Faults

RECORDED = [
    json.loads(line) for line in (Path(__file__).parent / "data/requests.jsonl").read_text("utf-8").splitlines()
]
"""Messages with what their reader reads, and the request that SMS Desk 0.2.0 made of each, byte for byte."""
ONE, THREE = (919876543210,), (919876543210, 919876543211, 919876543212)


def test_every_kind_has_a_row_a_shape_and_a_form_and_none_is_left_over():
    assert set(KINDS) == set(Kind)
    assert {kind.spec.shape for kind in Kind} == set(SHAPES)
    assert {kind.spec.form for kind in Kind} == set(FORMS)


@pytest.mark.parametrize("kind", Kind)
def test_a_row_holds_together(kind: Kind):
    spec = kind.spec
    assert spec.label and spec.help.endswith(".")
    assert bool(spec.routes) is spec.counts_segments, "an SMS has a route, and nothing else has"
    assert all(place.too_long in SENTENCES for place in spec.places.values() if place.longest is not None)
    assert not (spec.one_time and (spec.shares_call or spec.in_bulk)), "a code belongs to one person"


@pytest.mark.parametrize("recorded", RECORDED)
def test_a_request_is_the_same_to_the_byte(recorded: dict):
    message, content = read(recorded)
    path, request = body(message, content, ONE)
    assert [path, json.dumps(request)] == recorded["request"]


@pytest.mark.parametrize("recorded", RECORDED)
def test_the_sandbox_takes_what_is_recorded(recorded: dict):
    path, request = recorded["request"]
    assert check_request(path, request.encode(), Faults()).recipients == ("919876543210",)


def test_a_request_of_every_kind_and_route_is_recorded():
    seen = {(message.kind, message.route) for message, _ in map(read, RECORDED)}
    assert {kind for kind, _ in seen} == set(Kind)
    assert {(kind, route) for kind in Kind for route in kind.spec.routes} <= seen


@pytest.mark.parametrize("kind", Kind)
def test_planning_and_the_wire_agree_about_batches(kind: Kind):
    recorded = next(each for each in map(read, RECORDED) if each[0].kind is kind)
    if not sends_one_by_one(recorded[0]):
        assert body(*recorded, THREE)[1]["to"] == "919876543210,919876543211,919876543212"
        return
    with pytest.raises(ProviderError) as refused:
        body(*recorded, THREE)
    assert refused.value.code == "one_recipient_a_call"


def test_a_whatsapp_message_without_its_block_is_refused_before_anything_leaves():
    with pytest.raises(ProviderError) as refused:
        body(Message(Kind.WHATSAPP_TEMPLATE, "+919812345678", Route.TRANS), Content(""), ONE)
    assert refused.value.code == "no_whatsapp_block"


def read(recorded: dict) -> tuple[Message, Content]:
    """The message of a recorded request, and what its reader reads."""
    content = recorded["content"]
    return Message.from_json(recorded["message"]), Content(content["text"], tuple(content["values"]))
