"""The connection to one broker: one new link after the other, with a pause between them.

It runs in its owner's thread: `poll` moves bytes and returns. From link to link it keeps only how long to
pause; see `Pauses`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes

import structlog

from edge.support.due import NEVER
from sync.transport.broker import Broker
from sync.transport.clock import wall
from sync.transport.core import (
    LONGEST_AFTER_TAKEOVER,
    Ending,
    InboundMessage,
    Link,
    LinkCause,
    LinkEnded,
    LinkState,
    LinkTimeouts,
    Pauses,
    Rejected,
    named,
)
from sync.transport.opening import open_link
from sync.wire import SealedMessage

__all__ = ["Connection", "Ending", "Host", "InboundMessage", "LinkState", "LinkTimeouts", "Rejected"]

Will = Callable[[], SealedMessage | None]
OpenLink = Callable[[Broker, str, tuple[str, ...], Will, float], Link]
"""Opens a link to a broker as a client, subscribed to filters, with a will; patient for so many seconds."""


@dataclass(frozen=True)
class Host:
    """What a process at either end uses of its machine: monotonic clock, sleep, random numbers in [0, 1),
    the network, the wall clock (microseconds since 1970 UTC), random bytes.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default_factory=lambda: random.SystemRandom().random)
    open_link: OpenLink = open_link
    wall: Callable[[], int] = wall
    entropy: Callable[[int], bytes] = token_bytes


