"""Says hello to central: first of all on a link, and again now and then; waits for the welcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.support.due import NEVER
from sync.agent.core import LinkStamps, QuestionSchedule, ToldTimes
from sync.dispatch.handler import BaseConversation
from sync.wire import (
    SCHEMA,
    SPEAKS,
    Channel,
    Held,
    Hello,
    ReceivedMessage,
    SealedMessage,
    Welcome,
    common_version,
    seal_message,
)

NO_ANSWER_AFTER = 10.0
"""Seconds after which a hello without a welcome is repeated."""
_MOST_UNANSWERED = 16
"""Hellos whose welcome still counts: a slow centre may answer the first after the second was said."""


@dataclass(frozen=True)
class Greeting:
    """What a device says of itself: its key, its software, when its process began, what it holds now."""

    device: str
    key: Ed25519PrivateKey
    software: str
    started: int
    held: Callable[[], Held]


class HelloHandler:
    """Says hello on each link, and keeps what central tells: the highest epoch in `stamps`, its time in
    `told`. `chance` returns a number in [0, 1), `entropy` so many random bytes.
    """

    channels = frozenset({Channel.WELCOME})

    def __init__(
        self,
        greeting: Greeting,
        stamps: LinkStamps,
        told: ToldTimes,
        chance: Callable[[], float],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._greeting = greeting
        self._stamps = stamps
        self._told = told
        self._chance = chance
        self._entropy = entropy

    def open_conversation(self, now: float) -> HelloConversation:  # noqa: ARG002
        self._told.begin_link()
        schedule = QuestionSchedule(self._chance)
        return HelloConversation(self._greeting, self._stamps, self._told, schedule, self._entropy)


class HelloConversation(BaseConversation):
    """The hellos on one link. Until one is answered by who speaks a version in common, nothing else is
    said.
    """

    def __init__(
        self,
        greeting: Greeting,
        stamps: LinkStamps,
        told: ToldTimes,
        schedule: QuestionSchedule,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._greeting = greeting
        self._stamps = stamps
        self._told = told
        self._schedule = schedule
        self._entropy = entropy
        self._unanswered: list[bytes] = []
        self._ask_again_at = 0.0
        self._awaiting_since: float | None = None
        self._welcomed = False
        self._log = structlog.get_logger("sync.hello")

    @property
    def awaiting_since(self) -> float | None:
        return self._awaiting_since

    def idle_reason(self) -> str | None:
        return "it listens" if self._welcomed else "central speaks none of this gate's versions"

    @property
    def silences_others(self) -> bool:
        return not self._welcomed

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        unanswered = self._awaiting_since is not None and now >= self._ask_again_at
        if not (self._schedule.is_due(now) or unanswered):
            return
        self._unanswered = [*self._unanswered[1 - _MOST_UNANSWERED :], self._entropy(16)]
        self._ask_again_at = now + NO_ANSWER_AFTER
        if self._awaiting_since is None:
            self._awaiting_since = now
        mine = self._greeting
        hello = Hello(
            self._unanswered[-1],
            self._stamps.next(),
            SPEAKS,
            SCHEMA,
            software=mine.software,
            started=mine.started,
            held=mine.held(),
        )
        yield seal_message(hello, mine.device, mine.key)

    def next_due(self, now: float) -> float:  # noqa: ARG002
        again = NEVER if self._awaiting_since is None else self._ask_again_at
        return min(self._schedule.ask_at, again)

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, Welcome) and item.message.nonce in self._unanswered:
                self._take(item.message)
        return ()

    def _take(self, welcome: Welcome) -> None:
        self._unanswered, self._awaiting_since = [], None
        self._told.is_news(welcome.at)
        self._stamps.note_heard(welcome.epoch)
        spoken = common_version(SPEAKS, welcome.speaks)
        if spoken is None or not self._welcomed:
            say = self._log.error if spoken is None else self._log.info
            say("welcomed", version=spoken, central_speaks=welcome.speaks, central=welcome.software)
        self._welcomed = spoken is not None
