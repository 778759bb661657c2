"""Holds the newest value of each topic; a publisher never waits, and knows of no watcher."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

import msgspec

from edge.prompts.texts import ScreenCard
from edge.staff.protocol import encoded
from edge.staff.protocol.watching import Topic

MOST_VALUE_BYTES = 100 * 1024
"""Bytes of a value: what changed of several topics has to fit a packet."""


class Published:
    """The newest value of each topic, with the version of its change; `run` names this run of the gate."""

    def __init__(self, run: int) -> None:
        self.run = run
        self._lock = Lock()
        self._version = 0
        self._values: dict[Topic, tuple[int, bytes]] = {}
        self._wake: Callable[[], None] = lambda: None

    def at_change(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from any thread, after each change."""
        self._wake = wake

    def publish(self, topic: Topic, value: object) -> None:
        """Make `value` the newest; from any thread. One that is as before changes nothing."""
        packet = encoded(value)
        if len(packet) > MOST_VALUE_BYTES:
            raise ValueError(f"{topic}: {len(packet)} bytes, expected at most {MOST_VALUE_BYTES}")
        with self._lock:
            _, before = self._values.get(topic, (0, b""))
            if packet == before:
                return
            self._version += 1
            self._values[topic] = self._version, packet
        self._wake()

    def since(self, version: int, topics: Iterable[Topic]) -> tuple[int, dict[Topic, msgspec.Raw]]:
        """What changed of these topics since `version`, and the version that this is. Of very much the oldest
        changes come first, and the rest is told the next time.
        """
        with self._lock:
            newest, values = self._version, {topic: self._values.get(topic, (0, b"")) for topic in topics}
        changed: dict[Topic, msgspec.Raw] = {}
        room = MOST_VALUE_BYTES
        for topic, (at, packet) in sorted(values.items(), key=lambda item: item[1][0]):
            if at <= version:
                continue
            if len(packet) > room:
                return max(version, *(values[told][0] for told in changed)), changed
            room -= len(packet)
            changed[topic] = msgspec.Raw(packet)
        return newest, changed


@dataclass(frozen=True)
class PublishedScreen:
    """Shows cards to whoever watches the topic `screen`."""

    published: Published

    def show(self, card: ScreenCard) -> None:
        """Make this the card that is shown; never waits."""
        self.published.publish(Topic.SCREEN, card)
