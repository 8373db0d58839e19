"""The checker itself: senders that are wrong in the usual ways must fail it, and right ones must not."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from smscore import store
from smscore.engine.outcomes import build_call_record, build_results
from smscore.messages import Content
from smscore.provider import Verdict, client
from smscore.provider.answer import build_answer
from smscore.provider.connection import ProvingConnection
from smscore.store import Chunk
from tests.crash import __main__ as long_run
from tests.crash.checker import faults_of, rate_faults
from tests.crash.driver import launch, scene
from tests.deskwork import TEXT


class Died(Exception):
    """The worker is gone: nothing after this point of it happens."""


@pytest.fixture
def desk(blank_sqlite, tmp_path):
    """A desk and a provider; the senders of these tests are the engine."""
    with scene(f"sqlite:///{shutil.copy(blank_sqlite, tmp_path / 'desk.db')}") as (opened, stub):
        opened.stub = stub
        yield opened


def running(desk, people: int) -> Chunk:
    """The one chunk of a campaign that runs."""
    campaign_id = launch(desk, people)
    with desk.database.writing() as connection:
        store.set_running(connection, campaign_id, 1, time.time())
        return store.find_chunk(connection, campaign_id, 0, 1)


def claimed(connection, chunk: Chunk, token: str):
    """One call over all that is queued."""
    runs = store.find_next_queued(connection, chunk, 0, 1000, False, 1000).spans
    return store.claim(connection, chunk, runs, token, time.time())


def call(desk, each):
    """Make a claimed call."""
    return desk.resources.provider.send(TEXT, Content(TEXT.text, ()), each.msisdns)


def write(desk, chunk: Chunk, each, answer) -> None:
    """Write down what came of a call."""
    with desk.database.writing() as connection:
        outcome = (build_call_record(each, answer, time.time()), build_results(each, answer))
        store.record(connection, chunk.campaign_id, [outcome], time.time())


def end(desk, chunk: Chunk) -> list[str]:
    """Close the chunk and check."""
    with desk.database.writing() as connection:
        store.doubt_interrupted(connection, chunk, time.time())
        store.end_chunk(connection, chunk, time.time())
    return faults_of(desk, [chunk.campaign_id], Counter(desk.stub.taken))


def claim_then_send(desk, chunk: Chunk, token: str, die: bool = False) -> None:
    """The right way: the claim is committed before anything leaves."""
    with desk.database.writing() as connection:
        mine = claimed(connection, chunk, token)
    for each in mine:
        answer = call(desk, each)
        if die:
            raise Died
        write(desk, chunk, each, answer)


def send_then_mark(desk, chunk: Chunk, token: str, die: bool = False) -> None:
    """The usual wrong way: the claim is committed together with its outcome, so that a death forgets both."""
    with desk.database.writing() as connection:
        for each in claimed(connection, chunk, token):
            answer = call(desk, each)
            if die:
                raise Died
            outcome = (build_call_record(each, answer, time.time()), build_results(each, answer))
            store.record(connection, chunk.campaign_id, [outcome], time.time())


def retry_on_timeout(desk, chunk: Chunk, token: str) -> None:
    """The other usual wrong way: no answer is taken for a failure."""
    with desk.database.writing() as connection:
        mine = claimed(connection, chunk, token)
    for each in mine:
        answer = call(desk, each)
        while answer.verdict is Verdict.UNKNOWN:
            answer = call(desk, each)
        write(desk, chunk, each, answer)


def test_the_right_worker_passes(desk):
    chunk = running(desk, 20)
    with pytest.raises(Died):
        claim_then_send(desk, chunk, "first", die=True)
    claim_then_send(desk, chunk, "second")
    assert end(desk, chunk) == []


def test_a_worker_that_sends_and_then_marks_is_caught(desk):
    chunk = running(desk, 20)
    with pytest.raises(Died):
        send_then_mark(desk, chunk, "first", die=True)
    send_then_mark(desk, chunk, "second")
    assert len([fault for fault in end(desk, chunk) if "texted 2 times" in fault]) == 20


def test_a_worker_that_retries_on_a_timeout_is_caught(desk):
    chunk = running(desk, 20)
    desk.stub.next("reset_after")
    retry_on_timeout(desk, chunk, "only")
    assert len([fault for fault in end(desk, chunk) if "texted 2 times" in fault]) == 20


def send_in_batches(desk, chunk: Chunk, size: int) -> None:
    """The right way, `size` people a call, again and again while anybody waits, as after a resume."""
    for turn in range(12):
        with desk.database.writing() as connection:
            runs = store.find_next_queued(connection, chunk, 0, 10, False, size).spans
            mine = store.claim(connection, chunk, runs, f"turn {turn}", time.time()) if runs else []
        for each in mine:
            write(desk, chunk, each, call(desk, each))


def believe_any_connection(monkeypatch) -> None:
    """The usual wrong transport: what arrives next on a connection is the answer."""
    monkeypatch.setattr(ProvingConnection, "counts_out", lambda self: True)


def believe_a_bare_status(monkeypatch) -> None:
    """The usual wrong reading: a status alone is the provider's word."""

    def read_answer(reply, question):
        return build_answer("key_refused", question) if reply.status == 401 else real(reply, question)

    real = client.read_answer
    monkeypatch.setattr(client, "read_answer", read_answer)


