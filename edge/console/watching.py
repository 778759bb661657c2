"""Keeps the newest of what the gate publishes, for the pages that are open: a connection for each topic that
somebody looks at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Final

import msgspec

from edge.console.gate_link import GateLink, answered
from edge.console.refusal import Refusal, gate_away
from edge.staff.protocol import Request
from edge.staff.protocol.watching import Topic, Watch, Watched

LOST_AFTER: Final = 3.5
"""Seconds without an answer after which pages get no heartbeat any more."""
_LOOKED_AT_FOR: Final = 6.0
"""Seconds for which a look counts: an open page looks once a second."""
_WAITS: Final = 1.5
_ANSWERS_WITHIN: Final = 3.0
_AGAIN_AFTER: Final = 0.5


@dataclass(frozen=True)
class Looker:
    """Whose page looks: the secret of their session, and their browser's address."""

    session: str
    client: str


@dataclass(frozen=True)
class News:
    """The newest value of a topic; `number` rises with each that this process heard."""

    topic: Topic
    number: int
    value: msgspec.Raw


@dataclass
class _Topic:
    lookers: dict[Looker, float] = field(default_factory=dict)
    """Until when each counts."""
    newest: News | None = None
    heard: float = float("-inf")
    thread: Thread | None = None


class Watchers:
    """What the gate publishes, kept up while somebody looks; `changed` is called, from any thread, when there
    is something new. For any thread.
    """

    def __init__(self, link: GateLink, changed: Callable[[], None]) -> None:
        self._link = link
        self._changed = changed
        self._lock = Lock()
        self._stop = Event()
        self._number = 0
        self._topics: dict[Topic, _Topic] = {}

    def look(self, topics: Sequence[Topic], looker: Looker, after: int) -> Sequence[News]:
        """The newest values that came after number `after`. Raises Refusal where the gate is not heard."""
        with self._lock:
            for topic in topics:
                self._keep_up(topic, looker)
            held = [self._topics[topic] for topic in topics]
            if any(time.monotonic() - each.heard > LOST_AFTER for each in held):
                raise gate_away()
            newest = (each.newest for each in held if each.newest is not None)
            return sorted((news for news in newest if news.number > after), key=lambda news: news.number)

    def close(self) -> None:
        """Stop asking."""
        self._stop.set()
        with self._lock:  # a look starts its thread under it: none is joined before it has begun
            threads = [each.thread for each in self._topics.values() if each.thread is not None]
        for thread in threads:
            thread.join()

    # --- inside ----------------------------------------------------------------------------

    def _keep_up(self, topic: Topic, looker: Looker) -> None:
        held = self._topics.setdefault(topic, _Topic())
        held.lookers[looker] = time.monotonic() + _LOOKED_AT_FOR
        if held.thread is None and not self._stop.is_set():
            held.thread = Thread(target=self._watch, args=(topic, held), name=f"watch-{topic}", daemon=True)
            held.thread.start()

    def _watch(self, topic: Topic, held: _Topic) -> None:
        """Ask for as long as somebody looks."""
        channel, run, version = self._link.channel(_WAITS + _ANSWERS_WITHIN), 0, 0
        try:
            while (looker := self._a_looker(held)) is not None:
                asked = Watch((topic,), version, run, _WAITS)
                try:
                    answer = answered(channel, Request(asked, looker.session, looker.client))
                except Refusal:
                    # Their session has ended, which their page will hear of; or the gate is away.
                    self._forget(held, looker)
                    self._stop.wait(_AGAIN_AFTER)
                    continue
                if isinstance(answer, Watched):
                    run, version = answer.run, answer.version
                    self._hear(topic, held, answer.changed.get(topic))
        finally:
            channel.close()

    def _a_looker(self, held: _Topic) -> Looker | None:
        """By whose session it is asked; None, and the thread ends, where nobody looks."""
        with self._lock:
            now = time.monotonic()
            held.lookers = {looker: until for looker, until in held.lookers.items() if until > now}
            if self._stop.is_set() or not held.lookers:
                held.thread = None
                held.newest = None  # a picture of then is nobody's who looks tomorrow
                held.heard = float("-inf")
                return None
            looker = next(iter(held.lookers))
            held.lookers[looker] = held.lookers.pop(looker)  # in turn: the gate hears of each that looks
            return looker

    def _forget(self, held: _Topic, looker: Looker) -> None:
        with self._lock:
            held.lookers.pop(looker, None)

    def _hear(self, topic: Topic, held: _Topic, value: msgspec.Raw | None) -> None:
        with self._lock:
            was_lost = time.monotonic() - held.heard > LOST_AFTER
            held.heard = time.monotonic()
            if value is not None:
                self._number += 1
                held.newest = News(topic, self._number, value.copy())
        if value is not None or was_lost:
            self._changed()
