"""What the pages about accesses share: rows with names of places, people masked, filters of an address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import Query

from edge.decision import Subject, is_visitor
from edge.signing.cose import instant
from edge.support.decoding import Undecodable, json_of
from edge.web.rendering import path
from sync.central.accesses.accesses import Access, AccessFilters
from sync.central.accesses.core import REFUSED
from sync.central.people.core import masked_address, masked_name
from sync.central.places.naming import NAMED_SITES, SITE_NAME
from sync.central.tables import site, subject
from sync.central.web.form_times import begin_of

LONGEST = 128
_DIGITS = 19
Text = Annotated[str, Query(max_length=LONGEST)]


@dataclass(frozen=True)
class AccessRow:
    """An access as a list shows it: with its site's name, and of a person what may be seen without a purpose.

    `person` is "" where nobody was recognised; `is_visitor` tells who has no record.
    """

    access: Access
    site_name: str
    zone: str
    person: str
    is_visitor: bool

    @property
    def address(self) -> str:
        """The address of the access's page."""
        access = self.access
        return f"/accesses/{path(access.device)}/{access.epoch.hex()}/{access.sequence}"

    @property
    def kind(self) -> str:
        """The sign of its outcome."""
        known = {"grant", "deny", "refer", REFUSED}
        return self.access.outcome if self.access.outcome in known else "fault"


def rows_of(connection: sa.Connection, found: Sequence[Access]) -> list[AccessRow]:
    """The rows of accesses."""
    sites = _sites(connection, {each.site for each in found})
    people = _masked(connection, {(each.site, each.subject) for each in found if each.subject})
    return [
        AccessRow(
            each,
            *sites.get(each.site, (each.site, "UTC")),
            people.get((each.site, each.subject or ""), ""),
            each.subject is not None and is_visitor(each.subject),
        )
        for each in found
    ]


def filters_of(
    place: Text = "",
    device: Text = "",
    outcome: Text = "",
    reason: Text = "",
    means: Text = "",
    overrides: bool = False,
) -> AccessFilters:
    """The filters that an address names."""
    return AccessFilters(
        place=int(place) if place.isdecimal() and len(place) < _DIGITS else None,
        device=device or None,
        outcome=outcome or None,
        reason=reason or None,
        means=means or None,
        overrides_only=overrides,
    )


def query_of(filters: AccessFilters) -> str:
    """`filters` as a part of an address, as `filters_of` reads it."""
    named = {
        "place": filters.place,
        "device": filters.device,
        "outcome": filters.outcome,
        "reason": filters.reason,
        "means": filters.means,
        "overrides": "true" if filters.overrides_only else None,
    }
    return urlencode({name: value for name, value in named.items() if value is not None})


def midnight(now: int, zone: ZoneInfo, days: int = 0) -> int:
    """When the day of `now` began in a zone, or that of so many days before."""
    return begin_of(instant(now).astimezone(zone).date() - timedelta(days=days), zone)


# --- inside --------------------------------------------------------------------------------


def _sites(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, tuple[str, str]]:
    query = sa.select(site.c.id, SITE_NAME, site.c.time_zone).select_from(NAMED_SITES)
    rows = connection.execute(query.where(site.c.id.in_([*wanted])))
    return {row.id: (row.name, row.time_zone) for row in rows}


def _masked(connection: sa.Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The first sign of each person's name, and their building."""
    by_site: dict[str, list[str]] = {}
    for of_site, identity in wanted:
        if not is_visitor(identity):
            by_site.setdefault(of_site, []).append(identity)
    if not by_site:
        return {}
    those = (
        (subject.c.site == of_site) & subject.c.id.in_(identities) for of_site, identities in by_site.items()
    )
    rows = connection.execute(sa.select(subject.c.site, subject.c.id, subject.c.record).where(sa.or_(*those)))
    return {(row.site, row.id): _shown(row.record) for row in rows}


def _shown(record: bytes) -> str:
    try:
        known = json_of(record, Subject)
    except Undecodable:
        return "••"
    shown = (masked_name(known.name) or "••", masked_address(known.address) if known.address else "")
    return " · ".join(filter(None, shown))
