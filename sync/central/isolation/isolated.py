"""Reads who has to stay at home now, or will have to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.decision import HomeIsolation, Subject
from edge.signing.cose import instant, microseconds
from edge.support.decoding import json_of
from sync.central.isolation.core import How
from sync.central.isolation.tables import home_visit, isolation_exit
from sync.central.people.core import masked_address
from sync.central.places.sight import Sight
from sync.central.tables import subject


@dataclass(frozen=True)
class Isolated:
    """Somebody who has to stay at home: no name, and no room. Times are microseconds since 1970 UTC; `until`
    is None until it is lifted. `out_until` is the end of a declared exception that holds now. `tried` is how
    often they tried to leave since it began; `due_at` when the next home visit is due (None: none is open).
    """

    site: str
    id: str
    address: str
    since: int
    until: int | None
    exceptions: int
    out_until: int | None
    tried: int
    due_at: int | None

    def has_begun(self, now: int) -> bool:
        return self.since <= now


def isolated(
    connection: sa.Connection,
    sight: Sight,
    now: int,
    *,
    after: tuple[str, str] | None = None,
    count: int = 50,
) -> list[Isolated]:
    """Those in sight whose isolation has not ended, by site and id, after a site and an id."""
    query = (
        sa.select(
            subject.c.site,
            subject.c.id,
            subject.c.record,
            subject.c.address,
            subject.c.isolated_since,
            subject.c.isolated_until,
            _TRIED.label("tried"),
            _DUE.label("due_at"),
        )
        .where(holds_after(now), sight.of(subject.c.site))
        .order_by(subject.c.site, subject.c.id)
        .limit(count)
    )
    if after is not None:
        query = query.where(sa.tuple_(subject.c.site, subject.c.id) > sa.tuple_(*map(sa.literal, after)))
    return [_isolated(row, now) for row in connection.execute(query).all()]


def holds_after(now: int) -> sa.ColumnElement[bool]:
    """A condition: an order of a subject's row holds at `now`, or will."""
    until = subject.c.isolated_until
    return subject.c.isolated_since.is_not(None) & (until.is_(None) | (until > now))


# --- inside --------------------------------------------------------------------------------

_exit, _visit = isolation_exit.c, home_visit.c
_OWN_EXITS = (_exit.site == subject.c.site) & (_exit.subject == subject.c.id)
_NOT_OUT = sorted({How.TRIED.value, How.EXCEPTION_REFUSED.value})
_TRIED = (
    sa.select(sa.func.count())
    .select_from(isolation_exit)
    .where(_OWN_EXITS, _exit.at >= subject.c.isolated_since, _exit.how.in_(_NOT_OUT))
    .correlate(subject)
    .scalar_subquery()
)
_DUE = (
    sa.select(sa.func.min(_visit.due_at))
    .where(_visit.site == subject.c.site, _visit.subject == subject.c.id, _visit.ended_at.is_(None))
    .correlate(subject)
    .scalar_subquery()
)


def _isolated(row: Any, now: int) -> Isolated:
    order = json_of(row.record, Subject).isolation or HomeIsolation("", instant(row.isolated_since))
    covers = order.exception_at(instant(now))
    return Isolated(
        row.site,
        row.id,
        masked_address(row.address),
        row.isolated_since,
        row.isolated_until,
        len(order.exceptions),
        None if covers is None else microseconds(covers.until),
        row.tried,
        row.due_at,
    )
