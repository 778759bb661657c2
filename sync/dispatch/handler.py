"""What a process at either end is made of: parts that hear messages and have some to send.

A part lives as long as its process; what it says on one link is a conversation, an object of its own. What
was asked, sent and not answered yet, and told already is the conversation's, and is gone when the link is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, Self

from sync.wire import Channel, ReceivedMessage, SealedMessage


class Conversation(Protocol):
    """What a part says and hears on one link. It is called in one thread and never waits long.

    What it gives out is sent if the link takes it; nobody tells it. Anyone who needs to know waits for the
    other end's answer.
    """

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        """Genuine messages on the part's channels, in the order in which they came."""
        ...

    def due_messages(self, now: float) -> Iterable[SealedMessage]:
        """Called at every turn of the link: what there is to send of its own accord."""
        ...

    @property
    def awaiting_since(self) -> float | None:
        """Since when the other end owes an answer, on the monotonic clock; None: it owes none."""
        ...

    def idle_reason(self) -> str | None:
        """Why it has nothing to do, in words; None: there is something that it ought to be doing."""
        ...


class Handler(Protocol):
    """One concern of an agent or of central."""

    @property
    def channels(self) -> frozenset[Channel]:
        """What it hears."""
        ...

    def open_conversation(self, now: float) -> Conversation:
        """The conversation on a link that has just come up; `now` is the monotonic clock's."""
        ...


class BaseConversation:
    """A conversation that asks and says nothing; others override what concerns them."""

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        return ()

    def due_messages(self, now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        return ()

    @property
    def awaiting_since(self) -> float | None:
        return None

    def idle_reason(self) -> str | None:
        return "it listens"


class StatelessHandler(BaseConversation):
    """A part that remembers nothing of a link, and so is its own conversation on each."""

    channels: frozenset[Channel] = frozenset()

    def open_conversation(self, now: float) -> Self:  # noqa: ARG002
        return self
