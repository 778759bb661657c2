"""The protocol of one link to a broker, and its timeouts. PURE.

A link is one try: it connects, subscribes, carries messages, and ends. It is never repaired: the next
link is a new object, and what the old one remembered is gone with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync.transport.core.causes import LinkCause
from sync.wire import SealedMessage


class LinkState(StrEnum):
    """The state of a connection: with a link (the three in the middle), or without one."""

    PAUSING = "pausing"  # until the next try
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    READY = "ready"
    CLOSED = "closed"


class Ending(StrEnum):
    """Who ended a link, and why."""

    REFUSED = "refused"  # the network, TLS or the broker: it never came up
    LOST = "lost"  # the network or the broker
    TAKEN_OVER = "taken_over"  # the broker: another client came with the same identity
    LATE = "late"  # this end: the handshake took too long
    OVERSIZE = "oversize"  # this end: the broker announced a packet above the maximum
    SILENT = "silent"  # this end: a question waited too long for its answer
    DROPPED = "dropped"  # this end's owner, who gives the reason in words


@dataclass(frozen=True)
class LinkEnded:
    """How a link ended; `why` is for people, `cause` for programs, where it has one."""

    ending: Ending
    why: str
    cause: LinkCause | None = None


@dataclass(frozen=True)
class LinkTimeouts:
    """Seconds from the first packet to the granted subscriptions, at the first try (`Pauses.patience`), and
    from a question to its answer, at most.
    """

    handshake: float = 10.0
    silence: float = 90.0


@dataclass(frozen=True)
class InboundMessage:
    """A message as it arrived: not verified."""

    topic: str
    data: bytes
    retained: bool


@dataclass(frozen=True)
class Rejected:
    """A publication that the broker refused, because of its access list or a quota."""

    topic: str
    reason: str


class Link(Protocol):
    """One try to connect. It does something only when it is polled."""

    @property
    def state(self) -> LinkState:
        """CONNECTING, SUBSCRIBING or READY; the last of them once it has ended."""
        ...

    @property
    def ended(self) -> LinkEnded | None:
        """Why it ended; None if it has not."""
        ...

    def poll(self, wait: float) -> None:
        """Move bytes for at most `wait` seconds."""
        ...

    def fetch_arrived(self) -> list[InboundMessage]:
        """The messages that arrived since the last call."""
        ...

    def fetch_rejections(self) -> list[Rejected]:
        """The publications that the broker refused since the last call."""
        ...

    def publish(self, out: SealedMessage) -> bool:
        """Hand over a message; False if the link is not ready or the broker is too far behind."""
        ...

    def disconnect(self, last: SealedMessage | None) -> None:
        """Publish `last`, wait a moment for its PUBACK, and disconnect, so that the will is not sent."""
        ...

    def abandon(self) -> None:
        """Close at once, without a word: the broker may not answer any more, and will send the will."""
        ...
