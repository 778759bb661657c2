"""Answers each refused message with a signed one that names it and says why, a few for each device."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.signing.cose import MessageRefused
from edge.support.due import NEVER
from sync.dispatch.core import Allowance
from sync.dispatch.handler import StatelessHandler
from sync.wire import (
    ANSWERS_A_SECOND,
    ANSWERS_AT_ONCE,
    Channel,
    ReceivedMessage,
    RefusedByCentral,
    RefusedByDevice,
    RefusedMessage,
    SealedMessage,
    detail_of,
    digest_of,
    refusable,
    seal_message,
)

_MOST_WAITING = 1_000
"""Answers that wait for the link; of more, the oldest are dropped."""

Heard = Callable[[str, RefusedMessage], None]
"""Called with a device and what is said to be refused."""
Answers = Callable[[str], bool]
"""Whether a device is one to answer: central answers those in service, a device itself."""


class RefusalExchange(StatelessHandler):
    """One end of the channel of refusals: tells what is refused here, hears what is refused there.

    `told` and `heard` are called with each. A refusal is never answered. `clock` is monotonic, in seconds;
    `wall` gives microseconds since 1970 UTC.
    """

    def __init__(
        self,
        said: type[RefusedByCentral | RefusedByDevice],
        key: Ed25519PrivateKey,
        wall: Callable[[], int],
        clock: Callable[[], float],
        *,
        answers: Answers,
        heard: Heard,
        told: Heard = lambda _device, _refused: None,
    ) -> None:
        by_central = said is RefusedByCentral
        self.channels = frozenset({Channel.REFUSED_BY_DEVICE if by_central else Channel.REFUSED_BY_CENTRAL})
        self._said = said
        self._key = key
        self._wall = wall
        self._answers = answers
        self._heard = heard
        self._told = told
        self._allowance = Allowance(ANSWERS_A_SECOND, ANSWERS_AT_ONCE, clock)
        self._waiting: deque[SealedMessage] = deque(maxlen=_MOST_WAITING)

    def refuse(self, topic: str, data: bytes, refused: MessageRefused) -> None:
        """Answer the message `data` on `topic`, unless its sender had enough answers."""
        named = refusable(topic)
        if named is None or not self._answers(named[0]):
            return
        device, channel = named
        answer = self._said(channel, digest_of(data), refused.refusal.value, detail_of(refused), self._wall())
        self._told(device, answer)
        if self._allowance.allows(device):
            self._waiting.append(seal_message(answer, device, self._key))

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, RefusedMessage):
                self._heard(item.device, item.message)
        return iter(())

    def due_messages(self, now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        while self._waiting:
            yield self._waiting.popleft()

    def next_due(self, now: float) -> float:
        return now if self._waiting else NEVER
