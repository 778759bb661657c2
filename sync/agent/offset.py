"""The gate's clock against central's: measured, reported, never set by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.mqtt.part import Quiet
from sync.wire.messages import ClockAnswer, ClockQuestion, Received, Sealed, sealed
from sync.wire.topics import Channel

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


class ClockOffset(Quiet):
    """Asks central for the time. `wall` is this computer's, in microseconds since 1970 UTC."""

    channels = frozenset({Channel.CLOCK_ANSWER})

    def __init__(self, device: str, key: Ed25519PrivateKey, wall: Callable[[], int]) -> None:
        self._device = device
        self._key = key
        self._wall = wall
        self._nonce: bytes | None = None
        self._asked = 0.0
        self._ask_at = 0.0
        self.offset: Offset | None = None

    def linked(self, now: float) -> Iterable[Sealed]:
        self._nonce, self._ask_at = None, now
        return ()

    def due(self, now: float) -> Iterable[Sealed]:
        if now < self._ask_at:
            return
        self._ask_at = now + _NO_ANSWER_AFTER
        self._nonce, self._asked = token_bytes(16), time.monotonic()
        yield sealed(ClockQuestion(self._nonce), self._device, self._key)

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        for received in messages:
            answer = received.message
            if isinstance(answer, ClockAnswer) and answer.nonce == self._nonce:
                self.offset = measured(self._asked, now, answer.at, self._wall())
                self._nonce, self._ask_at = None, now + ASKED_EVERY
        return ()
