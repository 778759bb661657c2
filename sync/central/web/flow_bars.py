"""Sites, zones and places against their limits now: what the bars of the page Flow say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from edge.counting.core import next_level
from edge.decision import Crowding, OccupancyRule
from sync.central.entry_holds.reaching import ReachingHold, reaching_holds
from sync.central.flow.core import Forecast, Where, WhereKind
from sync.central.flow.core import site as of_site
from sync.central.flow.core import zone as of_zone
from sync.central.flow.forecasts import forecast_of
from sync.central.flow.limits import limits_in, policy_limits
from sync.central.flow.reading import People, inside_now, people_in
from sync.central.flow.tables import flow_level
from sync.central.flow.zones import zones_in
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.places.tree import place_tree
from sync.central.web.flow_scope import FlowScope, scope_of

MOST_FORECASTS = 12
"""So many bars say how soon their limit is expected: those that the watch of the limits said it of."""


@dataclass(frozen=True)
class Bar:
    """One site, zone or place against its limit. `soon`: the limit is expected in so many minutes; None:
    nobody expects it soon.
    """

    where: Where
    name: str
    people: People | None
    rule: OccupancyRule | None
    level: Crowding
    held: bool
    address: str
    soon: int | None = None

    @property
    def warn(self) -> int | None:
        return None if self.rule is None else self.rule.warn

    @property
    def stop(self) -> int | None:
        return None if self.rule is None else self.rule.stop

    @property
    def limit(self) -> int | None:
        return self.stop or self.warn

    @property
    def warn_ends(self) -> int | None:
        """At how many a warning ends."""
        if self.rule is None or self.rule.warn is None:
            return None
        return max(0, self.rule.warn - max(1, self.rule.relief))


class FlowNow:
    """What is read once for a page: who is inside, and what bounds it."""

    def __init__(self, connection: sa.Connection, scope: FlowScope, now: int) -> None:
        self._connection = connection
        self._scope = scope
        self._now = now
        self.sites = inside_now(connection, scope.sight, now)
        self._limits = limits_in(connection, scope.sight, policy_limits(connection, scope.sight))
        self.holds = reaching_holds(connection, now)
        rows = connection.execute(sa.select(flow_level))
        self._levels = {row.what: (word_of(Crowding, row.level), bool(row.forecast)) for row in rows}

    def bars(self) -> tuple[Bar, ...]:
        """The sites, in the order of the street."""
        return self._with_soon(self.bar(of_site(name), called) for name, called in self._scope.sites.items())

    def zones(self) -> tuple[Bar, ...]:
        return tuple(self.bar(of_zone(each.number), each.name) for each in self._scope.zones)

    def whole(self) -> Bar | None:
        """The place or zone that the page is of."""
        within = self._scope.within
        return None if within is None else self.bar(within, self._scope.name)

    def bar(self, where: Where, name: str) -> Bar:
        rule = self._limits.rule(where, self._now)
        people = self._people(where)
        return Bar(
            where,
            name,
            people,
            rule,
            self._level(where, rule, people),
            any(each.reaches(where) for each in self.holds),
            self._scope.address(where),
        )

    def below(self) -> tuple[Bar, ...]:
        """The places next below."""
        return tuple(self.bar(where, name) for where, name in self._scope.below)

    def bounded_places(self) -> tuple[Bar, ...]:
        """The places in sight that have a limit, or whose entries are held."""
        held = {str(each.hold.what) for each in self.holds}
        bounded = {where for where in self._limits.bounded() if where.kind is WhereKind.PLACE}
        return tuple(
            self.bar(where, name)
            for where, name in self._scope.places
            if where in bounded or str(where) in held
        )

    def holds_of(self, bar: Bar) -> list[ReachingHold]:
        """The holds that are in force there, also those of a place or zone that it lies in."""
        return [each for each in self.holds if each.reaches(bar.where)]

    def forecast(self, bar: Bar) -> Forecast | None:
        """When the limit will be reached; None where there is none, or it is."""
        if bar.limit is None or bar.people is None or bar.people.inside >= bar.limit:
            return None
        return forecast_of(self._connection, bar.where, bar.people.inside, bar.limit, self._now)

    # --- inside ----------------------------------------------------------------------------

    def _with_soon(self, bars: Iterable[Bar]) -> tuple[Bar, ...]:
        """The bars, with how soon of those of which the watch told that it will be soon."""
        left, found = MOST_FORECASTS, []
        for bar in bars:
            _, is_soon = self._levels.get(str(bar.where), (Crowding.ROOM, False))
            if is_soon and left:
                left -= 1
                made = self.forecast(bar)
                found.append(replace(bar, soon=None if made is None else made.expected))
            else:
                found.append(bar)
        return tuple(found)

    def _people(self, where: Where) -> People | None:
        """Who is inside; None where nothing was ever counted."""
        if where.kind is WhereKind.SITE and where.id not in self.sites:
            return None
        return people_in(self._connection, where, self._now, self.sites)

    def _level(self, where: Where, rule: OccupancyRule | None, people: People | None) -> Crowding:
        """By the limits that hold now, from the level that was noted last."""
        if rule is None or people is None:
            return Crowding.ROOM
        before, _ = self._levels.get(str(where), (Crowding.ROOM, False))
        return next_level(before, rule, people.inside)


def bars_of(connection: sa.Connection, sight: Sight, now: int) -> tuple[Bar, ...]:
    """Every site and zone in sight against its limit, and the places that have one or whose entries are
    held.
    """
    scope = scope_of(connection, sight, None)
    if scope is None:
        return ()
    known = FlowNow(connection, scope, now)
    return (*known.bars(), *known.zones(), *known.bounded_places())


def crowded_now(connection: sa.Connection, sight: Sight) -> tuple[Crowding, ...]:
    """How full each site, zone and place in sight is that is at or above a limit now."""
    full = sa.select(flow_level.c.what, flow_level.c.level).where(flow_level.c.level != Crowding.ROOM)
    crowded = {row.what: word_of(Crowding, row.level) for row in connection.execute(full)}
    if not crowded:
        return ()
    nodes = place_tree(connection, sight)
    seen = {f"{WhereKind.PLACE}:{node.number}" for node in nodes}
    seen |= {f"{WhereKind.SITE}:{node.site}" for node in nodes if node.site}
    seen |= {str(of_zone(each.number)) for each in zones_in(connection, sight)}
    return tuple(level for what, level in crowded.items() if what in seen)
