"""Between the link and the parts: what arrives is verified once and given to whom it concerns."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import structlog

from edge.credentials.envelope import Keys, MessageRefused
from sync.mqtt.connection import Arrived, Connection, LinkState
from sync.mqtt.pacing import Bucket
from sync.mqtt.part import Part
from sync.wire.messages import Received, Sealed, received
from sync.wire.topics import Channel, parsed

KeysFor = Callable[[str, Channel], Keys]
"""Device and channel → whose signature counts there."""


class Switchboard:
    """Turns the link and serves `parts`. `only` is the device that this end is; None: it is central."""

    def __init__(
        self,
        link: Connection,
        parts: Sequence[Part],
        keys_for: KeysFor,
        *,
        only: str | None = None,
        bucket: Bucket | None = None,
    ) -> None:
        self._link = link
        self._parts = parts
        self._keys_for = keys_for
        self._only = only
        self._bucket = bucket or Bucket(0)
        self._linked = False
        self._log = structlog.get_logger("sync.switchboard")
        self.refused: Counter[str] = Counter()
        """Messages that were not believed, by the code of the refusal; `rejected`: ours, by the broker."""

    def turn(self, wait: float) -> None:
        """One round: take what arrived, then send what is due."""
        arrived = self._link.turn(wait)
        now = time.monotonic()
        self._follow_the_link(now)
        believed = [message for item in arrived if (message := self._believed(item)) is not None]
        if believed:
            self._link.proved()
        for part in self._parts:
            mine = [message for message in believed if message.channel in part.channels]
            if mine:
                self._send(part.take(mine, now))
        if self._linked:
            for part in self._parts:
                if self._bucket.wait(now) == 0.0:
                    self._send(part.due(now), capped=True)
        for rejection in self._link.rejections():
            self._count("rejected", rejection.topic, rejection.reason)

    # --- inside ----------------------------------------------------------------------------

    def _follow_the_link(self, now: float) -> None:
        ready = self._link.state is LinkState.READY
        if ready == self._linked:
            return
        self._linked = ready
        for part in self._parts:
            if ready:
                self._send(part.linked(now))
            else:
                part.unlinked()

    def _believed(self, item: Arrived) -> Received | None:
        try:
            device, channel = parsed(item.topic)
            keys = self._keys_for(device, channel)
            return received(item.topic, item.data, keys, retained=item.retained, only=self._only)
        except MessageRefused as refused:
            self._count(refused.refusal.value, item.topic, refused.what)
            return None

    def _count(self, code: str, topic: str, what: str) -> None:
        self.refused[code] += 1
        # The first of a kind is a warning; a flood of them fills no log.
        say = self._log.warning if self.refused[code] == 1 else self._log.debug
        say("message_refused", code=code, topic=topic[:100], what=what, count=self.refused[code])

    def _send(self, messages: Iterable[Sealed], *, capped: bool = False) -> None:
        for message in messages:
            if not self._link.publish(message):
                return
            self._bucket.take(len(message.data))
            if capped and self._bucket.wait(time.monotonic()) > 0.0:
                return
