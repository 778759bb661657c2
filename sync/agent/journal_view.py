"""The gate's journal as sync sees it: asked for on the gate's socket, and what is the matter with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from edge.errors import JournalError
from edge.journal.feed.client import GateNotRunning, JournalClient
from edge.journal.format import Entry, FeedRequest, Page, Span
from sync.transport.core import pause_before

LATELY = 0.1
"""Seconds: in the same turn."""
_LONGEST_PAUSE = 5.0
"""Seconds before the gate is asked again, at most: it is on this computer, and back in a few."""


class JournalView:
    """The journal that the gate serves at `place`.

    Where it does not, or cannot read it, it is asked again after a pause; until then the answer is the same.
    """

    def __init__(self, place: Path, clock: Callable[[], float], chance: Callable[[], float]) -> None:
        self._client = JournalClient(place)
        self._clock = clock
        self._chance = chance
        self._attempts = 0
        self._again_at = float("-inf")
        self._error: JournalError | None = None
        self._spans: tuple[Span, ...] = ()
        self._heard_at = float("-inf")

    @property
    def problem(self) -> JournalError | None:
        """Why the last question was not answered; None: it was."""
        return self._error

    @property
    def last_spans(self) -> tuple[Span, ...]:
        """The spans as they were at the last question."""
        return self._spans

    def spans(self, *, within: float = 0.0) -> tuple[Span, ...]:
        """The newest epochs that have events, in the order in which they were begun; raises JournalError.

        As they were `within` so many seconds: what was heard since then is not asked for again.
        """
        if self._error is None and self._clock() - self._heard_at < within:
            return self._spans
        return self._ask(FeedRequest()).spans

    def events_after(self, epoch: bytes | None, sequence: int, most: int) -> tuple[Entry, ...]:
        """At most `most` events after (`epoch`, `sequence`), oldest first; epoch None: from the start.

        Fewer, also where there are more: as many as fit in one answer. Raises JournalError.
        """
        return self._ask(FeedRequest(epoch, sequence, most)).entries

    def event_at(self, epoch: bytes, sequence: int) -> tuple[Entry | None, int]:
        """The event at that place, if it is held, and the newest sequence of its epoch (0: none).

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

    def _ask(self, ask: FeedRequest) -> Page:
        if self._error is not None and self._clock() < self._again_at:
            raise self._error
        try:
            page = self._client.ask(ask)
        except JournalError as error:
            pause = pause_before(self._attempts, self._chance(), longest=_LONGEST_PAUSE)
            self._error, self._again_at = error, self._clock() + pause
            self._attempts += 1
            raise
        self._error, self._attempts = None, 0
        self._spans, self._heard_at = page.spans, self._clock()
        return page


class GateProblems:
    """What is the matter on the gate's side, in codes; each is warned of once, until it is over."""

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
        """What is the matter with the journal, which is one thing or the other; None: nothing."""
        code = None if error is None else _code_of(error)
        for other in {_NOT_RUNNING, _UNREADABLE} - {code}:
            self.clear(other)
        if error is not None:
            self.report(_code_of(error), error)


_NOT_RUNNING, _UNREADABLE = "gate_not_running", "journal_unreadable"


def _code_of(error: JournalError) -> str:
    return _NOT_RUNNING if isinstance(error, GateNotRunning) else _UNREADABLE
