"""What central says is held back until the standbys have what it rests on; nobody waits for others."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, cast

import pytest

from sync.central.confirming import Confirming, HeldAnswer
from sync.central.server import CommitPoint
from sync.central.store import NotConfirmed, Store
from sync.wire import SealedMessage
from tests.waiting import soon

HERE, THERE = CommitPoint("here", waits=True), CommitPoint("there", waits=True)
ALONE = CommitPoint("here", waits=False)


def message(name: str) -> SealedMessage:
    return SealedMessage(f"dn/{name}", name.encode())


class Standby:
    """The server's word that its standbys have all, as the test gives it."""

    is_closed = False

    def __init__(self) -> None:
        self.asked, self.lets_go, self.run = Event(), Event(), "here"
        self.fails: Callable[[], None] = lambda: None

    def confirm(self) -> str:
        self.asked.set()
        assert self.lets_go.wait(30)
        self.fails()
        return self.run


@pytest.fixture
def standby() -> Standby:
    return Standby()


@pytest.fixture
def confirming(standby: Standby) -> Any:
    made = Confirming(cast("Store", standby))
    yield made
    standby.lets_go.set()
    made.close()


def later(confirming: Confirming) -> list[SealedMessage]:
    """All that is said until nothing is held."""
    said: list[SealedMessage] = []

    def is_over() -> bool:
        said.extend(confirming.late())
        return not confirming.holds

    soon(is_over, "it is held for good")
    return said


def test_where_no_standby_is_named_nothing_is_held(confirming: Confirming) -> None:
    assert confirming.said([HeldAnswer(ALONE, 1, message("a"))]) == [message("a")]
    assert not confirming.holds


def test_what_is_confirmed_in_time_is_said_at_once(confirming: Confirming, standby: Standby) -> None:
    standby.lets_go.set()
    assert confirming.said([HeldAnswer(HERE, 1, message("a"))], patience=30) == [message("a")]
    assert not confirming.holds


def test_what_is_not_confirmed_is_held_back_and_the_newest_said_later(
    confirming: Confirming, standby: Standby
) -> None:
    assert confirming.said([HeldAnswer(HERE, 1, message("a"))], patience=0.01) == []
    assert standby.asked.wait(30)
    # While one waits, others do not wait for it, nor does the caller.
    assert confirming.said([HeldAnswer(HERE, 2, message("b"))], patience=0.0) == []
    assert confirming.said([HeldAnswer(HERE, 2, message("c"))], patience=0.0) == []
    assert confirming.late() == []
    assert confirming.holds
    standby.lets_go.set()
    said = later(confirming)
    assert said == [message("a"), message("c")]


def test_what_another_server_committed_is_not_said(confirming: Confirming, standby: Standby) -> None:
    """The primary is lost after its commit, and its standby takes over: it may not have it."""
    assert (
        confirming.said([HeldAnswer(HERE, 1, message("a")), HeldAnswer(THERE, 2, message("b"))], 0.01) == []
    )
    standby.run = "there"
    standby.lets_go.set()
    said = later(confirming)
    assert said == [message("b")]


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
    assert confirming.said([HeldAnswer(HERE, 1, message("a"))], patience=0.01) == []
    said = later(confirming)
    assert said == [message("a")]
    assert ended
