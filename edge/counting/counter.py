"""Counts one gate's people while it runs: applies events to the ledger, and yields the events that are due.

Called by the main loop alone, which appends an event to the journal before it passes it on here. Events that
the journal could not store count all the same: a full disk stops nobody at the door. `due` yields the events
that the count itself causes (a limit reached, a day over); they take effect when they come back as happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import structlog

from edge.counting.core import (
    MOST_PERSONS,
    CountSnapshot,
    DayWatch,
    Flow,
    PassageRate,
    SiteFigures,
    check_day,
    count_snapshot_of,
    day_of,
    next_level,
)
from edge.counting.exchange import Correction, CountExchange, CountsNews, CountsRefused
from edge.counting.projection import WENT_THROUGH, CountedLane, CountProjection
from edge.counting.store import LedgerPosition, LedgerStore, StoredLedger
from edge.decision import (
    Crowding,
    Decision,
    LastAccess,
    PassbackKind,
    Policy,
    WallTime,
    local_time,
    passed_back,
)
from edge.errors import JournalError
from edge.journal.format import (
    AntiPassback,
    CountsRefusedEvent,
    CountsUnsure,
    Entry,
    Event,
    OccupancyCorrected,
    OccupancyRelieved,
    OccupancyReset,
    OccupancyStopped,
    OccupancyWarned,
)
from edge.support.due import NEVER

_EVERY = 1.0
"""Seconds between two writings of the ledger, and between two checks of the time."""
_POSITION_EVERY = 60.0
"""Seconds after which the position in the journal is stored even if nobody passed."""

_MOST_REFUSED = 5
"""Refused files that are recorded one by one within a minute; more are counted."""
_LONGEST_WHY = 200

_LEVEL_EVENTS = {Crowding.WARNED: OccupancyWarned, Crowding.STOPPED: OccupancyStopped}
_ORDER = {level: position for position, level in enumerate(Crowding)}


class Counter:
    """The counting of one gate. `position` is how far in the journal `folding` has come.

    `policy` and `groups` (of a person) ask the registry in force; `unsure` says why passages may have
    gone uncounted before the start.
    """

    def __init__(
        self,
        lane: CountedLane,
        projection: CountProjection,
        position: LedgerPosition | None,
        store: LedgerStore | None,
        exchange: CountExchange | None,
        policy: Callable[[], Policy],
        groups: Callable[[str], frozenset[str]],
        *,
        unsure: str = "",
    ) -> None:
        self._lane = lane
        self._projection = projection
        self._ledger = projection.ledger
        self._position = position
        self._store = store
        self._exchange = exchange
        self._policy = policy
        self._groups = groups
        self._flow = Flow()
        self._watch = DayWatch(held=self._ledger.held)
        self._refused: deque[float] = deque()
        self._refused_besides = 0
        self._waiting: list[Event] = [CountsUnsure(unsure)] if unsure else []
        self._dirty = True
        self._recent = self._ledger.newest(lane.gate, MOST_PERSONS)
        self._next = 0.0
        self._put_off = False
        self._kept_at = 0.0
        self._kept_position: LedgerPosition | None = None
        self._stored_position = position if store is not None else None
        self._figures: SiteFigures | None = None
        self._log = structlog.get_logger("edge.counting")

    # --- what the access controller asks ---------------------------------------------------

    def occupancy(self) -> int:
        """How many people are inside, as far as is known here."""
        return self.figures().inside

    def crowding(self) -> Crowding:
        return self._ledger.level

    def last_access(self, subject: str) -> LastAccess | None:
        return self._ledger.last_access(subject)

    @property
    def stored_position(self) -> LedgerPosition | None:
        """The position in the journal of the count on disk: it needs no event up to there."""
        return self._stored_position

    # --- from the main loop ----------------------------------------------------------------

    def happened(self, event: Event, wall: WallTime, entry: Entry | None, now: float) -> None:
        """Count an event that was appended; `entry` None: the journal could not store it."""
        self._came_to(entry)
        if isinstance(event, WENT_THROUGH):
            direction = self._projection.direction_of(event.direction)
            self._flow.passed(now, direction, estimated=event.counted == "estimated")
        self._changed(self._projection.fold(event, wall, None if entry is None else entry.sequence))
        for subject, passage, before in self._projection.passages:
            self._recent.pop(subject, None)
            self._recent[subject] = passage
            self._check_passback(subject, passage, before)
        self._projection.passages.clear()

    def decided(self, decision: Decision, entry: Entry | None) -> None:
        """Note the decision on an encounter, whose person may pass now."""
        self._came_to(entry)
        self._changed(self._projection.decided(decision, None if entry is None else entry.sequence))

    def receive(self, news: CountsNews, now: float) -> None:
        """Merge what the exchange brought; events that follow come by `due`."""
        match news:
            case CountSnapshot():
                self._merge_snapshot(news)
            case Correction(inside=inside, by=staff):
                figures = self.figures()
                by = inside - (figures.inside - figures.deficit)
                self._waiting.append(OccupancyCorrected(by, "staff", inside, staff))
            case CountsRefused():
                self._refuse(news, now)

    def due(self, wall: WallTime, now: float) -> Iterator[Event]:
        """Yield the events that the count causes now. Append each before asking for the next."""
        while self._waiting:
            yield self._waiting.pop(0)
        self._put_off = now < self._next and self._figures is not None
        if self._put_off:
            return
        self._next = now + _EVERY
        yield from self._day_over(wall, now)
        figures = self.figures()
        if self._lane.alone and figures.deficit:
            yield OccupancyCorrected(figures.deficit, "below_zero", 0)
        yield from self._level()
        if now >= self._kept_at + (_EVERY if self._dirty else _POSITION_EVERY):
            self._kept_at = now
            self._keep()

    def next_due(self, now: float) -> float:
        """When `due` may yield something, or has something to store (monotonic seconds). The end of a day is
        noticed when `due` is asked.
        """
        if self._waiting:
            return now
        if self._put_off:
            return self._next
        if self._dirty:
            return max(self._next, self._kept_at + _EVERY)
        return NEVER if self._position == self._kept_position else self._kept_at + _POSITION_EVERY

    def figures(self) -> SiteFigures:
        """The site's figures of this day."""
        if self._figures is None:
            self._figures = self._ledger.counts.figures(self._ledger.day)
        return self._figures

    def rate(self, now: float) -> PassageRate:
        """Persons who passed this gate within the last minute."""
        return self._flow.rate(now)

    def close(self) -> None:
        self._keep()
        if self._store is not None:
            self._store.close()

    # --- inside ----------------------------------------------------------------------------

    def _came_to(self, entry: Entry | None) -> None:
        if entry is not None:
            self._position = LedgerPosition(entry.epoch, entry.sequence)

    def _changed(self, changed: bool) -> None:
        if changed:
            self._dirty = True
            self._figures = None

    def _merge_snapshot(self, snapshot: CountSnapshot) -> None:
        tallies = {key: tally for key, tally in snapshot.tallies.items() if key.day >= self._ledger.day}
        self._changed(self._ledger.counts.merge(tallies, but=self._ledger.key))
        for person in snapshot.persons:
            if person.passage.gate != self._lane.gate:
                self._changed(self._ledger.note_access(person.subject, person.passage))

    def _refuse(self, refused: CountsRefused, now: float) -> None:
        """Record a refused file, a few a minute; further ones are only counted."""
        while self._refused and self._refused[0] <= now - 60.0:
            self._refused.popleft()
        if len(self._refused) >= _MOST_REFUSED:
            self._refused_besides += 1
            return
        self._refused.append(now)
        event = CountsRefusedEvent(refused.file, refused.why[:_LONGEST_WHY], self._refused_besides)
        self._refused_besides = 0
        self._waiting.append(event)

    def _check_passback(self, subject: str, passage: LastAccess, before: LastAccess | None) -> None:
        rule = self._policy().anti_passback
        wall = WallTime(passage.at, passage.trust)
        if before is None or not passed_back(rule, before, passage.direction, wall):
            return
        if rule.exempt.isdisjoint(self._groups(subject)):
            self._waiting.append(AntiPassback(subject, passage.direction, rule.kind, before.at, before.gate))

    def _day_over(self, wall: WallTime, now: float) -> Iterator[Event]:
        policy = self._policy()
        reset_at = policy.occupancy.reset_at
        if reset_at is None:
            return
        shown = day_of(local_time(wall.at, policy.time_zone), reset_at)
        self._watch, over = check_day(self._watch, self._ledger.day, shown, wall, now)
        if self._watch.held != self._ledger.held:
            self._ledger.held, self._dirty = self._watch.held, True
        if over:
            inside = self.figures().inside
            yield OccupancyReset(self._ledger.day, shown, inside)

    def _level(self) -> Iterator[Event]:
        rule, figures, before = self._policy().occupancy, self.figures(), self._ledger.level
        level = next_level(before, rule, figures.inside)
        if level is before:
            return
        rising = _ORDER[level] > _ORDER[before]
        changed = _LEVEL_EVENTS[level] if rising else OccupancyRelieved
        changed_level = level if rising else before
        limit = rule.stop if changed_level is Crowding.STOPPED else rule.warn
        yield changed(level, figures.inside, limit, figures.certainty)

    def _keep(self) -> None:
        """Store the ledger, and publish it to the other gates; what fails is tried again."""
        if not self._dirty and self._position == self._kept_position:
            return
        news, self._dirty, self._kept_position = self._dirty, False, self._position
        if self._store is not None:
            changes = self._ledger.drain_changes()
            try:
                self._store.keep(StoredLedger(self._lane.gate, self._ledger.state(), self._position), changes)
            except JournalError as error:
                self._ledger.restore_changes(changes)
                self._dirty = True
                self._log.warning("counts_not_kept", error=str(error))
            else:
                self._stored_position = self._position
        if news and self._exchange is not None and self._exchange.shares:
            self._exchange.publish(self._snapshot())

    def _snapshot(self) -> bytes:
        while len(self._recent) > MOST_PERSONS:
            del self._recent[next(iter(self._recent))]
        known = self._policy().anti_passback.kind is not PassbackKind.OFF
        tallies = self._ledger.counts.tallies
        return count_snapshot_of(self._lane.site, self._lane.gate, tallies, self._recent if known else {})
