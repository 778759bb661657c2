"""Watches what has a limit: tells the alarms as levels change, and as a limit is expected soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event

import sqlalchemy as sa
import structlog

from edge.counting.core import next_level
from edge.decision import Crowding, OccupancyRule
from edge.errors import words_of
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import end_cue, raise_cue, raise_cues
from sync.central.flow.core import Forecast, Where, WhereKind, certain_level, is_where, levels_over
from sync.central.flow.core import zone as of_zone
from sync.central.flow.forecasts import forecast_of, keep_forecast, settle_forecasts
from sync.central.flow.keeping import tidy
from sync.central.flow.limits import Limits, limits_in, policy_limits
from sync.central.flow.reading import course, inside_now, people_in
from sync.central.flow.tables import flow_level, zone
from sync.central.flow.twice import counted_twice, first_number
from sync.central.newer import word_of
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, insert_unless_there
from sync.central.tables import publication
from sync.central.units import HOUR, MINUTE

EVERY = 2.0
"""Seconds between two looks."""
SOON, NOT_SOON = 30, 40
"""Minutes: a limit that is expected within these is an alarm, and one later than those is none any more."""
_MEMORY = 180 * MINUTE
"""So far back a level is asked for that depends on the one before."""
_ALARMS = {Crowding.WARNED: AlarmKind.LIMIT_WARNED, Crowding.STOPPED: AlarmKind.LIMIT_STOPPED}


@dataclass(frozen=True)
class WatchedLimit:
    """One thing that has a limit now: so many inside, the rule that holds, and what level that is. `made` is
    what is expected; None: nobody asked in this round.
    """

    where: Where
    place: int | None
    inside: int
    rule: OccupancyRule
    level: Crowding
    made: Forecast | None = None

    @property
    def limit(self) -> int:
        """What it is not to reach."""
        return self.rule.stop or self.rule.warn or 0

    def is_soon(self, before: bool) -> bool:
        """Whether the limit is expected soon; as it was `before`, where nobody asked."""
        if self.inside >= self.limit:
            return False
        if self.made is None:
            return before
        return self.made.expected is not None and self.made.expected <= (NOT_SOON if before else SOON)


class FlowLoop:
    """Watches the limits of `store`; `look` does one round. Several processes may: the database decides who
    tells of a change.
    """

    def __init__(self, store: Store, wall: Callable[[], int]) -> None:
        self._store = store
        self._wall = wall
        self._versions: frozenset[tuple[str, int]] | None = None
        self._floors: dict[str, OccupancyRule] = {}
        self._asked_in = self._tidied_in = -1
        self._number: int | None = None
        self._said = ""
        self._log = structlog.get_logger("flow")

    def run(self, stop: Event) -> None:
        """Watch until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(EVERY)

    def look(self) -> bool:
        """One round; returns whether it could be done."""
        try:
            self._look(self._wall())
        except Exception as error:  # noqa: BLE001 - a loop that ended would tell nothing any more
            if (words := words_of(error)) != self._said:
                self._said = words
                self._log.warning("flow_not_watched", error=self._said)
            return False
        self._said = ""
        return True

    # --- inside ----------------------------------------------------------------------------

    def _look(self, now: int) -> None:
        asks = now // MINUTE != self._asked_in
        with self._store.reading() as connection:
            limits = limits_in(connection, EVERYWHERE, self._policies(connection))
            seen = [*_seen(connection, limits, now, forecasts=asks)]
            held = {row.what: row for row in connection.execute(sa.select(flow_level))}
            cues, number = self._twice(connection, now)
        names = {str(each.where) for each in seen}
        changed = [each for each in seen if _has_changed(each, held.get(str(each.where)))]
        gone = [name for name in held if name not in names and is_where(name)]  # else a newer one's to watch
        if changed or gone or asks:
            with self._store.writing() as connection:
                _write(connection, seen, changed, gone, now)
        if self._tidied_in != now // HOUR:
            self._tidied_in = now // HOUR
            tidy(self._store, now)
        if cues:
            with self._store.writing() as connection:
                raise_cues(connection, cues, now)
        self._asked_in, self._number = now // MINUTE, number

    def _twice(self, connection: sa.Connection, now: int) -> tuple[list[Cue], int]:
        """Who is inside two sites at once. Every process looks: a cue that is raised again is the same."""
        number = first_number(connection) if self._number is None else self._number
        return counted_twice(connection, number, now)

    def _policies(self, connection: sa.Connection) -> Mapping[str, OccupancyRule]:
        """The policies' limits, read anew once another version was published."""
        rows = connection.execute(sa.select(publication.c.site, publication.c.version))
        versions = frozenset((row.site, row.version) for row in rows)
        if versions != self._versions:
            self._versions, self._floors = versions, policy_limits(connection, EVERYWHERE)
        return self._floors


