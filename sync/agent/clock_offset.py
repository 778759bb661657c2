"""The gate's clock against central's: measured, reported, never set by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.dispatch.handler import Talk
from sync.wire import Channel, ClockAnswer, ClockQuestion, Received, Sealed, sealed

ASKED_EVERY = 300.0
_NO_ANSWER_AFTER = 10.0


@dataclass(frozen=True)
class Offset:
    """What must be added to the gate's clock to get central's, give or take `error`; in microseconds."""

    offset: int
    error: int


def measured(asked: float, answered: float, central: int, own: int) -> Offset:
    """From a question at `asked` and its answer at `answered` (monotonic seconds): central's clock said
    `central` in between, this one says `own` (microseconds) at the answer.
    """
    half = round((answered - asked) * 1_000_000 / 2)
    return Offset(central - (own - half), half)


class ClockOffset:
    """The newest offset. `wall` is this computer's, in microseconds since 1970 UTC."""

    channels = frozenset({Channel.CLOCK_ANSWER})

    def __init__(self, device: str, key: Ed25519PrivateKey, wall: Callable[[], int]) -> None:
        self._device = device
        self._key = key
        self._wall = wall
        self.offset: Offset | None = None

    def linked(self, now: float) -> ClockTalk:
        return ClockTalk(self._device, self._key, self._measured, now)

    def _measured(self, asked: float, answered: float, central: int) -> None:
        self.offset = measured(asked, answered, central, self._wall())


class ClockTalk(Talk):
    """Asks central for the time on one link; `found` hears when it was asked and answered, and the answer.

    The round trip is counted from the turn in which the question was made: at most too long, so that the
    error that is stated is at most too large.
    """

    def __init__(
        self, device: str, key: Ed25519PrivateKey, found: Callable[[float, float, int], None], now: float
    ) -> None:
        self._device = device
        self._key = key
        self._found = found
        self._nonce: bytes | None = None
        self._asked = 0.0
        self._ask_at = now
        self._asked_at: float | None = None

    @property
    def asked_at(self) -> float | None:
        return self._asked_at

    def due(self, now: float) -> Iterator[Sealed]:
        if now < self._ask_at:
            return
        self._ask_at = now + _NO_ANSWER_AFTER
        self._nonce, self._asked = token_bytes(16), now
        if self._asked_at is None:
            self._asked_at = now
        yield sealed(ClockQuestion(self._nonce), self._device, self._key)

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        for received in messages:
            answer = received.message
            if isinstance(answer, ClockAnswer) and answer.nonce == self._nonce:
                self._found(self._asked, now, answer.at)
                self._nonce, self._ask_at, self._asked_at = None, now + ASKED_EVERY, None
        return ()
