"""Alarms as pages show them: the line of a list, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.web.streams import StreamItem
from sync.central.accounts.core import Act
from sync.central.alarms.core import KINDS, Severity
from sync.central.alarms.listing import (
    AlarmFilters,
    ListedAlarm,
    alarms_in,
    changed_after,
    newest_step,
    open_count,
    watcher_of,
)
from sync.central.units import SECOND
from sync.central.web.visit import Visit

SHOWN_AT_ONCE = 9
"""So many stand beside the overview's tree."""
_FAR = 10_000_000_000


@dataclass(frozen=True)
class AlarmRow:
    """An alarm as a line. `rank` is higher where it is needed more: the lists are in its order. `acts`:
    whoever looks may care for it.
    """

    listed: ListedAlarm
    acts: bool

    @property
    def words(self) -> str:
        return KINDS[self.listed.kind].words

    @property
    def is_known(self) -> bool:
        return KINDS[self.listed.kind].is_known

    @property
    def rank(self) -> int:
        """The gravest first, then what nobody cares for, then the oldest; what is closed comes last."""
        life = self.listed.life
        if not life.is_open:
            return -1
        cared = 2 if life.snoozed_until is not None else 1 if life.is_cared_for else 0
        urgency = (Severity.TODAY - life.severity) * 3 + 2 - cared
        return urgency * _FAR + _FAR - min(_FAR, life.first_at // SECOND)


@dataclass(frozen=True)
class AlarmColumn:
    """The open alarms as the overview shows them: the first of so many, and where the stream goes on
    (None: it is the picture of a moment).
    """

    rows: tuple[AlarmRow, ...]
    count: int
    step: int | None


def rows_of(visit: Visit, found: Iterable[ListedAlarm]) -> list[AlarmRow]:
    """The lines of alarms for whoever looks."""
    acts = visit.actor.may(Act.CARE)
    return [AlarmRow(each, acts) for each in found]


def column_of(visit: Visit, connection: sa.Connection, place: int | None = None) -> AlarmColumn:
    """What stands beside the overview's tree, or the same of one place."""
    watcher, step = watcher_of(visit.actor), newest_step(connection)
    found = alarms_in(connection, watcher, AlarmFilters(place=place), count=SHOWN_AT_ONCE)
    count = open_count(connection, watcher, visit.now, place)
    return AlarmColumn(tuple(rows_of(visit, found)), count, step if place is None else None)


def items_after(visit: Visit, connection: sa.Connection, step: int) -> Sequence[StreamItem]:
    """What an open page is told after a step: each alarm that changed, and once, aloud, what is grave and
    new.
    """
    newest = newest_step(connection)
    if newest <= step:
        return ()
    changes = changed_after(connection, watcher_of(visit.actor), step)
    rows = rows_of(visit, (each for each, _ in changes))
    # The last says how far this goes: a page that is cut off in between asks for all of it again.
    items = [StreamItem(step, visit.text_of("alarms/rows.html", "line", row)) for row in rows]
    grave = [
        row
        for row, (each, is_new) in zip(rows, changes, strict=True)
        if is_new and each.life.is_open and each.life.severity is Severity.NOW
    ]
    if grave:
        items.append(StreamItem(step, visit.text_of("alarms/rows.html", "alert", grave), "figures"))
    count = open_count(connection, watcher_of(visit.actor), visit.services.wall())
    return [*items, StreamItem(newest, visit.text_of("alarms/rows.html", "news", count), "figures")]
