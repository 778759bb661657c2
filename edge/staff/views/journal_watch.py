"""Reads the journal's file beside the main loop: what was in it at the start, what the centre has of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import structlog

from edge.decision import WallTime, local_time
from edge.errors import JournalError
from edge.journal.format import (
    PRESSES,
    AccessDecided,
    Entry,
    LaneGrantRefused,
    LaneOpened,
    LanePassed,
    PressNamed,
    StaffActCorrected,
    StaffActTaken,
    understood,
)
from edge.journal.reader import JournalReader
from edge.staff.ports import GatePorts
from edge.staff.views.core import MOST_ROWS, CentreLink, Recent
from edge.support.storage import REAL_STORAGE, Storage

LOOK_EVERY = 2.0
_MOST_EVENTS = 20_000
"""Events that are read at a start, the newest: more than a day's at a busy gate."""
_FIRST_PAGE = 1_000
_ROWS = (AccessDecided, StaffActTaken, *PRESSES)
_KINDS = (*_ROWS, StaffActCorrected, PressNamed, LaneGrantRefused, LaneOpened, LanePassed)
_TOLD = frozenset(kind.kind.value for kind in _KINDS)
_SHOWN = frozenset(kind.kind.value for kind in _ROWS)

Position = tuple[bytes, int]
"""An event's epoch and sequence."""


class JournalWatch:
    """Watches the journal at `path`; `poll` is a task. `past` and `link` may be asked by any thread.

    `until` is the newest event of the start (None: there was none): what comes after it, the main loop tells.
    `centre` says whether anybody acknowledges events here at all. So many events (`page`)
    are read first, and more where the day's begin is not among them.
    """

    def __init__(
        self,
        path: Path,
        until: Position | None,
        time_zone: Callable[[], str],
        wall: Callable[[], WallTime],
        monotonic: Callable[[], float],
        *,
        centre: bool,
        storage: Storage = REAL_STORAGE,
        page: int = _FIRST_PAGE,
    ) -> None:
        self._page = page
        self._path = path
        self._until = until
        self._time_zone = time_zone
        self._wall = wall
        self._monotonic = monotonic
        self._centre = centre
        self._storage = storage
        self._first: Position | None = None
        self._has_looked = False
        self._log = structlog.get_logger("edge.staff.views")
        self.past: Recent | None = None
        self.link = CentreLink(centre)

    def poll(self) -> float:
        """Look once; returns when to look again."""
        try:
            with closing(JournalReader(self._path, self._storage)) as journal:
                if self.past is None:
                    self.past = self._read_past(journal)
                self._look_at_link(journal)
        except (JournalError, OSError) as error:
            self._log.warning("journal_not_looked_at", error=str(error))
        return self._monotonic() + LOOK_EVERY

    # --- inside ----------------------------------------------------------------------------

    def _read_past(self, journal: JournalReader) -> Recent:
        """The last accesses and the figures of the day, as the journal has them."""
        zone = self._time_zone()
        if self._until is None:
            return Recent(zone)
        today, count = local_time(self._wall().at, zone).date(), self._page
        entries = journal.newest(count)
        while len(entries) == count < _MOST_EVENTS and not self._enough(entries, today, zone):
            count = min(4 * count, _MOST_EVENTS)
            entries = journal.newest(count)
        recent = Recent(zone)
        for entry in self._before(entries):
            event = understood(entry) if entry.kind in _TOLD else None
            if event is not None:
                recent = recent.happened(event, entry.sequence, entry.wall.at)
        return recent

    def _before(self, entries: list[Entry]) -> list[Entry]:
        """Those up to the start, whichever epochs they are of."""
        place = next(
            (at for at, entry in enumerate(entries) if (entry.epoch, entry.sequence) == self._until), None
        )
        return [] if place is None else entries[: place + 1]

    def _enough(self, entries: list[Entry], today: date, zone: str) -> bool:
        """Whether all of today's accesses are among these, and enough to show."""
        shown = sum(entry.kind in _SHOWN for entry in self._before(entries))
        return shown >= MOST_ROWS and local_time(entries[0].wall.at, zone).date() < today

    def _look_at_link(self, journal: JournalReader) -> None:
        if not self._centre:
            return
        first, waiting = self._unacknowledged(journal)
        since = self.link.waits_since
        if first is None:
            since = None
        elif first != self._first:
            since = self._began_waiting(journal, first)
        self._first, self._has_looked = first, True
        link = CentreLink(True, waiting, since)
        if link != self.link:
            self.link = link

    def _unacknowledged(self, journal: JournalReader) -> tuple[Position | None, int]:
        """The oldest event that the centre has not acknowledged, and how many there are."""
        acknowledged = journal.acknowledged()
        first, waiting = None, 0
        for span in journal.spans():
            point = acknowledged.get(span.epoch)
            known = span.first - 1 if point is None else max(point[0].sequence, span.first - 1)
            if known < span.last:
                first = first or (span.epoch, known + 1)
                waiting += span.last - known
        return first, waiting

    def _began_waiting(self, journal: JournalReader, first: Position) -> float:
        """Since when an event waits (monotonic): by the wall clock at a start, else since it was seen."""
        now = self._monotonic()
        if self._has_looked:
            return now
        epoch, sequence = first
        for entry in journal.since(epoch, sequence - 1, 1):
            with suppress(OverflowError):
                return now - max(0.0, (self._wall().at - entry.wall.at).total_seconds())
        return now


def journal_watch_of(gate: GatePorts, path: Path, storage: Storage) -> JournalWatch:
    """The watch over the gate's own journal at `path`."""

    def zone() -> str:
        return gate.policy().time_zone

    clock, centre = gate.clock, gate.facts.configuration.journal.acknowledged is not None
    return JournalWatch(
        path, gate.facts.began_at, zone, clock.wall, clock.monotonic, centre=centre, storage=storage
    )
