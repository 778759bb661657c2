"""Between the connection and the handlers: verifies what arrives once, and delivers it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import structlog

from edge.signing.cose import Keys, MessageRefusal, MessageRefused
from edge.support.bucket import Bucket
from edge.support.due import NEVER
from sync.dispatch.core import in_batch_or_each
from sync.dispatch.handler import LONGEST_POLL, Conversation, Handler
from sync.transport.connection import Connection, Ending, InboundMessage, LinkState
from sync.wire import Channel, ReceivedMessage, SealedMessage, open_message, parse_topic

Intake = Callable[[list[InboundMessage]], list[InboundMessage]]
"""Selects and orders the messages to handle, out of those that arrived."""
Refuse = Callable[[str, bytes, MessageRefused], None]
"""Called with topic and bytes of each refused message, and why."""
KeysFor = Callable[[str, Channel, bytes], Keys]
"""Device, channel and the bytes of a message → the keys whose signature on it is accepted."""

_MOST_HELD_BACK = 16
"""Messages that are held back on a link, at most."""
_GRACE = 5.0
"""Seconds for the poll that drops a silent link."""
_SHORTEST_WAIT = 0.01
"""Seconds: a conversation that is always due does not keep the processor busy."""


def refuse_silently(topic: str, data: bytes, refused: MessageRefused) -> None:
    """Tell nobody."""


class Dispatcher:
    """Polls the connection and serves `handlers`. `only` is this end's device id; None on central.

    While a conversation silences the others, what they say is held back, and they are not asked.
    """

    def __init__(
        self,
        connection: Connection,
        handlers: Sequence[Handler],
        keys_for: KeysFor,
        *,
        only: str | None = None,
        bucket: Bucket | None = None,
        intake: Intake | None = None,
        refuse: Refuse = refuse_silently,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._handlers = handlers
        self._keys_for = keys_for
        self._only = only
        self._bucket = bucket or Bucket(0)
        self._intake = intake
        self._refuse = refuse
        self._clock = clock
        self._number = 0
        self._conversations: list[tuple[Handler, Conversation]] = []
        self._every: list[Conversation] = []
        """The conversations alone."""
        self._held_back: list[SealedMessage] = []
        self._is_cut_short = False
        self._log = structlog.get_logger("sync.dispatcher")
        self.refused: Counter[str] = Counter()
        """Refused messages by code; `rejected` are ours that the broker refused, `raised` those that
        failed.
        """

    def poll(self, wait: float) -> None:
        """Do one round: handle what arrived, send what is due, drop a link on which the other end is
        silent. Waits at most `wait` seconds, until something arrives or is due.
        """
        arrived = self._connection.poll(self._until_due(wait))
        now = self._clock()
        if self._connection.number != self._number:
            # What was said on another link does not count on this one.
            self._number = self._connection.number
            self._converse([(handler, handler.open_conversation(now)) for handler in self._handlers])
            self._held_back = []
        self._is_cut_short = False
        self._dispatch(arrived, now)
        if self._connection.state is LinkState.READY:
            self._send_due(now)
            self._drop_silent_link(now)
        if self._connection.state is not LinkState.READY:
            self._converse([])
        for rejection in self._connection.fetch_rejections():
            self._count("rejected", rejection.topic, rejection.reason)

    def next_due(self) -> float:
        """When it is to be polled next although nothing arrives (monotonic, in seconds); inf: never."""
        due = self._connection.next_due()
        if self._connection.state is not LinkState.READY:
            return due
        asked = self._awaiting_since()
        if asked is not None:
            due = min(due, asked + self._connection.limits.silence)
        return min(due, self._speaks_at(self._clock()))

    def waiting_reason(self) -> str | None:
        """What this end waits for, in words; None if there is work and no progress.

        Only this feeds the watchdog. Each reason ends: a pause with the next try, a handshake and a
        question with their timeouts.
        """
        link_reason = self._connection.waiting_reason()
        if link_reason is None or self._connection.state is not LinkState.READY:
            return link_reason
        if self._bucket.wait(self._clock()) > 0.0:
            return "the cap on what may be sent"
        reasons = dict.fromkeys(self._reason_of(conversation) for conversation in self._speaking())
        return None if None in reasons else ", ".join(reason for reason in reasons if reason)

    # --- inside ----------------------------------------------------------------------------

    def _converse(self, conversations: list[tuple[Handler, Conversation]]) -> None:
        self._conversations = conversations
        self._every = [conversation for _, conversation in conversations]

    def _until_due(self, most: float) -> float:
        """Seconds to wait for the network, at most `most`."""
        if most <= _SHORTEST_WAIT:
            return most
        return min(most, max(_SHORTEST_WAIT, self.next_due() - self._clock()))

    def _speaks_at(self, now: float) -> float:
        """When a conversation has something to say, and may."""
        capped = self._bucket.wait(now)
        if self._is_cut_short:
            return now + (capped or LONGEST_POLL)
        due = min([one.next_due(now) for one in self._speaking()], default=NEVER)
        return max(due, now + capped)

    def _dispatch(self, arrived: list[InboundMessage], now: float) -> None:
        if not arrived:
            return
        admitted = arrived if self._intake is None else self._intake(arrived)
        genuine = [message for item in admitted if (message := self._verified(item)) is not None]
        if not genuine:
            return
        self._connection.note_answer()
        for handler, conversation in self._conversations:
            mine = [message for message in genuine if message.channel in handler.channels]
            if mine:
                self._deliver(conversation, mine, now)

    def _deliver(self, conversation: Conversation, messages: Sequence[ReceivedMessage], now: float) -> None:
        """Hand messages to a conversation. A message that raises does not keep any other from being
        handled.
        """

        def hand(some: Sequence[ReceivedMessage]) -> None:
            answers = conversation.handle(list(some), now)
            if conversation in self._speaking():
                self._send(answers)
            else:
                self._held_back += islice(answers, _MOST_HELD_BACK - len(self._held_back))

        def failed(message: ReceivedMessage, error: Exception) -> None:
            topic = message.channel.of(message.device)
            if isinstance(error, MessageRefused):
                self._note_refused(topic, message.data, error)
                return
            self._log.error("message_raised", device=message.device, exc_info=error)
            self._note_raised(topic, message.data, error)

        for _ in in_batch_or_each(messages, hand, failed):
            pass

    def _send_due(self, now: float) -> None:
        speaking = self._speaking()
        if self._held_back and len(speaking) == len(self._conversations):
            held_back, self._held_back = self._held_back, []
            self._send(held_back)
        for conversation in speaking:
            if self._bucket.wait(now) > 0.0:
                self._is_cut_short = True
                return
            self._send(conversation.due_messages(now), capped=True)

    def _speaking(self) -> list[Conversation]:
        """The conversations that may say something now: all, or the one that silences the others."""
        for one in self._every:
            if one.silences_others:
                return [one]
        return self._every

    def _drop_silent_link(self, now: float) -> None:
        """Drop a link on which a question waits too long: the broker may be there and the other end not."""
        asked = self._awaiting_since()
        if asked is not None and now >= asked + self._connection.limits.silence:
            self._connection.drop("the other end does not answer", Ending.SILENT)

    def _reason_of(self, conversation: Conversation) -> str | None:
        """Why one conversation waits: each needs a reason of its own, for another may be stuck."""
        if conversation.awaiting_since is None:
            return conversation.idle_reason()
        waited = self._clock() - conversation.awaiting_since
        # The next poll drops the link. A question that waits much longer shows that polling has stopped.
        late = waited > self._connection.limits.silence + _GRACE
        return None if late else f"an answer is due for {waited:.0f} s"

    def _awaiting_since(self) -> float | None:
        """Since when the oldest unanswered question has waited; None: there is none."""
        since = [at for one in self._every if (at := one.awaiting_since) is not None]
        return min(since, default=None)

    def _verified(self, item: InboundMessage) -> ReceivedMessage | None:
        try:
            device, channel = parse_topic(item.topic)
            keys = self._keys_for(device, channel, item.data)
            return open_message(item.topic, item.data, keys, retained=item.retained, only=self._only)
        except MessageRefused as refused:
            self._note_refused(item.topic, item.data, refused)
        except Exception as error:  # noqa: BLE001 - a stranger's bytes may raise anything
            self._note_raised(item.topic, item.data, error)
        return None

    def _note_refused(self, topic: str, data: bytes, refused: MessageRefused) -> None:
        self._count(refused.refusal.value, topic, refused.what)
        self._refuse(topic, data, refused)

    def _note_raised(self, topic: str, data: bytes, error: Exception) -> None:
        self._count("raised", topic, f"{type(error).__name__}: {error}")
        self._refuse(topic, data, MessageRefused(MessageRefusal.FAILED, "could not be handled", where=topic))

    def _count(self, code: str, topic: str, what: str) -> None:
        self.refused[code] += 1
        # Only the first of a code is a warning, so that a flood does not fill the log.
        say = self._log.warning if self.refused[code] == 1 else self._log.debug
        say("message_refused", code=code, topic=topic[:100], what=what, count=self.refused[code])

    def _send(self, messages: Iterable[SealedMessage], *, capped: bool = False) -> None:
        for message in messages:
            if not self._connection.publish(message):
                self._is_cut_short = True
                return
            self._bucket.take(len(message.data))
            if capped and self._bucket.wait(self._clock()) > 0.0:
                self._is_cut_short = True
                return
