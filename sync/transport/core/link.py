"""What one link to a broker is to its user, and how long it may take. PURE.

A link is one try: it connects, subscribes, carries messages, and ends. It is never mended; the next one is
another object, and whatever the old one remembered is gone with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync.wire import SealedMessage


class LinkState(StrEnum):
    """What a connection is doing: with a link (the three in the middle), or without one."""

    PAUSING = "pausing"  # until the next try
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    READY = "ready"
    CLOSED = "closed"


class Ending(StrEnum):
    """Who ended a link, and on what ground."""

    REFUSED = "refused"  # the network, TLS or the broker: it never came up
    LOST = "lost"  # the network or the broker
    TAKEN_OVER = "taken_over"  # the broker: another client came with the same identity
    LATE = "late"  # this end: the handshake took longer than it may
    OVERSIZE = "oversize"  # this end: a packet was announced that is larger than any may be
    SILENT = "silent"  # this end: a question has waited for its answer longer than it may
    DROPPED = "dropped"  # this end's owner, for a reason that it gives in words


@dataclass(frozen=True)
class Ended:
    """How a link ended, and in words for people."""

    ending: Ending
    why: str


@dataclass(frozen=True)
class LinkTimeouts:
    """Seconds: from the first packet to the granted subscriptions, and from a question to its answer."""

    handshake: float = 10.0
    silence: float = 90.0


@dataclass(frozen=True)
class InboundMessage:
    """A message as it came: anybody's word."""

    topic: str
    data: bytes
    retained: bool


@dataclass(frozen=True)
class Rejected:
    """A publication that the broker answered with an error: its access list, a quota."""

    topic: str
    reason: str


class Link(Protocol):
    """One try. It moves only when it is told to."""

    @property
    def state(self) -> LinkState:
        """CONNECTING, SUBSCRIBING or READY; what it was last, once it has ended."""
        ...

    @property
    def ended(self) -> Ended | None:
        """Why it is over; None: it is not."""
        ...

    def poll(self, wait: float) -> None:
        """Move bytes for at most `wait` seconds."""
        ...

    def fetch_arrived(self) -> list[InboundMessage]:
        """What came since the last call."""
        ...

    def fetch_rejections(self) -> list[Rejected]:
        """What the broker refused since the last call."""
        ...

    def publish(self, out: SealedMessage) -> bool:
        """Hand a message over; False where the link is not ready, or the broker is too far behind."""
        ...

    def disconnect(self, last: SealedMessage | None) -> None:
        """Say `last`, wait a moment for the broker to have it, and go without the will being sent."""
        ...

    def abandon(self) -> None:
        """Let go at once: the other end may not answer any more."""
        ...
