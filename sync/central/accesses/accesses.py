"""Reads accesses: pages of them by the gates' time, one by its place in a journal, and the newest stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from sync.central.accesses.core.counting import LATE_AFTER
from sync.central.accesses.core.parsing import Means
from sync.central.accesses.feed import newest_number
from sync.central.accesses.tables import access
from sync.central.places.sight import Sight
from sync.central.tables import chain, site


class AccessKey(NamedTuple):
    """The place of an access among all, by the gates' clocks; `number` decides between two of one moment."""

    at: int
    number: int


@dataclass(frozen=True)
class Access:
    """One access. Times are microseconds since 1970 UTC: `at` by the gate's clock, `received_at` central's.

    `epoch` and `sequence` name it in the journal of `device`. `direction`, `registry`, `waited`
    (milliseconds) and `inside` (people) are None where the gate did not say, `subject` where nobody was
    recognised. `staff` is who opened by name, and `why` the code of their reason, or what they typed.
    """

    number: int
    epoch: bytes
    sequence: int
    at: int
    received_at: int
    site: str
    device: str
    gate: str
    direction: str | None
    outcome: str
    reason: str
    rule: str
    subject: str | None
    means: str
    registry: int | None
    waited: int | None = None
    inside: int | None = None
    staff: str | None = None
    why: str | None = None

    @property
    def key(self) -> AccessKey:
        return AccessKey(self.at, self.number)

    @property
    def lateness(self) -> int:
        """Microseconds from the gate's clock to central's; below zero where the clocks disagree."""
        return self.received_at - self.at

    @property
    def is_late(self) -> bool:
        """Whether it came so late that figures which somebody may have read were corrected."""
        return self.lateness > LATE_AFTER


@dataclass(frozen=True)
class AccessFilters:
    """Which accesses are wanted; what is None or empty asks for nothing. `since` counts, `until` does not."""

    place: int | None = None
    site: str | None = None
    device: str | None = None
    outcome: str | None = None
    reason: str | None = None
    means: str | None = None
    subject: str | None = None
    overrides_only: bool = False
    since: int | None = None
    until: int | None = None


NO_FILTERS = AccessFilters()


def accesses(
    connection: sa.Connection, sight: Sight, filters: AccessFilters = NO_FILTERS, *,
    before: AccessKey | None = None, after: AccessKey | None = None, count: int,
) -> list[Access]:  # fmt: skip
    """The newest `count` accesses, newest first; older than `before`, or else the next ones after `after`."""
    upward = after is not None and before is None
    order = _ASCENDING if upward else _DESCENDING
    conditions = [*_conditions(filters), *_beyond(before, after)]
    if filters.device is not None:
        query = _SELECTED.where(access.c.device == filters.device, sight.of(access.c.site), *conditions)
    else:
        newest = _newest_by_site(
            connection, [sight.of(site.c.id), *_sites(filters)], conditions, order, count
        )
        query = _SELECTED.where(access.c.number.in_(newest))
    rows = _read(connection, query.order_by(*order).limit(count))
    return rows[::-1] if upward else rows


def access_at(
    connection: sa.Connection, sight: Sight, device: str, epoch: bytes, sequence: int
) -> Access | None:
    """The access that event `sequence` of the device's `epoch` tells of; None if there is none in sight."""
    query = _SELECTED.where(
        chain.c.device == device,
        chain.c.epoch == epoch,
        access.c.sequence == sequence,
        sight.of(access.c.site),
    )
    return next(iter(_read(connection, query)), None)


def feed_after(
    connection: sa.Connection, sight: Sight, number: int, count: int, filters: AccessFilters = NO_FILTERS
) -> list[Access]:
    """The next `count` accesses stored after `number`, in the order in which they were stored: each once,
    those that came late too.
    """
    # In every table the site's and the device's index would be taken, and all of their rows be sorted.
    of_site, of_device = access.c.site.concat(""), access.c.device.concat("")
    query = _SELECTED.where(
        access.c.number > number,
        access.c.number <= newest_number(connection),
        sight.of(of_site),
        *_conditions(filters),
        *(of_site.in_(sa.select(site.c.id).where(each)) for each in _sites(filters)),
        *([] if filters.device is None else [of_device == filters.device]),
    )
    return _read(connection, query.order_by(access.c.number).limit(count))


# --- inside --------------------------------------------------------------------------------

_OF_ACCESS = [access.c[name] for name in Access.__dataclass_fields__ if name != "epoch"]
_SELECTED = sa.select(chain.c.epoch, *_OF_ACCESS).join(chain, chain.c.number == access.c.chain)
_DESCENDING = (access.c.at.desc(), access.c.number.desc())
_ASCENDING = (access.c.at, access.c.number)
_Order = tuple[sa.ColumnElement[int], sa.ColumnElement[int]]


def _read(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[Access]:
    return [Access(**row) for row in connection.execute(query).mappings()]


def _newest_by_site(
    connection: sa.Connection,
    sites: Sequence[sa.ColumnElement[bool]],
    conditions: Sequence[sa.ColumnElement[bool]],
    order: _Order,
    count: int,
) -> sa.Select[tuple[int]]:
    """The numbers of the newest accesses of each site, `count` at most: each is a walk along an index,
    where sorting those of many sites would read them all.
    """
    of_one = (
        sa.select(access.c.number)
        .where(access.c.site == site.c.id, *conditions)
        .order_by(*order)
        .limit(count)
        .correlate(site)
    )
    if connection.dialect.name == "postgresql":
        each = of_one.lateral()
        return sa.select(each.c.number).select_from(site.join(each, sa.true())).where(*sites)
    again = access.alias()
    found = sa.select(again.c.number).select_from(site.join(again, again.c.number.in_(of_one)))
    return found.where(*sites)


def _beyond(before: AccessKey | None, after: AccessKey | None) -> Iterator[sa.ColumnElement[bool]]:
    key = sa.tuple_(access.c.at, access.c.number)
    if before is not None:
        yield key < sa.tuple_(*map(sa.literal, before))
    if after is not None:
        yield key > sa.tuple_(*map(sa.literal, after))


def _sites(filters: AccessFilters) -> Iterator[sa.ColumnElement[bool]]:
    """What `filters` asks of the site."""
    if filters.place is not None:
        yield Sight(frozenset({filters.place})).of(site.c.id)
    if filters.site is not None:
        yield site.c.id == filters.site


def _conditions(filters: AccessFilters) -> Iterator[sa.ColumnElement[bool]]:
    """What `filters` asks of the access itself."""
    for name in ("outcome", "reason", "means", "subject"):
        wanted = getattr(filters, name)
        if wanted is not None:
            yield access.c[name] == wanted
    if filters.overrides_only:
        yield access.c.means == Means.STAFF.value
    if filters.since is not None:
        yield access.c.at >= filters.since
    if filters.until is not None:
        yield access.c.at < filters.until
