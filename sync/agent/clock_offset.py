"""Measures the gate's clock against central's and reports it; never sets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.agent.core import ToldTimes
from sync.dispatch.handler import BaseConversation
from sync.wire import Channel, ClockAnswer, ClockQuestion, ReceivedMessage, SealedMessage, seal_message

ASKED_EVERY = 300.0
_NO_ANSWER_AFTER = 10.0


@dataclass(frozen=True)
class Offset:
    """Microseconds to add to the gate's clock to get central's, give or take `error`."""

    offset: int
    error: int


def measured(asked: float, answered: float, central: int, own: int) -> Offset:
    """The offset, by Cristian's method: half of the round trip is the error.

    The question was sent at `asked` and answered at `answered` (monotonic seconds). In between central's
    clock read `central`; at the answer this one reads `own` (both in microseconds since 1970 UTC).
    """
    half = round((answered - asked) * 1_000_000 / 2)
    return Offset(central - (own - half), half)


class ClockHandler:
    """Holds the newest offset. `wall` reads this machine's clock, in microseconds since 1970 UTC, `clock`
    its monotonic one, in seconds; `told` notes central's times.
    """

    channels = frozenset({Channel.CLOCK_ANSWER})

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        wall: Callable[[], int],
        clock: Callable[[], float],
        told: ToldTimes,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._device = device
        self._key = key
        self._wall = wall
        self._clock = clock
        self._told = told
        self._entropy = entropy
        self.offset: Offset | None = None

    def open_conversation(self, now: float) -> ClockConversation:
        return ClockConversation(self._device, self._key, self._measured, now, self._entropy)

    def _measured(self, asked: float, central: int) -> None:
        self._told.is_news(central)
        own = self._wall()
        # Read after the wall clock: a poll that took long over the messages before this one, or a process
        # that was not run, makes the stated error larger instead of the offset wrong.
        self.offset = measured(asked, self._clock(), central, own)


class ClockConversation(BaseConversation):
    """Asks central for the time on one link; calls `found` with the time of the question, and the answer.

    The round trip counts from the poll in which the question was made until the answer is taken up. That can
    only be too long, so the stated error can only be too large.
    """

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        found: Callable[[float, int], None],
        now: float,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._device = device
        self._key = key
        self._found = found
        self._entropy = entropy
        self._nonce: bytes | None = None
        self._asked = 0.0
        self._ask_at = now
        self._awaiting_since: float | None = None

    @property
    def awaiting_since(self) -> float | None:
        return self._awaiting_since

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if now < self._ask_at:
            return
        self._ask_at = now + _NO_ANSWER_AFTER
        self._nonce, self._asked = self._entropy(16), now
        if self._awaiting_since is None:
            self._awaiting_since = now
        yield seal_message(ClockQuestion(self._nonce), self._device, self._key)

    def next_due(self, now: float) -> float:  # noqa: ARG002
        return self._ask_at

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for item in messages:
            answer = item.message
            if isinstance(answer, ClockAnswer) and answer.nonce == self._nonce:
                self._found(self._asked, answer.at)
                self._nonce, self._ask_at, self._awaiting_since = None, now + ASKED_EVERY, None
        return ()