def level_now(connection: sa.Connection, where: Where, limits: Limits, inside: int, now: int) -> Crowding:
    """How full it is: a function of what is stored up to now. Where so many inside do not decide it, the
    minutes before do.
    """
    rule = limits.rule(where, now)
    if rule is None:
        return Crowding.ROOM
    certain = certain_level(rule, inside)
    if certain is not None:
        return certain
    line = course(connection, where, now - _MEMORY, now, MINUTE, now)
    points = [
        (limits.rule(where, line.since + minute * MINUTE), people)
        for minute, people in enumerate(line.inside)
    ]
    return levels_over([*points, (rule, inside)])[-1]


# --- inside --------------------------------------------------------------------------------


def _seen(connection: sa.Connection, limits: Limits, now: int, *, forecasts: bool) -> Iterator[WatchedLimit]:
    sites = inside_now(connection, EVERYWHERE, now)
    told = {row.what: word_of(Crowding, row.level) for row in connection.execute(sa.select(flow_level))}
    places = {of_zone(row.number): row.place for row in connection.execute(sa.select(zone))}
    for where in limits.bounded():
        rule = limits.rule(where, now)
        if rule is None:
            continue
        inside = people_in(connection, where, now, sites).inside
        place = int(where.id) if where.kind is WhereKind.PLACE else places.get(where)
        level = level_now(connection, where, limits, inside, now)
        each = WatchedLimit(
            where, place, inside, rule, _with_memory(level, rule, inside, told.get(str(where)))
        )
        if forecasts and inside < each.limit:
            each = replace(each, made=forecast_of(connection, where, inside, each.limit, now))
        yield each


def _with_memory(level: Crowding, rule: OccupancyRule, inside: int, told: Crowding | None) -> Crowding:
    """The level, or the higher one that was told and has not ended: minutes do not show a peak of seconds,
    and a late batch may have taken it away.
    """
    still = Crowding.ROOM if told is None else next_level(told, rule, inside)
    return max(level, still, key=[*Crowding].index)


_Held = sa.Row[str, str, int, bool]


def _has_changed(each: WatchedLimit, held: _Held | None) -> bool:
    if held is None:
        return each.level is not Crowding.ROOM or each.is_soon(before=False)
    level, soon = held.level, bool(held.forecast)
    return bool(each.level.value != level) or each.is_soon(before=soon) != soon


def _write(
    connection: sa.Connection,
    seen: Sequence[WatchedLimit],
    changed: Sequence[WatchedLimit],
    gone: Sequence[str],
    now: int,
) -> None:
    for each in changed:
        _tell(connection, each, now)
    for name in gone:
        _end(connection, name, now)
    settle_forecasts(connection, {str(each.where): each.inside for each in seen}, now)
    for each in seen:
        if each.made is not None:
            keep_forecast(connection, each.where, each.made, now)


def _tell(connection: sa.Connection, each: WatchedLimit, now: int) -> None:
    """Tell the alarms what changed, unless another process did."""
    name = str(each.where)
    first = {"what": name, "level": Crowding.ROOM.value, "since": now, "forecast": False}
    connection.execute(insert_unless_there(connection, flow_level), [first])
    held = connection.execute(_LOCKED, {"of": name}).one()
    before, soon = word_of(Crowding, held.level), each.is_soon(before=held.forecast)
    values = {
        "level": each.level.value,
        "since": held.since if each.level is before else now,
        "forecast": soon,
    }
    connection.execute(sa.update(flow_level).where(flow_level.c.what == name).values(values))
    if each.level is not before:
        _tell_level(connection, each, before, now)
    if soon and not held.forecast:
        raise_cue(connection, _cue(AlarmKind.LIMIT_FORECAST, each, now), now)
    if held.forecast and not soon:
        end_cue(connection, AlarmKind.LIMIT_FORECAST, name, now, now)


def _tell_level(connection: sa.Connection, each: WatchedLimit, before: Crowding, now: int) -> None:
    """A place that is stopped is warned no more: there is one alarm for what it is now."""
    if before in _ALARMS:
        end_cue(connection, _ALARMS[before], str(each.where), now, now)
    if each.level in _ALARMS:
        raise_cue(connection, _cue(_ALARMS[each.level], each, now), now)


def _end(connection: sa.Connection, name: str, now: int) -> None:
    """What has no limit any more is over nothing."""
    if connection.execute(sa.delete(flow_level).where(flow_level.c.what == name)).rowcount:
        for kind in (*_ALARMS.values(), AlarmKind.LIMIT_FORECAST):
            end_cue(connection, kind, name, now, now)


def _cue(kind: AlarmKind, each: WatchedLimit, now: int) -> Cue:
    limit = each.rule.warn if kind is AlarmKind.LIMIT_WARNED else each.limit
    values: dict[str, str | int] = {"inside": each.inside, "limit": limit or 0}
    if kind is AlarmKind.LIMIT_FORECAST and each.made is not None:
        values |= {"minutes": each.made.expected or 0, "earliest": each.made.earliest or 0}
    site = each.where.id if each.where.kind is WhereKind.SITE else None
    return Cue(kind, site, None, str(each.where), now, values=values, place=each.place)


_LOCKED = sa.select(flow_level).where(flow_level.c.what == sa.bindparam("of")).with_for_update()
