"""Carries the counts between this gate and the site's others: its file up, theirs down into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.counting.core import MOST_BYTES, CountSnapshot, PersonAccess, read_count_snapshot
from edge.errors import GatepostError
from edge.signing.cose import MessageRefusal, MessageRefused
from edge.support.decoding import json_of
from edge.support.due import NEVER
from edge.support.files import READABLE_BY_GROUP, FileMark, list_bounded, mark_of, read_bounded, write_aside
from edge.support.names import IDENTIFIER
from sync.agent.configuration import SyncCountsSection
from sync.agent.core import LinkStamps, QuestionSchedule
from sync.dispatch.handler import BaseConversation
from sync.wire import (
    COUNTS_EVERY,
    Channel,
    GateCounts,
    ReceivedMessage,
    SealedMessage,
    SiteCounts,
    fitting,
    seal_message,
)

MOST_GATES = 127
"""Other gates whose counts are kept: the gate reads so many files."""
_MOST_NAMES = 2_048
_PASSAGES_REPEATED = 50
"""The last passages that go with every question: what was lost on its way is made good."""


class CountCarrier:
    """Reads the gate's file and writes the others' files, as `section` names them."""

    channels = frozenset({Channel.SITE_COUNTS})

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        section: SyncCountsSection,
        stamps: LinkStamps,
        chance: Callable[[], float],
    ) -> None:
        self._device = device
        self._key = key
        self._section = section
        self._stamps = stamps
        self._chance = chance

    def open_conversation(self, now: float) -> CountConversation:  # noqa: ARG002
        return CountConversation(
            self._device, self._key, self._section, self._stamps, QuestionSchedule(self._chance)
        )


class CountConversation(BaseConversation):
    """The counts on one link: all that the gate saw first, then what is new, at most every few seconds."""

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        section: SyncCountsSection,
        stamps: LinkStamps,
        schedule: QuestionSchedule,
    ) -> None:
        self._device = device
        self._key = key
        self._section = section
        self._stamps = stamps
        self._schedule = schedule
        self._mark: FileMark | None = None
        self._passages: frozenset[PersonAccess] | None = None  # None: nothing was sent on this link
        self._send_at = float("-inf")
        self._problem = ""
        self._log = structlog.get_logger("sync.counts")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        for item in messages:
            if isinstance(item.message, SiteCounts):
                self._put(item.message.counts)
        return iter(())

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if now < self._send_at:
            return
        mark = self._mark_now()
        if mark is None:
            return
        if mark == self._mark and now < self._schedule.ask_at:
            return
        counts = self._read()
        if counts is None:
            return
        asks = self._schedule.is_due(now)
        self._mark, self._send_at = mark, now + COUNTS_EVERY
        yield seal_message(
            GateCounts(self._new_of(counts, asks=asks), self._stamps.next(), asks), self._device, self._key
        )

    def next_due(self, now: float) -> float:
        if self._mark is None:
            return NEVER  # until the gate leaves a file that can be read
        due = self._send_at if self._mark != self._mark_now() else self._schedule.ask_at
        return due if due > now else NEVER

    # --- inside ----------------------------------------------------------------------------

    def _mark_now(self) -> FileMark | None:
        """What changes when the gate writes its file; None: there is none."""
        try:
            status = self._section.outbox.lstat()
        except OSError:
            return None
        return mark_of(status)

    def _read(self) -> CountSnapshot | None:
        try:
            counts = json_of(read_bounded(self._section.outbox, MOST_BYTES), CountSnapshot)
        except (OSError, GatepostError) as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self._log.warning("counts_unreadable", path=str(self._section.outbox), error=str(error))
            return None
        self._problem = ""
        return fitting(counts.own())

    def _new_of(self, counts: CountSnapshot, *, asks: bool) -> CountSnapshot:
        """`counts` with the passages that were not sent on this link; a question repeats the last ones."""
        sent, self._passages = self._passages, frozenset(counts.persons)
        if sent is None:
            return counts
        last = counts.persons[-_PASSAGES_REPEATED:] if asks else ()
        persons = tuple(seen for seen in counts.persons if seen not in sent or seen in last)
        return msgspec.structs.replace(counts, persons=persons)

    def _put(self, counts: CountSnapshot) -> None:
        """Write another gate's file. Raises MessageRefused and OSError."""
        if not IDENTIFIER.fullmatch(counts.gate):
            raise MessageRefused(MessageRefusal.INVALID, f"{counts.gate[:64]!r} is no name of a gate")
        self._section.inbox.mkdir(parents=True, exist_ok=True)
        path = self._section.inbox / f"{counts.gate}.json"
        if not path.exists() and len(list_bounded(self._section.inbox, "*.json", _MOST_NAMES)) >= MOST_GATES:
            raise MessageRefused(MessageRefusal.TOO_MANY, f"counts of more than {MOST_GATES} other gates")
        try:
            held = read_count_snapshot(read_bounded(path, MOST_BYTES), counts.site, str(path))
        except (OSError, GatepostError):
            held = counts  # there is none, or a damaged one
        write_aside(path, msgspec.json.encode(held.updated(counts)), READABLE_BY_GROUP)
