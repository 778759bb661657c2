"""When a process is to be polled again although nothing arrives."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from edge.support.bucket import Bucket
from edge.support.due import NEVER
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import LONGEST_POLL, StatelessHandler
from sync.transport.broker import Broker
from sync.transport.connection import Connection
from sync.transport.core import LinkState, LinkTimeouts
from sync.wire import SealedMessage
from tests.simulation.link import MOST_UNANSWERED
from tests.simulation.network import SimulatedNetwork
from tests.simulation.scheduler import Scheduler

BROKER = Broker("127.0.0.1", 1, plain=True, keepalive=20)


class Says(StatelessHandler):
    """A conversation that says `messages` when it is asked at `due` or later."""

    def __init__(self, due: float, *messages: bytes, asked: float | None = None) -> None:
        self.due = due
        self.messages = list(messages)
        self._asked = asked

    @property
    def awaiting_since(self) -> float | None:
        return self._asked

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        while now >= self.due and self.messages:
            yield SealedMessage("up/gate/journal", self.messages.pop(0))
        if not self.messages:
            self.due = NEVER

    def next_due(self, now: float) -> float:  # noqa: ARG002
        return self.due


class Silences(Says):
    """One that lets no other speak."""

    silences_others = True


class End:
    """One end, with its link."""

    def __init__(
        self, *handlers: StatelessHandler, bucket: Bucket | None = None, silence: float = 90.0
    ) -> None:
        self.scheduler = Scheduler(1)
        self.network = SimulatedNetwork(self.scheduler, 1)
        self.said: list[tuple[float, bytes]] = []
        self.network.watch = self._note
        process = self.network.process("gate", self._now, lambda: 0, Random(1).randbytes, may_wait=True)
        limits = LinkTimeouts(handshake=10.0, silence=silence)
        self.link = Connection(BROKER, "gate", ("dn/gate/#",), limits=limits, host=process.host)
        self.board = Dispatcher(self.link, handlers, lambda *_: {}, bucket=bucket, clock=self._now)

    def _now(self) -> float:
        return self.scheduler.now

    def _note(self, _: str, step: SealedMessage | str) -> None:
        if isinstance(step, SealedMessage):
            self.said.append((self.scheduler.now, step.data))

    def linked(self) -> End:
        while self.link.state is not LinkState.READY:
            self.board.poll(0.01)
        return self

    def until(self, ends: float) -> list[float]:
        """Poll it when it is due and never else; the times at which it was."""
        polled = []
        while (due := max(self.board.next_due(), self.scheduler.now + 0.001)) <= ends:
            self.scheduler.run(due)
            polled.append(due)
            self.board.poll(0.0)
        self.scheduler.run(ends)
        return polled


def test_without_a_link_the_next_try_is_due_and_during_a_handshake_its_end() -> None:
    end = End()
    end.network.downs = 1
    assert end.board.next_due() == end.scheduler.now
    end.board.poll(0.0)
    assert end.link.state is LinkState.PAUSING
    next_try = end.board.next_due()
    assert 0.1 <= next_try - end.scheduler.now <= 1.0, "the first pause"
    end.network.downs = 0
    end.scheduler.run(next_try)
    end.board.poll(0.0)
    assert (end.link.state, end.board.next_due()) == (LinkState.CONNECTING, next_try + 20.0), (
        "more patient after a try in vain"
    )


def test_a_closed_connection_is_never_due() -> None:
    end = End(StatelessHandler()).linked()
    end.link.close()
    assert end.board.next_due() == NEVER


def test_who_knows_nothing_better_is_asked_at_every_poll_so_that_nothing_is_forgotten() -> None:
    end = End(BaseAsHandler()).linked()
    assert end.board.next_due() == pytest.approx(end.scheduler.now + LONGEST_POLL)


class BaseAsHandler(StatelessHandler):
    """A handler that may say something, and does not say when."""

    def due_messages(self, now: float) -> tuple[()]:  # noqa: ARG002
        return ()


def test_who_says_nothing_unasked_is_never_due() -> None:
    assert End(StatelessHandler()).linked().board.next_due() == NEVER


def test_the_first_conversation_that_has_something_to_say_is_waited_for() -> None:
    begun = End().scheduler.now
    end = End(Says(begun + 70.0, b"later"), Says(begun + 50.0, b"first")).linked()
    assert end.until(begun + 100.0) == [begun + 50.0, begun + 70.0]
    assert [data for _, data in end.said] == [b"first", b"later"]


def test_only_who_may_speak_is_waited_for() -> None:
    begun = End().scheduler.now
    end = End(Says(begun + 20.0, b"silenced"), Silences(begun + 50.0, b"hello")).linked()
    assert end.until(begun + 100.0) == [begun + 50.0]


def test_a_question_without_an_answer_is_due_when_it_has_waited_too_long() -> None:
    begun = End().scheduler.now
    end = End(Says(NEVER, asked=begun), silence=30.0).linked()
    end.until(begun + 30.05)
    assert end.link.state is LinkState.PAUSING
    assert end.link.last is not None
    assert end.link.last.why == "the other end does not answer"


def test_what_the_cap_held_back_is_due_when_the_cap_allows_it() -> None:
    """100 bytes a second, 200 saved: the third message of 100 bytes waits, each later one for a second."""
    begun = End().scheduler.now
    messages = [b"%100d" % number for number in range(6)]
    end = End(Says(begun + 10.0, *messages), bucket=Bucket(100.0)).linked()
    polled = end.until(begun + 60.0)
    assert [data for _, data in end.said] == messages
    assert [at - begun for at, _ in end.said] == pytest.approx([10, 10, 10, 11, 12, 13], abs=0.1)
    assert len(polled) <= 7


def test_what_the_link_did_not_take_is_tried_again_soon() -> None:
    begun = End().scheduler.now
    taken = [b"%d" % number for number in range(MOST_UNANSWERED)]
    end = End(Says(begun + 10.0, *taken, b"one too many", b"last")).linked()
    polled = end.until(begun + 20.0)
    assert polled == pytest.approx([begun + 10.0, begun + 10.0 + LONGEST_POLL])
    assert [data for _, data in end.said] == [*taken, b"last"], "what was refused is not known to be"


def test_a_poll_waits_until_something_is_due_and_no_longer() -> None:
    begun = End().scheduler.now
    end = End(Says(begun + 0.5, b"due")).linked()
    end.board.poll(30.0)
    assert end.scheduler.now == pytest.approx(begun + 0.5, abs=0.01)
    end.until(begun + 1.0)
    assert [data for _, data in end.said] == [b"due"]


def test_one_that_is_always_due_keeps_no_processor_busy() -> None:
    end = End(AlwaysDue()).linked()
    began = end.scheduler.now
    for _ in range(10):
        end.board.poll(LONGEST_POLL)
    assert end.scheduler.now - began >= 0.1


class AlwaysDue(StatelessHandler):
    """A conversation that is wrong about when it is due."""

    def next_due(self, now: float) -> float:
        return now - 1.0


def test_a_link_that_was_contested_is_due_when_it_counts_as_its_own_again() -> None:
    """The alarm of a shared identity ends then."""
    end = End(Says(NEVER)).linked()
    end.link.note_identity_shared()
    assert end.link.contested
    end.until(end.scheduler.now + 301.0)
    assert not end.link.contested
    assert end.board.next_due() == NEVER
