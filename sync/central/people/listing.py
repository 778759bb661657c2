"""Lists the people in somebody's sight: by site and id, filtered, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.consent import ConsentAnswer
from edge.decision import Status
from sync.central.people.columns import groups_in, has_status, in_groups, status_in
from sync.central.people.core import masked_address
from sync.central.people.tables import consent
from sync.central.places.sight import Sight
from sync.central.places.tables import address
from sync.central.tables import subject, template


@dataclass(frozen=True)
class PeopleFilters:
    """Which people are listed; what is None or False does not matter.

    `ends_before` is the end of a right, in microseconds since 1970 UTC; `words` begin an id or an address.
    An address is unknown where its site has address codes, and it is none of them.
    """

    site: str | None = None
    group: str | None = None
    status: Status | None = None
    ends_before: int | None = None
    without_consent: bool = False
    address_unknown: bool = False
    words: str = ""


@dataclass(frozen=True)
class PersonRow:
    """A person in a list, without a name, and without the room."""

    site: str
    id: str
    address: str
    groups: tuple[str, ...]
    status: Status
    valid_until: int | None
    has_face: bool


@dataclass(frozen=True)
class PeoplePage:
    """People in the order of site and id; `after` is where the next page begins, None on the last."""

    people: tuple[PersonRow, ...]
    after: tuple[str, str] | None


_SHOWN = ("site", "id", "address", "groups", "status", "status_since", "status_until", "valid_until")


def people_in(
    connection: sa.Connection,
    sight: Sight,
    filters: PeopleFilters,
    now: int,
    *,
    after: tuple[str, str] | None = None,
    count: int = 50,
) -> PeoplePage:
    """A page of the people in sight, after a site and an id."""
    has_face = sa.exists().where(template.c.site == subject.c.site, template.c.subject == subject.c.id)
    query = sa.select(*(subject.c[name] for name in _SHOWN), has_face.label("has_face")).where(
        sight.of(subject.c.site)
    )
    for condition in _conditions(filters, now):
        query = query.where(condition)
    if after is not None:
        query = query.where(sa.tuple_(subject.c.site, subject.c.id) > sa.tuple_(*map(sa.literal, after)))
    rows = connection.execute(query.order_by(subject.c.site, subject.c.id).limit(count + 1)).all()
    shown = tuple(_row(row, now) for row in rows[:count])
    return PeoplePage(shown, (shown[-1].site, shown[-1].id) if len(rows) > count else None)


def _conditions(filters: PeopleFilters, now: int) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.site is not None:
        found.append(subject.c.site == filters.site)
    if filters.group is not None:
        found.append(in_groups(subject.c.groups, filters.group))
    if filters.status is not None:
        found.append(has_status(subject, filters.status, now))
    if filters.ends_before is not None:
        found.append((subject.c.valid_until >= now) & (subject.c.valid_until < filters.ends_before))
    if filters.without_consent:
        found.append(_is_without_consent())
    if filters.address_unknown:
        found.append(_has_unknown_address())
    if filters.words:
        begins = filters.words.strip()
        by_id = subject.c.id.startswith(begins, autoescape=True)
        found.append(by_id | subject.c.address.startswith(begins, autoescape=True))
    return found


def _row(row: Any, now: int) -> PersonRow:
    return PersonRow(
        row.site,
        row.id,
        masked_address(row.address),
        groups_in(row.groups),
        status_in(row.status, row.status_since, row.status_until, now),
        row.valid_until,
        row.has_face,
    )


def _is_without_consent() -> sa.ColumnElement[bool]:
    """Whether somebody's face is held though their newest answer is not a consent."""
    given = sa.alias(consent)
    newest = (
        sa.select(given.c.answer)
        .where(given.c.site == subject.c.site, given.c.subject == subject.c.id)
        .order_by(given.c.at.desc(), given.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    has_face = sa.exists().where(template.c.site == subject.c.site, template.c.subject == subject.c.id)
    return has_face & (sa.func.coalesce(newest, "") != ConsentAnswer.GIVEN)


def _has_unknown_address() -> sa.ColumnElement[bool]:
    known = sa.exists().where(address.c.site == subject.c.site, address.c.code == subject.c.address)
    has_codes = sa.exists().where(address.c.site == subject.c.site)
    return has_codes & ~known
