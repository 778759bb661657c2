"""What a process at either end is made of: parts that hear messages and have some to send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sync.wire.messages import Received, Sealed
from sync.wire.topics import Channel


class Part(Protocol):
    """One concern of an agent or of central. All parts are called in one thread and never wait long.

    What a part gives out is sent if the link takes it; nobody tells it. Whoever needs to know waits for the
    other end's answer.
    """

    @property
    def channels(self) -> frozenset[Channel]:
        """What it hears."""
        ...

    def linked(self, now: float) -> Iterable[Sealed]:
        """The link has just come up; `now` is the monotonic clock's."""
        ...

    def unlinked(self) -> None:
        """The link is gone, and with it what was under way."""
        ...

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:
        """Genuine messages on its channels, in the order in which they came."""
        ...

    def due(self, now: float) -> Iterable[Sealed]:
        """Called at every turn while linked: what there is to send of its own accord."""
        ...


class Quiet:
    """A part that hears and says nothing; others override what concerns them."""

    channels: frozenset[Channel] = frozenset()

    def linked(self, now: float) -> Iterable[Sealed]:  # noqa: ARG002
        return ()

    def unlinked(self) -> None:
        return

    def take(self, messages: list[Received], now: float) -> Iterable[Sealed]:  # noqa: ARG002
        return ()

    def due(self, now: float) -> Iterable[Sealed]:  # noqa: ARG002
        return ()