FALSE_REFUSALS = {
    "then_late_429": believe_any_connection,
    "then_late_no_balance": believe_any_connection,
    "429_then_good_late": believe_any_connection,
    "page_401": believe_a_bare_status,
    "empty_401": believe_a_bare_status,
}


@pytest.mark.parametrize("size", [1, 10])
@pytest.mark.parametrize("fault", FALSE_REFUSALS)
def test_a_refusal_that_is_not_one_offers_nobody_again(desk, fault, size):
    chunk = running(desk, 40)
    desk.stub.calls = {2: fault}
    send_in_batches(desk, chunk, size)
    assert end(desk, chunk) == []
    assert desk.stub.taken.total() == 40


@pytest.mark.parametrize("size", [1, 10])
@pytest.mark.parametrize("fault", FALSE_REFUSALS)
def test_a_sender_that_believes_a_refusal_that_is_not_one_is_caught(desk, monkeypatch, fault, size):
    FALSE_REFUSALS[fault](monkeypatch)
    chunk = running(desk, 40)
    desk.stub.calls = {2: fault}
    send_in_batches(desk, chunk, size)
    assert len([each for each in end(desk, chunk) if "texted 2 times" in each]) == size


@pytest.mark.parametrize(
    ("status", "fault"),
    [("accepted", "never texted"), ("queued", "ended with 1 queued"), ("submitting", "ended with 1 submitting")],
)
def test_a_status_that_is_not_so_is_caught(desk, status, fault):
    chunk = running(desk, 3)
    desk.stub.next("bad_request")
    claim_then_send(desk, chunk, "only")
    assert end(desk, chunk) == []
    with desk.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE recipient SET status = '{status}' WHERE seq = 0")
    assert any(fault in each for each in faults_of(desk, [chunk.campaign_id], desk.stub.taken))


def test_a_sender_that_keeps_no_rate_is_caught(desk):
    desk.settings = desk.settings.model_copy(update={"rate": 20.0, "batch_size": 10})
    claim_then_send(desk, running(desk, 30), "only")
    assert rate_faults(desk, 1, runs=2) == []
    claim_then_send(desk, running(desk, 100), "only too")
    assert rate_faults(desk, 2, runs=2) == ["campaign 2 claimed 100 in a second, allowed are 50"]


def test_the_documents_state_what_all_runs_came_to():
    page = Path(__file__).parents[2] / "docs" / "benchmarks.md"
    assert long_run.table(long_run.results()) in page.read_text(encoding="utf-8")
