"""Follows the accesses for what several of them together say: each is looked at once, in the order of the
feed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.central.accesses.core import AN_HOUR, GRANTED, AccessFigure, begin_of
from sync.central.accesses.feed import newest_number
from sync.central.accesses.tables import access, access_count
from sync.central.alarms.core import (
    AlarmKind,
    Cue,
    Denial,
    denied_at_several,
    is_of_key_area,
    is_unusual,
    key_of_person,
    named_by,
    stretches,
)
from sync.central.alarms.rules import RulesInForce
from sync.central.alarms.tables import alarm_mark
from sync.central.people.columns import groups_in
from sync.central.people.identity import known_at
from sync.central.store import insert_unless_there
from sync.central.tables import chain as chains
from sync.central.tables import subject
from sync.central.units import DAY, HOUR, SECOND

AT_ONCE = 2000
"""So many accesses are looked at in one round."""
_MARK = "accesses"
_USUAL_DAYS = 7
_MOST_DENIALS = 200
_Row = sa.Row[Any]


def has_new(connection: sa.Connection) -> bool:
    """Whether there are accesses that nobody looked at."""
    return newest_number(connection) > _followed(connection)


@dataclass(frozen=True)
class Followed:
    """The cues in accesses from number `since` to `until`, and whether there are more accesses."""

    cues: tuple[Cue, ...]
    since: int
    until: int
    has_more: bool


def seen_in_accesses(connection: sa.Connection) -> Followed:
    """The cues in the accesses that are new. Who takes them says so by `follow`."""
    since, newest = _followed(connection), newest_number(connection)
    grounds = RulesInForce(connection)
    query = (
        sa.select(access)
        .where(access.c.number > since, access.c.number <= newest)
        .order_by(access.c.number)
        .limit(AT_ONCE)
    )
    rows = connection.execute(query).all()
    cues = (
        *_denied_at_several(connection, grounds, rows),
        *_of_key_areas(connection, grounds, rows),
        *_by_hand(connection, grounds, rows),
    )
    is_full = len(rows) == AT_ONCE
    return Followed(cues, since, rows[-1].number if is_full else max(since, newest), is_full)


def follow(connection: sa.Connection, seen: Followed, now: int) -> bool:
    """Note how far the accesses are followed; returns False where another process did that already."""
    first = {"name": _MARK, "number": 0, "at": now}
    connection.execute(insert_unless_there(connection, alarm_mark).values(first))
    those = (alarm_mark.c.name == _MARK) & (alarm_mark.c.number == seen.since)
    moved = connection.execute(sa.update(alarm_mark).where(those).values(number=seen.until, at=now))
    return moved.rowcount == 1


# --- inside --------------------------------------------------------------------------------


def _followed(connection: sa.Connection) -> int:
    query = sa.select(alarm_mark.c.number).where(alarm_mark.c.name == _MARK)
    return connection.execute(query).scalar() or 0


def _denied_at_several(
    connection: sa.Connection, grounds: RulesInForce, rows: Iterable[_Row]
) -> Iterator[Cue]:
    """People who were denied at several gates in a time, of all the sites at which they are known."""
    denied = [row for row in rows if row.outcome == "deny" and row.subject]
    known = known_at(connection, {(row.site, row.subject) for row in denied})
    by_person = defaultdict[tuple[frozenset[str], str], dict[int, str]](dict)
    for row in denied:
        by_person[known[row.site, row.subject], row.subject][row.at] = row.site
    # What a gate tells late may be of a whole day: each time that somebody tried is looked at.
    tried = (
        (sites, person, begin, end, times[end])
        for (sites, person), times in by_person.items()
        for begin, end in stretches(times, _within(grounds, times[max(times)], max(times)))
    )
    for sites, person, begin, end, site in tried:
        settings = grounds.rule(AlarmKind.DENIED_AT_SEVERAL, (site, None), end).settings
        within = settings.within * SECOND
        query = (
            sa.select(access.c.at, access.c.device, access.c.chain, access.c.sequence, access.c.site)
            .where(
                access.c.site.in_(sites),
                access.c.subject == person,
                access.c.outcome == "deny",
                access.c.at.between(begin - within, end + within),
            )
            .order_by(access.c.at.desc())
            .limit(_MOST_DENIALS)
        )
        where = {Denial(*row[:4]): row.site for row in connection.execute(query)}
        # An alarm lies at one site: whoever looks after another is told, and sent, by one of its own.
        most: dict[str, tuple[Denial, ...]] = {}
        for found in denied_at_several(where, within, settings.threshold):
            here = where[found[0]]
            if found[0].at >= begin and len(found) >= len(most.get(here, ())):
                most[here] = found
        for here, found in most.items():
            evidence = tuple((each.chain, each.sequence) for each in found)
            last, figures = found[0], {"gates": len(found)}
            key = key_of_person(here, person)
            yield Cue(AlarmKind.DENIED_AT_SEVERAL, here, last.device, key, last.at, person, evidence, figures)


def _within(grounds: RulesInForce, site: str, at: int) -> int:
    return grounds.rule(AlarmKind.DENIED_AT_SEVERAL, (site, None), at).settings.within * SECOND


def _of_key_areas(connection: sa.Connection, grounds: RulesInForce, rows: Iterable[_Row]) -> Iterator[Cue]:
    by_site = defaultdict[str, dict[str, _Row]](dict)
    for row in rows:
        if row.subject:
            by_site[row.site][row.subject] = row
    for site, seen in by_site.items():
        last = max(row.at for row in seen.values())
        settings = grounds.rule(AlarmKind.KEY_AREA_PERSON, (site, None), last).settings
        if not named_by(settings):
            continue
        known = sa.select(subject.c.id, subject.c.address, subject.c.groups)
        for person in connection.execute(known.where(subject.c.site == site, subject.c.id.in_(seen))):
            if is_of_key_area(person.address, groups_in(person.groups), site, settings):
                row = seen[person.id]
                evidence = ((row.chain, row.sequence),)
                key = key_of_person(site, person.id)
                yield Cue(AlarmKind.KEY_AREA_PERSON, site, row.device, key, row.at, person.id, evidence)


def _by_hand(connection: sa.Connection, grounds: RulesInForce, rows: Sequence[_Row]) -> Iterator[Cue]:
    """Gates that were opened by hand unusually often in an hour: the first cue counts all of that hour, each
    after it what is new.
    """
    opened = defaultdict[tuple[str, int], list[_Row]](list)
    for row in rows:
        if row.means == "staff" and row.outcome == GRANTED:
            opened[row.device, begin_of(row.at, AN_HOUR)].append(row)
    for (device, begin), new in opened.items():
        row = new[-1]
        settings = grounds.rule(AlarmKind.OVERRIDE_RATE, (row.site, None), row.at).settings
        times = _openings(connection, device, [begin - day * DAY for day in range(_USUAL_DAYS + 1)])
        usual = sum(count for hour, count in times.items() if hour != begin) / _USUAL_DAYS
        so_far = times.get(begin, 0) - _not_seen_yet(connection, device, begin, rows[-1].number)
        if is_unusual(so_far, usual, settings.threshold):
            was_so = is_unusual(so_far - len(new), usual, settings.threshold)
            figures = {"times": so_far, "usual": round(usual), "hour": begin // HOUR}
            evidence = ((row.chain, row.sequence),)
            yield Cue(
                AlarmKind.OVERRIDE_RATE,
                row.site,
                device,
                device,
                row.at,
                None,
                evidence,
                figures,
                len(new) if was_so else so_far,
            )


def _openings(connection: sa.Connection, device: str, hours: list[int]) -> dict[int, int]:
    """How often a gate was opened by hand in those of some hours in which it was, by all that is stored."""
    query = (
        sa.select(access_count.c.begin, sa.func.sum(access_count.c.times))
        .join(chains, chains.c.number == access_count.c.chain)
        .where(
            chains.c.device == device,
            access_count.c.span == AN_HOUR,
            access_count.c.what == AccessFigure.OVERRIDE.value,
            access_count.c.begin.in_(hours),
        )
        .group_by(access_count.c.begin)
    )
    return {hour: int(count) for hour, count in connection.execute(query).all()}


def _not_seen_yet(connection: sa.Connection, device: str, begin: int, number: int) -> int:
    """How many of the openings in an hour are stored after access `number`: the next looks count them."""
    query = sa.select(sa.func.count()).where(
        access.c.device == device,
        access.c.at >= begin,
        access.c.at < begin + HOUR,
        access.c.means == "staff",
        access.c.outcome == GRANTED,
        access.c.number > number,
    )
    return int(connection.execute(query).scalar_one())
