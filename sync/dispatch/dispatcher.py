"""Between the connection and the parts: what arrives is verified once and given to whom it concerns."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import structlog

from edge.signing.cose import Keys, MessageRefused
from edge.support.bucket import Bucket
from sync.dispatch.core import in_batch_or_each
from sync.dispatch.handler import Conversation, Handler
from sync.transport.connection import Connection, Ending, InboundMessage, LinkState
from sync.wire import Channel, ReceivedMessage, SealedMessage, open_message, parse_topic

Intake = Callable[[list[InboundMessage]], list[InboundMessage]]
"""Those of what arrived that are looked at, and in which order."""
KeysFor = Callable[[str, Channel], Keys]
"""Device and channel → whose signature counts there."""

_GRACE = 5.0
"""Seconds for the turn in which a silence is ended."""


class Dispatcher:
    """Turns the connection and serves `parts`. `only` is the device that this end is; None: it is central."""

    def __init__(
        self,
        connection: Connection,
        parts: Sequence[Handler],
        keys_for: KeysFor,
        *,
        only: str | None = None,
        bucket: Bucket | None = None,
        intake: Intake | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._parts = parts
        self._keys_for = keys_for
        self._only = only
        self._bucket = bucket or Bucket(0)
        self._intake = intake
        self._clock = clock
        self._number = 0
        self._conversations: list[tuple[Handler, Conversation]] = []
        self._log = structlog.get_logger("sync.switchboard")
        self.refused: Counter[str] = Counter()
        """Messages that were not genuine, by the code of the refusal; `rejected`: ours, by the broker."""

    def poll(self, wait: float) -> None:
        """One round: take what arrived, then send what is due; give up a link on which nobody answers."""
        arrived = self._connection.poll(wait)
        now = self._clock()
        if self._connection.number != self._number:
            # Nothing that was said on another link counts on this one.
            self._number = self._connection.number
            self._conversations = [(part, part.open_conversation(now)) for part in self._parts]
        self._dispatch(arrived, now)
        if self._connection.state is LinkState.READY:
            self._send_due(now)
            self._drop_silent_link(now)
        if self._connection.state is not LinkState.READY:
            self._conversations = []
        for rejection in self._connection.fetch_rejections():
            self._count("rejected", rejection.topic, rejection.reason)

    def waiting_reason(self) -> str | None:
        """What this end waits for, in words; None: there is work, and it makes no progress.

        This and nothing else feeds a watchdog. Each reason has an end: a pause its next try, a handshake and
        a question the time within which they are given up.
        """
        elsewhere = self._connection.waiting_reason()
        if elsewhere is None or self._connection.state is not LinkState.READY:
            return elsewhere
        if self._bucket.wait(self._clock()) > 0.0:
            return "the cap on what may be sent"
        reasons = dict.fromkeys(self._reason_of(talk) for _, talk in self._conversations)
        return None if None in reasons else ", ".join(reason for reason in reasons if reason)

    # --- inside ----------------------------------------------------------------------------

    def _dispatch(self, arrived: list[InboundMessage], now: float) -> None:
        admitted = arrived if self._intake is None else self._intake(arrived)
        genuine = [message for item in admitted if (message := self._verified(item)) is not None]
        if genuine:
            self._connection.note_answer()
        for part, talk in self._conversations:
            mine = [message for message in genuine if message.channel in part.channels]
            if mine:
                self._deliver(talk, mine, now)

    def _deliver(self, talk: Conversation, messages: Sequence[ReceivedMessage], now: float) -> None:
        """Give a part what concerns it. One message that raises anything keeps no other one out."""

        def hand(some: Sequence[ReceivedMessage]) -> None:
            self._send(talk.handle(list(some), now))

        def failed(message: ReceivedMessage, error: Exception) -> None:
            self._log.error("message_raised", device=message.device, exc_info=error)
            self._count("raised", message.channel.of(message.device), f"{type(error).__name__}: {error}")

        for _ in in_batch_or_each(messages, hand, failed):
            pass

    def _send_due(self, now: float) -> None:
        for _, talk in self._conversations:
            if self._bucket.wait(now) == 0.0:
                self._send(talk.due_messages(now), capped=True)

    def _drop_silent_link(self, now: float) -> None:
        """The broker may be there and the other end not; a new link is cheap and finds out."""
        asked = self._awaiting_since()
        if asked is not None and now - asked > self._connection.limits.silence:
            self._connection.drop("the other end does not answer", Ending.SILENT)

    def _reason_of(self, talk: Conversation) -> str | None:
        """Each has to have its own: one that waits for an answer says nothing of another that is stuck."""
        if talk.awaiting_since is None:
            return talk.idle_reason()
        waited = self._clock() - talk.awaiting_since
        # A turn later the link is given up; what waits much longer than that is not looked at any more.
        late = waited > self._connection.limits.silence + _GRACE
        return None if late else f"an answer is due for {waited:.0f} s"

    def _awaiting_since(self) -> float | None:
        """Since when the oldest question under way has waited."""
        owed = [talk.awaiting_since for _, talk in self._conversations]
        return min((at for at in owed if at is not None), default=None)

    def _verified(self, item: InboundMessage) -> ReceivedMessage | None:
        try:
            device, channel = parse_topic(item.topic)
            keys = self._keys_for(device, channel)
            return open_message(item.topic, item.data, keys, retained=item.retained, only=self._only)
        except MessageRefused as refused:
            self._count(refused.refusal.value, item.topic, refused.what)
        except Exception as error:  # noqa: BLE001 - what a stranger's bytes may raise has no end
            self._count("raised", item.topic, f"{type(error).__name__}: {error}")
        return None

    def _count(self, code: str, topic: str, what: str) -> None:
        self.refused[code] += 1
        # The first of a kind is a warning; a flood of them fills no log.
        say = self._log.warning if self.refused[code] == 1 else self._log.debug
        say("message_refused", code=code, topic=topic[:100], what=what, count=self.refused[code])

    def _send(self, messages: Iterable[SealedMessage], *, capped: bool = False) -> None:
        for message in messages:
            if not self._connection.publish(message):
                return
            self._bucket.take(len(message.data))
            if capped and self._bucket.wait(self._clock()) > 0.0:
                return
