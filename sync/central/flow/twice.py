"""Finds who is inside two sites at once, once what they did has had time to arrive."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from edge.journal.format import LanePassed, understood
from sync.central.accesses.feed import newest_number
from sync.central.accesses.tables import access
from sync.central.alarms.core import AlarmKind, Cue, key_of_person
from sync.central.flow.core import Came, Exits, Twice, twice_at, would_tell
from sync.central.flow.parts import JOINED
from sync.central.flow.tables import flow_count
from sync.central.journals.journals import entry_of
from sync.central.people.identity import known_at
from sync.central.tables import chain, device, event, in_service
from sync.central.units import DAY, MINUTE

SETTLED_AFTER = MINUTE
"""So long after a decision has come its passage, and who left meanwhile, have come too."""
_REACH = DAY // 2
"""Somebody who came in longer ago may have left unseen."""
_AT_ONCE = 500
"""Accesses that one look goes through; the next goes on."""
_MOST_OF_ONE = 200
_PASSES_WITHIN = 64
"""Events after a decision within which its person passes."""
_BACK = 5_000
"""Accesses that a process looks at again when it starts."""


def first_number(connection: sa.Connection) -> int:
    """After which access a process that starts begins to look."""
    return max(0, newest_number(connection) - _BACK)


def counted_twice(connection: sa.Connection, number: int, now: int) -> tuple[list[Cue], int]:
    """Who came into a site while inside another, of the accesses stored after `number` that have settled; and
    up to which access that is.
    """
    last = newest_number(connection)
    c = access.c
    rows = connection.execute(
        sa.select(c.number, c.received_at, c.subject, c.direction, c.outcome, *_OF_CAME)
        .where(c.number > number, c.number <= last)
        .order_by(c.number)
        .limit(_AT_ONCE)
    ).all()
    cues: list[Cue] = []
    for row in rows:
        if now - row.received_at < SETTLED_AFTER:
            return cues, number
        number = row.number
        if row.subject and row.direction == "entry" and row.outcome == "grant":
            cues += _cues(connection, row.subject, _came(row))
    return cues, number


# --- inside --------------------------------------------------------------------------------

_OF_CAME = (
    access.c.at,
    access.c.site,
    access.c.direction.label("way"),
    access.c.device,
    access.c.chain,
    access.c.sequence,
)


def _cues(connection: sa.Connection, subject: str, came: Came) -> Iterator[Cue]:
    sites = known_at(connection, [(came.site, subject)])[came.site, subject]
    if len(sites) < 2:
        return
    found = twice_at(came, _of(connection, sites, subject, came.at))
    if found is None or not _is_sure(connection, found):
        return
    inside, _ = found
    evidence = ((came.chain, came.sequence), (inside.chain, inside.sequence))
    values: dict[str, str | int] = {"other": inside.site, "since": inside.at}
    key = key_of_person(came.site, subject)
    yield Cue(AlarmKind.COUNTED_TWICE, came.site, came.device, key, came.at, subject, evidence, values)


def _came(row: sa.Row[*tuple[Any, ...]]) -> Came:
    return Came(row.at, row.site, row.way == "entry", row.device, row.chain, row.sequence)


def _of(connection: sa.Connection, sites: Collection[str], subject: str, until: int) -> list[Came]:
    """Where somebody who is known at these sites was let through, which way, in the time before."""
    c = access.c
    query = (
        sa.select(*_OF_CAME)
        .where(c.site.in_(sites), c.subject == subject, c.outcome == "grant")
        .where(c.at <= until, c.at > until - _REACH, c.direction.is_not(None))
        .order_by(c.at.desc())
        .limit(_MOST_OF_ONE)
    )
    return [_came(row) for row in connection.execute(query)]


def _is_sure(connection: sa.Connection, found: Twice) -> bool:
    """Whether both went through for certain, and the first site would have told if they had left."""
    inside, came = found
    return (
        all(_went_through(connection, each) for each in found)
        and _all_told(connection, inside.site, came.at)
        and would_tell(_exits(connection, inside, came))
    )


def _went_through(connection: sa.Connection, came: Came) -> bool:
    """Whether beams counted the one who was let in."""
    c = event.c
    query = (
        sa.select(event, chain.c.epoch, chain.c.gate)
        .join(chain, chain.c.number == c.chain)
        .where(c.chain == came.chain, c.kind == LanePassed.kind.value)
        .where(c.sequence > came.sequence, c.sequence <= came.sequence + _PASSES_WITHIN)
    )
    for row in connection.execute(query):
        passed = understood(entry_of(row, row.epoch, row.gate))
        if isinstance(passed, LanePassed) and passed.reference == str(came.sequence):
            return passed.counted == "counted"
    return False


def _all_told(connection: sa.Connection, of_site: str, until: int) -> bool:
    """Whether every gate of the site was heard since then and has nothing more to tell."""
    begun = sa.exists().where(chain.c.device == device.c.id, chain.c.highest > chain.c.prefix)
    silent = sa.func.coalesce(device.c.last_seen, 0) < until
    owes = silent | begun | (sa.func.coalesce(device.c.waiting, 0) > 0)
    query = sa.select(sa.literal(1)).where(device.c.site == of_site, in_service, owes).limit(1)
    return connection.execute(query).first() is None


def _exits(connection: sa.Connection, inside: Came, came: Came) -> Exits:
    since, until = inside.at - inside.at % MINUTE, came.at - came.at % MINUTE + MINUTE
    c = flow_count.c
    unsure = sa.func.sum(c.left_estimated + c.unplaced + c.lapses)
    counted = connection.execute(
        sa.select(sa.func.sum(c.left).label("left"), unsure.label("unsure"))
        .select_from(JOINED)
        .where(device.c.site == inside.site, c.begin >= since, c.begin < until)
    ).one()
    named = _named_exits(connection, inside.site, since, until)
    usual = _named_exits(connection, inside.site, until - DAY, until)
    return Exits(int(counted.left or 0), named, int(counted.unsure or 0), usual)


def _named_exits(connection: sa.Connection, of_site: str, since: int, until: int) -> int:
    c = access.c
    query = sa.select(sa.func.count()).where(
        c.site == of_site, c.at >= since, c.at < until,
        c.direction == "exit", c.outcome == "grant", c.subject.is_not(None),
    )  # fmt: skip
    found: int = connection.execute(query).scalar_one()
    return found
