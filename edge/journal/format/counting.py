"""How many people are inside, and who passed the same way twice."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import field

from edge.decision import Crowding, Direction, PassbackKind
from edge.journal.format.kinds import Event, EventKind


class OccupancyChanged(Event, frozen=True):
    """How full the site is now: the `level`, how many are `inside`, the `limit` that this is about (null: it
    was lifted), and the count's `certainty`.
    """

    level: Crowding
    inside: int
    limit: int | None
    certainty: str


class OccupancyWarned(OccupancyChanged, frozen=True):
    """The first limit of people inside is reached (`level`, `inside`, `limit`); `certainty` of the count."""

    kind: ClassVar = EventKind.OCCUPANCY_WARNED


class OccupancyStopped(OccupancyChanged, frozen=True):
    """The second limit is reached: entries are held from here on."""

    kind: ClassVar = EventKind.OCCUPANCY_STOPPED


class OccupancyRelieved(OccupancyChanged, frozen=True):
    """A level ended: `level` is what holds now, `limit` the one that was left (null: it was lifted)."""

    kind: ClassVar = EventKind.OCCUPANCY_RELIEVED


class OccupancyReset(Event, frozen=True):
    """A day of counting ended: `from` and `to` are the days (ISO 8601), `inside` how many were counted."""

    kind: ClassVar = EventKind.OCCUPANCY_RESET
    ended: str = field(name="from")
    begun: str = field(name="to")
    inside: int


class OccupancyCorrected(Event, frozen=True):
    """The count was corrected `by` so many more (or fewer) to `inside`; `why` is `staff` (by whom) or
    `below_zero`.
    """

    kind: ClassVar = EventKind.OCCUPANCY_CORRECTED
    by: int
    why: str
    inside: int
    staff: str = ""


class CountsUnsure(Event, frozen=True):
    """Passages may have gone uncounted, and why."""

    kind: ClassVar = EventKind.COUNTS_UNSURE
    why: str


class CountsRefusedEvent(Event, frozen=True):
    """Another gate's `file` of counts was refused, and why; `besides` it so many more within the minute."""

    kind: ClassVar = EventKind.COUNTS_REFUSED
    file: str
    why: str
    besides: int = 0


class AntiPassback(Event, frozen=True):
    """A `subject` passed the same way again: they went so `before`, at `gate`; `rule` is what the policy does
    about it.
    """

    kind: ClassVar = EventKind.ANTI_PASSBACK
    subject: str
    direction: Direction
    rule: PassbackKind
    before: datetime
    gate: str
