"""Lists alarms for those who may see them: the gravest first, what nobody cares for before the rest, then by
age.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.alarms.core import TOLD, AlarmKind, AlarmLife, Severity, StepKind
from sync.central.alarms.rows import MANY, AlarmAbout, held_of
from sync.central.alarms.tables import alarm, alarm_step
from sync.central.newer import word_of
from sync.central.places.naming import NAMED_SITES, SITE_NAME
from sync.central.places.sight import Sight
from sync.central.places.tables import place, place_within
from sync.central.tables import chain, device, event, site

_MOST_STEPS = 500
MOST_CHANGED = 100
"""An open page is told of so many alarms at a time: more than it shows."""
NEWS = (StepKind.RAISED, StepKind.AGAIN, StepKind.ESCALATED, StepKind.WOKE)
"""The steps after which somebody is needed anew."""


@dataclass(frozen=True)
class Watcher:
    """Which alarms somebody may see: those in the one sight, and the silent ones only where they may care."""

    see: Sight
    care: Sight

    def condition(self) -> sa.ColumnElement[bool]:
        """The condition for WHERE that an alarm is shown to them. What is of the centre is shown to all."""
        told = alarm.c.kind.in_([kind.value for kind in TOLD])
        return sa.case((told, _lies_in(self.see)), else_=_lies_in(self.care))


def watcher_of(actor: Actor) -> Watcher:
    """What alarms an actor may see."""
    return Watcher(actor.sight(Act.SEE), actor.sight(Act.CARE))


def _lies_in(sight: Sight) -> sa.ColumnElement[bool]:
    of_centre = alarm.c.site.is_(None) & alarm.c.place.is_(None)
    by_place = alarm.c.site.is_(None) & sight.of_place(alarm.c.place)
    return sight.of(alarm.c.site) | by_place | of_centre


@dataclass(frozen=True)
class AlarmFilters:
    """Which alarms are wanted: of a place, a kind, a gate; only those that are open, or only those that are
    not.
    """

    place: int | None = None
    kind: AlarmKind | None = None
    device: str | None = None
    is_open: bool | None = True


@dataclass(frozen=True)
class ListedAlarm:
    """An alarm, where it is, and what that is called."""

    number: int
    kind: AlarmKind
    key: str
    about: AlarmAbout
    life: AlarmLife
    gate: str
    where: str
    zone: str | None

    @property
    def is_many(self) -> bool:
        """Whether it says how many more there are than are shown one by one."""
        return self.key.startswith(MANY)


@dataclass(frozen=True)
class AlarmStep:
    """What was done, or became, of an alarm; `by` is empty where the centre did it."""

    number: int
    what: StepKind
    at: int
    by: str
    why: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EvidenceLink:
    """An event that shows it: its device, epoch and number, and its kind; None where that is of another
    history of the journal now.
    """

    device: str
    epoch: bytes
    sequence: int
    kind: str | None
    at: int | None


def alarms_in(
    connection: sa.Connection,
    watcher: Watcher,
    filters: AlarmFilters | None = None,
    *,
    after: int = 0,
    count: int = 100,
) -> list[ListedAlarm]:
    """`count` alarms in sight, without the first `after`: the open ones by what is most needed, others the
    newest first.
    """
    wanted = filters or AlarmFilters()
    query = _LISTED.where(watcher.condition(), *_conditions(wanted))
    order = _BY_NEED if wanted.is_open else (alarm.c.number.desc(),)
    rows = connection.execute(query.order_by(*order).offset(after).limit(count))
    return [_listed(row) for row in rows]


def alarm_at(connection: sa.Connection, watcher: Watcher, number: int) -> ListedAlarm | None:
    """One alarm; None where there is none in sight."""
    row = connection.execute(_LISTED.where(watcher.condition(), alarm.c.number == number)).one_or_none()
    return None if row is None else _listed(row)


def open_about(
    connection: sa.Connection, watcher: Watcher, kinds: Iterable[AlarmKind], key: str
) -> ListedAlarm | None:
    """The open alarm in sight of one of these kinds about one thing, the gravest; None: there is none."""
    keys = [f"{kind.value} {key}" for kind in kinds]
    query = _LISTED.where(watcher.condition(), alarm.c.open_key.in_(keys)).order_by(*_BY_NEED).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _listed(row)


def steps_of(connection: sa.Connection, number: int) -> list[AlarmStep]:
    """What became of an alarm, the oldest first."""
    query = sa.select(alarm_step).where(alarm_step.c.alarm == number).order_by(alarm_step.c.number)
    return [_step(row) for row in connection.execute(query.limit(_MOST_STEPS))]


def evidence_of(
    connection: sa.Connection, listed: ListedAlarm, sight: Sight
) -> tuple[list[EvidenceLink], int]:
    """The events in sight that show an alarm, the newest first; and how many are of sites out of sight."""
    found, hidden = list[EvidenceLink](), 0
    for number, sequence in listed.life.evidence:
        query = (
            sa.select(chain.c.device, chain.c.epoch, event.c.kind, event.c.at, sight.of(device.c.site))
            .outerjoin(event, (event.c.chain == chain.c.number) & (event.c.sequence == sequence))
            .join(device, device.c.id == chain.c.device)
            .where(chain.c.number == number)
        )
        for name, epoch, kind, at, is_seen in connection.execute(query):
            if is_seen:
                found.append(EvidenceLink(name, epoch, sequence, kind, at))
            else:
                hidden += 1
    return found, hidden


def values_in(
    connection: sa.Connection, sight: Sight, values: Mapping[str, str | int]
) -> dict[str, str | int]:
    """The figures of an alarm for who has this sight: without a site (`other`) that is out of it."""
    other = values.get("other")
    is_hidden = other is not None and not sight.has_site(connection, str(other))
    return {name: value for name, value in values.items() if name != "other" or not is_hidden}


def open_count(connection: sa.Connection, watcher: Watcher, now: int, place: int | None = None) -> int:
    """How many alarms in sight, or of one place there, are open and not put off."""
    those = _conditions(AlarmFilters(place=place))
    query = sa.select(sa.func.count()).select_from(alarm)
    return connection.execute(query.where(watcher.condition(), _awake(now), *those)).scalar_one()


def uncared_count(connection: sa.Connection, watcher: Watcher, now: int) -> int:
    """How many alarms in sight need somebody now, and nobody has."""
    urgent = alarm.c.severity == Severity.NOW.value, _IS_CARED_FOR == 0
    query = sa.select(sa.func.count()).select_from(alarm)
    return connection.execute(query.where(watcher.condition(), _awake(now), *urgent)).scalar_one()


def open_by_where(
    connection: sa.Connection, watcher: Watcher, now: int
) -> tuple[dict[str, int], dict[int, int]]:
    """How many alarms in sight are open and not put off: of each site, and of each place that is of none."""
    query = (
        sa.select(alarm.c.site, alarm.c.place, sa.func.count())
        .where(watcher.condition(), _awake(now))
        .group_by(alarm.c.site, alarm.c.place)
    )
    sites, places = dict[str, int](), dict[int, int]()
    for site_id, number, times in connection.execute(query):
        if site_id is not None:
            sites[site_id] = sites.get(site_id, 0) + times
        elif number is not None:
            places[number] = times
    return sites, places


def newest_step(connection: sa.Connection) -> int:
    """The number of the last step of all alarms."""
    query = sa.select(sa.func.coalesce(sa.func.max(alarm_step.c.number), 0))
    return int(connection.execute(query).scalar_one())


def changed_after(connection: sa.Connection, watcher: Watcher, step: int) -> list[tuple[ListedAlarm, bool]]:
    """The alarms that changed after a step, the most needed last; and whether each was raised, or is graver,
    since.
    """
    news = sa.func.max(sa.case((alarm_step.c.what.in_([kind.value for kind in NEWS]), 1), else_=0))
    told = dict(
        connection.execute(
            sa.select(alarm_step.c.alarm, news)
            .where(alarm_step.c.number > step)
            .group_by(alarm_step.c.alarm)
            .order_by(sa.func.max(alarm_step.c.number).desc())
            .limit(MOST_CHANGED)
        ).all()
    )
    query = _LISTED.where(watcher.condition(), alarm.c.number.in_(told))
    rows = connection.execute(query.order_by(*(each.desc() for each in _BY_NEED))).all()
    return [(_listed(row), bool(told[row.number])) for row in rows]


# --- inside --------------------------------------------------------------------------------

_IS_CARED_FOR = sa.case(
    (alarm.c.snoozed_until.is_not(None), 2),
    (alarm.c.taken_at.is_not(None) | alarm.c.sent_at.is_not(None), 1),
    else_=0,
)
_BY_NEED: tuple[sa.ColumnElement[int], ...] = (
    alarm.c.severity,
    _IS_CARED_FOR,
    alarm.c.first_at,
    alarm.c.number,
)
_OF_PLACE = place.alias("of_place")
_LISTED = sa.select(
    alarm,
    device.c.gate,
    SITE_NAME.label("site_name"),
    site.c.time_zone,
    _OF_PLACE.c.name.label("place_name"),
).select_from(
    alarm.outerjoin(device, device.c.id == alarm.c.device)
    .outerjoin(NAMED_SITES, site.c.id == alarm.c.site)
    .outerjoin(_OF_PLACE, _OF_PLACE.c.number == alarm.c.place)
)


def _awake(now: int) -> sa.ColumnElement[bool]:
    is_put_off = alarm.c.snoozed_until.is_not(None) & (alarm.c.snoozed_until > now)
    return alarm.c.open_key.is_not(None) & ~is_put_off


def _conditions(wanted: AlarmFilters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.is_open is not None:
        found.append(alarm.c.open_key.is_not(None) if wanted.is_open else alarm.c.open_key.is_(None))
    if wanted.kind is not None:
        found.append(alarm.c.kind == wanted.kind.value)
    if wanted.device is not None:
        found.append(alarm.c.device == wanted.device)
    if wanted.place is not None:
        within = sa.select(place_within.c.place).where(place_within.c.ancestor == wanted.place)
        sites = sa.select(site.c.id).where(site.c.place.in_(within))
        found.append(alarm.c.site.in_(sites) | alarm.c.place.in_(within))
    return found


def _listed(row: sa.Row[Any]) -> ListedAlarm:
    held = held_of(row)
    where = row.site_name or row.place_name or held.about.site or ""
    return ListedAlarm(
        held.number, held.kind, held.key, held.about, held.life, row.gate or "", where, row.time_zone
    )


def _step(row: sa.Row[Any]) -> AlarmStep:
    values = row._mapping["values"]  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    return AlarmStep(row.number, word_of(StepKind, row.what), row.at, row.by, row.why, values)