class Connection:
    """The connection of `client_id` to `broker`, subscribed to `filters`.

    `will` makes the message that the broker publishes if this end vanishes. `chance`, if given, replaces the
    host's.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        filters: tuple[str, ...],
        chance: Callable[[], float] | None = None,
        will: Will = lambda: None,
        *,
        limits: LinkTimeouts | None = None,
        host: Host | None = None,
    ) -> None:
        self._broker = broker
        self._client_id = client_id
        self._filters = filters
        self._will = will
        self._host = host or Host()
        self._chance = chance or self._host.chance
        self._limits = limits or LinkTimeouts()
        self._pauses = Pauses(broker.longest_pause, len(broker.hosts))
        # Of several nodes, each client begins with another one.
        self._node = int(self._chance() * len(broker.hosts)) if broker.more else 0
        self._log = structlog.get_logger("sync.link")
        self._link: Link | None = None
        self._begun = 0.0
        self._patience = self._limits.handshake
        self._ready_at: float | None = None
        self._closed = False
        self._try_at = self._host.clock()
        self._rejected: list[Rejected] = []
        self._last_warning: str | None = None
        self._gave_up_early = False
        self._shared = False
        self.last: LinkEnded | None = None
        """How the link before this one ended."""
        self.number = 0
        """The number of the current link, counting those that came up, from 1; 0: none yet."""

    @property
    def state(self) -> LinkState:
        if self._closed:
            return LinkState.CLOSED
        return LinkState.PAUSING if self._link is None else self._link.state

    @property
    def host(self) -> str:
        """The node of the broker that it is connected to, or tries next."""
        hosts = self._broker.hosts
        return hosts[self._node % len(hosts)]

    @property
    def limits(self) -> LinkTimeouts:
        return self._limits

    @property
    def attempts(self) -> int:
        """Tries since the other end last proved that it is there."""
        return self._pauses.attempts

    @property
    def contested(self) -> bool:
        """Whether another client is known to use this identity."""
        return self._shared or self._pauses.takeovers > 0

    def poll(self, wait: float) -> list[InboundMessage]:
        """Move bytes for at most `wait` seconds; returns what arrived on link `number`.

        A try to connect may take a few seconds more. Messages that arrive before the subscriptions are
        granted are held back until then.
        """
        if self._closed:
            return []
        if self._link is None:
            left = self._try_at - self._host.clock()
            if left > 0:
                self._host.sleep(min(wait, left))
                return []
            self._open_link()
            return []
        return self._poll_link(self._link, wait)

    def next_due(self) -> float:
        """When it is to be polled next although nothing arrives (monotonic, in seconds); inf: never."""
        if self._closed:
            return NEVER
        if self._link is None:
            return self._try_at
        if self._ready_at is None:
            return self._begun + self._patience
        return self._ready_at + LONGEST_AFTER_TAKEOVER if self.contested else NEVER

    def publish(self, out: SealedMessage) -> bool:
        """Hand over a message; False if the link is not ready or the broker is too far behind."""
        return self._link is not None and self._link.publish(out)

    def fetch_rejections(self) -> list[Rejected]:
        """The publications that the broker refused since the last call."""
        rejected, self._rejected = self._rejected, []
        return rejected

    def note_answer(self) -> None:
        """The other end has answered: the next pause is short again, and the next fault is logged again."""
        self._pauses.note_answer()
        self._last_warning = None
        self._gave_up_early = False

    def note_identity_shared(self) -> None:
        """The other end says that another client uses this identity: a broker may end a link without a
        reason.
        """
        self._shared = True

    def drop(self, why: str, ending: Ending = Ending.DROPPED) -> None:
        """End this link for the reason `why`; the next one is made after a pause."""
        if self._link is not None:
            self._end_link(LinkEnded(ending, why))

    def close(self, last: SealedMessage | None = None) -> None:
        """Publish `last` and disconnect, so that the will is not sent."""
        if self._link is not None:
            self._link.disconnect(last)
        self._link = None
        self._closed = True

    def waiting_reason(self) -> str | None:
        """What it waits for, in words; None if it drops links before their time, which is a fault of this
        end.

        A link that is up has no reason of its own: its user says what it waits for.
        """
        if self._gave_up_early:
            return None
        if self._link is None:
            left = max(0.0, self._try_at - self._host.clock())
            why = "" if self.last is None else f": {self.last.why}"
            return f"next try in {left:.0f} s{why}"
        return f"{self.state} at {self.host}"

    # --- inside ----------------------------------------------------------------------------

    def _open_link(self) -> None:
        self._ready_at, self._shared = None, False
        self._patience = self._pauses.patience(self._limits.handshake)
        self._log = self._log.bind(broker=f"{self.host}:{self._broker.port}")
        broker = self._broker.at(self.host) if self._broker.more else self._broker
        self._link = self._host.open_link(broker, self._client_id, self._filters, self._will, self._patience)
        self._begun = self._host.clock()
        if self._link.ended is not None:
            self._end_link(self._link.ended)

    def _poll_link(self, link: Link, wait: float) -> list[InboundMessage]:
        link.poll(wait)
        now = self._host.clock()
        if self._ready_at is None and link.state is LinkState.READY:
            self._ready_at = now
            self.number += 1
            self._log.info("link_ready", client=self._client_id)
        arrived = [] if self._ready_at is None else link.fetch_arrived()
        self._rejected += link.fetch_rejections()
        if link.ended is not None:
            self._end_link(link.ended)
        elif self._ready_at is not None:
            self._note_uptime(now - self._ready_at)
        elif now >= self._begun + self._patience:
            self._end_link(
                LinkEnded(Ending.LATE, f"the broker did not answer while {link.state}", LinkCause.NO_ANSWER)
            )
        return arrived

    def _note_uptime(self, seconds: float) -> None:
        self._pauses.note_uptime(seconds)
        if seconds > LONGEST_AFTER_TAKEOVER:
            self._shared = False

    def _end_link(self, ended: LinkEnded) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        if self._shared and ended.ending is Ending.LOST:
            ended = LinkEnded(Ending.TAKEN_OVER, ended.why, LinkCause.TAKEN_OVER)
        link.abandon()
        now = self._host.clock()
        self._gave_up_early = self._gives_up_early(ended, now)
        pause = self._pauses.next_pause(ended.ending, self._chance())
        self._try_at, self.last = now + pause, ended
        self._log_end(ended, link.state, pause)
        self._node += 1

    def _gives_up_early(self, ended: LinkEnded, now: float) -> bool:
        """Whether this end dropped a link as silent that was younger than the timeout for silence."""
        since = now if self._ready_at is None else self._ready_at
        return ended.ending is Ending.SILENT and now < since + self._limits.silence

    def _log_end(self, ended: LinkEnded, state: LinkState, pause: float) -> None:
        """Log the end: as a warning once, then for debugging, so that a long outage does not fill the log."""
        again = ended.why == self._last_warning
        self._last_warning = ended.why
        if ended.ending is Ending.TAKEN_OVER:
            say = self._log.debug if again else self._log.error
            say(
                "session_taken_over",
                client=self._client_id,
                why=str(named(LinkCause.TAKEN_OVER)),
                pause=round(pause, 1),
            )
            return
        say = self._log.debug if again else self._log.warning
        say("link_lost", why=ended.why, state=state.value, pause=round(pause, 1), attempt=self.attempts)
