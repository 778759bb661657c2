"""A link with troubles: late, doubled, cut, or not to be had at all. What it carries goes as it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.simulation.core import InFlightBatches
from sync.transport.broker import Broker
from sync.transport.connection import OpenLink, Will
from sync.transport.core import Ending, InboundMessage, Link, LinkCause, LinkEnded, LinkState, Rejected
from sync.wire import Channel, JournalBatch, SealedMessage, parse_topic, read_unverified


@dataclass
class Troubles:
    """What troubles the links of one gate now: `late` seconds each way, `twice` sent, `cut` off until then,
    and a message that it `flood`s the broker with, so many times a second; and what its links were used for.
    """

    late: float = 0.0
    twice: bool = False
    cut: bool = False
    cut_until: float = 0.0
    flood: SealedMessage | None = None
    flood_rate: float = 0.0
    flooded: int = 0
    batches: int = 0
    sent_bytes: int = 0
    links: int = 0
    in_flight: InFlightBatches = field(default_factory=InFlightBatches)
    due: list[float] = field(default_factory=list)
    """When something held back is due: at the latest then its link is to be polled."""


def opening(plain: OpenLink, troubles: Troubles, clock: Callable[[], float]) -> OpenLink:
    """As `plain` opens links, with `troubles`."""

    def open_link(
        broker: Broker, client_id: str, filters: tuple[str, ...], will: Will, patience: float
    ) -> Link:
        troubles.links += 1
        if troubles.cut:
            return _NoLink()
        return _TroubledLink(plain(broker, client_id, filters, will, patience), troubles, clock)

    return open_link


class _TroubledLink:
    def __init__(self, link: Link, troubles: Troubles, clock: Callable[[], float]) -> None:
        self._link = link
        self._troubles = troubles
        self._clock = clock
        self._ended: LinkEnded | None = None
        self._going: deque[tuple[float, SealedMessage]] = deque()
        self._coming: deque[tuple[float, InboundMessage]] = deque()
        self._flooded_at = clock()
        troubles.in_flight.clear()

    @property
    def state(self) -> LinkState:
        return self._link.state

    @property
    def ended(self) -> LinkEnded | None:
        return self._ended or self._link.ended

    def poll(self, wait: float) -> None:
        if self._troubles.cut:
            self._ended = self._ended or _CUT
            return
        self._link.poll(wait)
        now = self._clock()
        while self._going and self._going[0][0] <= now and self._send(self._going[0][1]):
            self._going.popleft()
        self._coming += [(now + self._troubles.late, item) for item in self._link.fetch_arrived()]
        waits = [queue[0][0] for queue in (self._going, self._coming) if queue]
        waits += self._flood(now)
        self._troubles.due = [max(now + 0.01, min(waits))] if waits else []

    def fetch_arrived(self) -> list[InboundMessage]:
        now, arrived = self._clock(), []
        while self._coming and self._coming[0][0] <= now:
            arrived.append(self._coming.popleft()[1])
        return arrived

    def fetch_rejections(self) -> list[Rejected]:
        return self._link.fetch_rejections()

    def publish(self, out: SealedMessage) -> bool:
        if self._ended is not None or self._link.state is not LinkState.READY:
            return False
        if self._troubles.late:
            due = self._clock() + self._troubles.late
            self._going.append((due, out))
            self._troubles.due.append(due)
        elif not self._send(out):
            return False
        self._note_batch(out)
        return True

    def disconnect(self, last: SealedMessage | None) -> None:
        self._link.disconnect(last)

    def abandon(self) -> None:
        self._link.abandon()

    def _flood(self, now: float) -> list[float]:
        """Send what is due of the flood; returns when to go on."""
        troubles = self._troubles
        if troubles.flood is None or not troubles.flood_rate:
            self._flooded_at = now
            return []
        count = int(min(1.0, now - self._flooded_at) * troubles.flood_rate)
        self._flooded_at = now if count else self._flooded_at
        for _ in range(count):
            if not self._link.publish(troubles.flood):
                break
            troubles.flooded += 1
        return [now + 0.02]

    def _send(self, out: SealedMessage) -> bool:
        taken = self._link.publish(out)
        if taken:
            self._troubles.sent_bytes += len(out.data)
            if self._troubles.twice:
                self._link.publish(out)
        return taken

    def _note_batch(self, out: SealedMessage) -> None:
        if parse_topic(out.topic)[1] is not Channel.JOURNAL:
            return
        batch = read_unverified(out.topic, out.data)
        if isinstance(batch, JournalBatch) and batch.rows:  # without rows it is a question
            self._troubles.batches += 1
            last = batch.first + len(batch.rows) - 1
            self._troubles.in_flight.note_sent(batch.epoch, last, self._clock())


_CUT = LinkEnded(Ending.LOST, "the link is cut, as the simulation wants it", LinkCause.LOST)


class _NoLink:
    """What a try ends as while the way is cut."""

    state = LinkState.CONNECTING
    ended: LinkEnded | None = LinkEnded(
        Ending.REFUSED, "no way to the broker, as the simulation wants it", LinkCause.LOST
    )

    def poll(self, wait: float) -> None:
        """Nothing moves."""

    def fetch_arrived(self) -> list[InboundMessage]:
        return []

    def fetch_rejections(self) -> list[Rejected]:
        return []

    def publish(self, out: SealedMessage) -> bool:  # noqa: ARG002
        return False

    def disconnect(self, last: SealedMessage | None) -> None:
        """There is nothing to disconnect."""

    def abandon(self) -> None:
        """There is nothing to close."""
