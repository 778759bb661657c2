"""The protocol of handlers, of which either process is made: they handle messages and send some.

A handler lives as long as its process. What it says on one link is a conversation, an object of its own:
what was asked, sent without an answer, or reported already belongs to the conversation and is gone with
the link.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, Self

from edge.support.due import NEVER
from sync.wire import Channel, ReceivedMessage, SealedMessage

LONGEST_POLL = 0.2
"""Seconds that a process waits for the network in one poll, at most: what announces itself by no message
(the gate's journal and files, central's tables) is looked at this often.
"""


class Conversation(Protocol):
    """What a handler does on one link. It is called in one thread and never blocks for long.

    The messages it returns are sent if the link accepts them, without notice. To know that one arrived,
    wait for the other end's answer.
    """

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        """Handle verified messages on the handler's channels, in order of arrival; returns the answers.

        `now` is monotonic, in seconds.
        """
        ...

    def due_messages(self, now: float) -> Iterable[SealedMessage]:
        """The messages to send now, unasked. Called at every poll of the link."""
        ...

    def next_due(self, now: float) -> float:
        """When time alone gives it something to say, asked after it was asked for messages at `now`; inf:
        only what arrives does, or what the process beside it leaves.
        """
        ...

    @property
    def awaiting_since(self) -> float | None:
        """Since when the other end owes an answer (monotonic, in seconds); None: it owes none."""
        ...

    def idle_reason(self) -> str | None:
        """Why it has nothing to do, in words; None if it should be doing something."""
        ...

    @property
    def silences_others(self) -> bool:
        """Whether nothing but what this conversation says may be sent on this link yet."""
        ...


class Handler(Protocol):
    """One concern of the agent or of central."""

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels whose messages it handles."""
        ...

    def open_conversation(self, now: float) -> Conversation:
        """A conversation for a link that has just come up; `now` is monotonic, in seconds."""
        ...


class BaseConversation:
    """A conversation that does nothing; subclasses override what they need."""

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        return ()

    def due_messages(self, now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        return ()

    def next_due(self, now: float) -> float:
        """Never, where it says nothing unasked; else soon, unless it knows better: nothing is forgotten."""
        listens = type(self).due_messages is BaseConversation.due_messages
        return NEVER if listens else now + LONGEST_POLL

    @property
    def awaiting_since(self) -> float | None:
        return None

    def idle_reason(self) -> str | None:
        return "it listens"

    @property
    def silences_others(self) -> bool:
        return False


class StatelessHandler(BaseConversation):
    """A handler that remembers nothing of a link, and so is its own conversation on each."""

    channels: frozenset[Channel] = frozenset()

    def open_conversation(self, now: float) -> Self:  # noqa: ARG002
        return self
