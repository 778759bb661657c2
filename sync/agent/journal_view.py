"""The gate's journal as sync sees it: read over the gate's socket, with the problems met there."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from edge.errors import JournalError
from edge.journal.feed.channel import JournalChannel
from edge.journal.feed.client import GateNotRunning, JournalClient
from edge.journal.format import Entry, FeedRequest, Page, Span
from edge.support.due import NEVER
from sync.transport.core import pause_before

LATELY = 0.1
"""Seconds: within the same poll."""
_LONGEST_PAUSE = 5.0
"""Seconds before the gate is asked again, at most: it runs on this machine and restarts in a few."""


class JournalView:
    """The journal that the gate serves at the other end of `channel`.

    If the gate does not answer, or cannot read its journal, the next question waits for a pause; until then
    the same error is raised. `clock` is monotonic, in seconds; `chance` returns a number in [0, 1).
    """

    def __init__(
        self, channel: JournalChannel, clock: Callable[[], float], chance: Callable[[], float]
    ) -> None:
        self._client = JournalClient(channel)
        self._clock = clock
        self._chance = chance
        self._attempts = 0
        self._again_at = float("-inf")
        self._error: JournalError | None = None
        self._spans: tuple[Span, ...] = ()
        self._answered_at = float("-inf")
        self._answered_up_to: int | None = None
        """The change up to which the last answer counts; None: that cannot be told."""
        self._nothing_to: tuple[FeedRequest, int | None] | None = None
        """The last request for events to which there were none, and up to which change."""

    @property
    def problem(self) -> JournalError | None:
        """Why the last question was not answered; None if it was."""
        return self._error

    @property
    def asks_again_at(self) -> float:
        """When the gate is asked again (monotonic, in seconds); inf while it answers."""
        return NEVER if self._error is None else self._again_at

    @property
    def last_spans(self) -> tuple[Span, ...]:
        """The spans of the last answer."""
        return self._spans

    def spans(self, *, within: float = 0.0) -> tuple[Span, ...]:
        """The newest epochs that have events, oldest first. Raises JournalError.

        An answer younger than `within` seconds is reused, and any as long as nothing has changed.
        """
        if self._error is None and (self._is_unchanged() or self._clock() - self._answered_at < within):
            return self._spans
        return self._ask(FeedRequest()).spans

    def events_after(self, epoch: bytes | None, sequence: int, most: int) -> tuple[Entry, ...]:
        """At most `most` events after (`epoch`, `sequence`), oldest first; epoch None reads from the start.

        Fewer than `most` may come although there are more: one answer is bounded. Raises JournalError.
        """
        ask, changes = FeedRequest(epoch, sequence, most), self._client.changes
        if changes is not None and (ask, changes) == self._nothing_to:
            return ()
        entries = self._ask(ask).entries
        self._nothing_to = None if entries else (ask, changes)
        return entries

    def event_at(self, epoch: bytes, sequence: int) -> tuple[Entry | None, int]:
        """The event at that position, or None, and the newest sequence of its epoch (0: none).

        Raises JournalError.
        """
        page = self._ask(FeedRequest(epoch, sequence - 1, 1) if sequence else FeedRequest())
        newest = {span.epoch: span.last for span in page.spans}.get(epoch, 0)
        entry = next(iter(page.entries), None)
        same = entry is not None and (entry.epoch, entry.sequence) == (epoch, sequence)
        return entry if same else None, newest

    def close(self) -> None:
        self._client.close()

    # --- inside ----------------------------------------------------------------------------

    def _is_unchanged(self) -> bool:
        """Whether the answer to any request is still what it was at the last one."""
        return self._answered_up_to is not None and self._answered_up_to == self._client.changes

    def _ask(self, ask: FeedRequest) -> Page:
        if self._error is not None and self._clock() < self._again_at:
            raise self._error
        changes = self._client.changes
        try:
            page = self._client.ask(ask)
        except JournalError as error:
            pause = pause_before(self._attempts, self._chance(), longest=_LONGEST_PAUSE)
            self._error, self._again_at = error, self._clock() + pause
            self._attempts += 1
            raise
        self._error, self._attempts, self._answered_up_to = None, 0, changes
        self._spans, self._answered_at = page.spans, self._clock()
        return page


class GateProblems:
    """Problems on the gate's side, by code; each is logged as a warning once, until it is cleared."""

    def __init__(self) -> None:
        self._now: dict[str, str] = {}
        self._log = structlog.get_logger("sync.uploader")

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self._now)

    def report(self, code: str, error: JournalError) -> None:
        say = self._log.debug if self._now.get(code) == str(error) else self._log.warning
        say(code, error=str(error))
        self._now[code] = str(error)

    def clear(self, code: str) -> None:
        self._now.pop(code, None)

    def report_journal(self, error: JournalError | None) -> None:
        """Report the journal's problem, of which there is one at a time; None clears it."""
        code = None if error is None else _code_of(error)
        for other in {_NOT_RUNNING, _UNREADABLE} - {code}:
            self.clear(other)
        if error is not None:
            self.report(_code_of(error), error)


_NOT_RUNNING, _UNREADABLE = "gate_not_running", "journal_unreadable"


def _code_of(error: JournalError) -> str:
    return _NOT_RUNNING if isinstance(error, GateNotRunning) else _UNREADABLE
