"""What central says is held back until the standbys have what it rests on; nobody waits for others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from threading import Event
from typing import Any, cast

import msgspec
import pytest

from sync.central.configuration import ServiceName
from sync.central.confirming import PATIENCE, Confirming, HeldAnswer
from sync.central.server import A_COMMAND, CommitPoint
from sync.central.store import NotConfirmed, Store
from sync.dispatch.dispatcher import Dispatcher
from sync.transport.connection import Connection
from sync.wire import SealedMessage
from tests.waiting import PATIENT, soon, sooner_than

HERE, THERE = CommitPoint("here", waits=True), CommitPoint("there", waits=True)
ALONE = CommitPoint("here", waits=False)


def message(name: str) -> SealedMessage:
    return SealedMessage(f"dn/{name}", name.encode())


class Link:
    """Takes as many messages as it has room for."""

    def __init__(self) -> None:
        self.room, self.took = 0, list[SealedMessage]()

    def publish(self, sealed: SealedMessage) -> bool:
        if not self.room:
            return False
        self.room -= 1
        self.took.append(sealed)
        return True


class Standby:
    """The server's word that its standbys have all, as the test gives it."""

    is_closed = False

    def __init__(self) -> None:
        self.asked, self.lets_go, self.run = Event(), Event(), "here"
        self.fails: Callable[[], None] = lambda: None

    def confirm(self, waiter: str) -> str:  # noqa: ARG002
        self.asked.set()
        assert self.lets_go.wait(PATIENT)
        self.fails()
        return self.run

    def reading(self) -> Any:
        return nullcontext()


@pytest.fixture
def standby() -> Standby:
    return Standby()


@pytest.fixture
def confirming(standby: Standby) -> Any:
    made = Confirming(cast("Store", standby))
    yield made
    standby.lets_go.set()
    made.close()


def said(confirming: Confirming, *answers: HeldAnswer, patience: float = PATIENCE) -> list[SealedMessage]:
    return list(confirming.said(answers, patience))


def later(confirming: Confirming) -> list[SealedMessage]:
    """All that is said until nothing is held."""
    taken: list[SealedMessage] = []

    def is_over() -> bool:
        taken.extend(confirming.late())
        return not confirming.holds

    soon(is_over, "it is held for good")
    return taken


def test_where_no_standby_is_named_nothing_is_held(confirming: Confirming) -> None:
    assert said(confirming, HeldAnswer(ALONE, 1, message("a"))) == [message("a")]
    assert not confirming.holds


def test_what_is_confirmed_in_time_is_said_at_once(confirming: Confirming, standby: Standby) -> None:
    standby.lets_go.set()
    assert said(confirming, HeldAnswer(HERE, 1, message("a")), patience=30) == [message("a")]
    assert not confirming.holds


def test_what_is_not_confirmed_is_held_back_and_the_newest_said_later(
    confirming: Confirming, standby: Standby
) -> None:
    assert said(confirming, HeldAnswer(HERE, 1, message("a")), patience=0.01) == []
    assert standby.asked.wait(PATIENT)
    # While one waits, others do not wait for it, nor does the caller.
    assert said(confirming, HeldAnswer(HERE, 2, message("b")), patience=0.0) == []
    assert said(confirming, HeldAnswer(HERE, 2, message("c")), patience=0.0) == []
    assert list(confirming.late()) == []
    assert confirming.holds
    standby.lets_go.set()
    assert later(confirming) == [message("a"), message("c")]


def test_what_another_server_committed_is_not_said(confirming: Confirming, standby: Standby) -> None:
    """The primary is lost after its commit, and its standby takes over: it may not have it."""
    answers = HeldAnswer(HERE, 1, message("a")), HeldAnswer(THERE, 2, message("b"))
    assert said(confirming, *answers, patience=0.01) == []
    standby.run = "there"
    standby.lets_go.set()
    assert later(confirming) == [message("b")]


def test_a_wait_that_somebody_ends_confirms_nothing_and_is_begun_again(
    confirming: Confirming, standby: Standby
) -> None:
    ended: list[int] = []

    def ends_once() -> None:
        if not ended:
            ended.append(1)
            raise NotConfirmed("no standby has confirmed that it has it")

    standby.fails = ends_once
    standby.lets_go.set()
    assert said(confirming, HeldAnswer(HERE, 1, message("a")), patience=0.01) == []
    assert later(confirming) == [message("a")]
    assert ended


def test_what_the_link_does_not_take_stays_for_the_next_time(
    confirming: Confirming, standby: Standby
) -> None:
    """All gates' answers are confirmed at once when a standby returns, more than a link takes at once."""
    answers = [HeldAnswer(HERE, number, message(str(number))) for number in range(2_000)]
    assert said(confirming, *answers, patience=0.0) == []
    standby.lets_go.set()
    link, taken, rounds = Link(), [], 0
    dispatcher = Dispatcher(cast("Connection", link), [], lambda *_: {})

    def all_is_taken() -> bool:
        nonlocal rounds
        link.room = 500
        dispatcher._send(confirming.late(), capped=True)
        taken.extend(link.took)
        rounds += bool(link.took)
        link.took = []
        return not confirming.holds

    soon(all_is_taken, "it is held for good")
    assert taken == [each.message for each in answers]
    assert rounds == 4


def test_so_it_is_with_what_is_said_beside_an_answer(confirming: Confirming, standby: Standby) -> None:
    standby.lets_go.set()
    answers = [HeldAnswer(HERE, number, message(str(number))) for number in range(3)]
    assert next(confirming.said(answers, 30)) == message("0")
    assert later(confirming) == [each.message for each in answers]


def test_nobody_waits_where_the_last_wait_failed(confirming: Confirming, standby: Standby) -> None:
    """A server that says no at once would hold up each round for all of the patience."""

    def fails() -> None:
        raise NotConfirmed("no standby has confirmed that it has it")

    standby.fails = fails
    standby.lets_go.set()
    assert said(confirming, HeldAnswer(HERE, 1, message("a")), patience=0.1) == []
    with sooner_than(60.0):
        assert said(confirming, HeldAnswer(HERE, 2, message("b")), patience=60.0) == []
    standby.fails = lambda: None
    assert later(confirming) == [message("a"), message("b")]


def test_a_wait_that_begins_while_its_process_ends_is_ended_too(
    standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the question and the wait for a standby the server knows of none: it would be left there."""
    looks = 0

    def ends(*_: object) -> int:
        nonlocal looks
        looks += 1
        has_begun = looks > 3  # the first as it opens, two too early
        if has_begun:
            standby.lets_go.set()
        return int(has_begun)

    monkeypatch.setattr("sync.central.confirming.end_waits", ends)
    monkeypatch.setattr("sync.central.confirming._ENDED_WITHIN", PATIENT)
    made = Confirming(cast("Store", standby), "central-1")
    try:
        assert said(made, HeldAnswer(HERE, 1, message("a")), patience=0.0) == []
        assert standby.asked.wait(PATIENT)
        made.close()
        assert standby.lets_go.is_set()
    finally:
        standby.lets_go.set()


def test_no_process_is_called_as_a_command_that_waits_is() -> None:
    """It would end the waits of commands as it begins."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(A_COMMAND, ServiceName)
