"""Reads accesses: pages of them by the gates' time, one by its place in a journal, and the newest stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from sync.central.accesses.core import LATE_AFTER, AccessMeans
from sync.central.accesses.feed import newest_number
from sync.central.accesses.silence import has_reason, moved_as_seen, seen_reason
from sync.central.accesses.tables import access
from sync.central.history.events import event_at
from sync.central.history.moved import WantedAccesses, has_moved, moved_accesses
from sync.central.places.sight import NOWHERE, Sight
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


def newest_access(connection: sa.Connection) -> int | None:
    """When the newest access of all was stored (microseconds since 1970 UTC); None: there is none."""
    query = sa.select(access.c.received_at).order_by(access.c.number.desc()).limit(1)
    found: int | None = connection.execute(query).scalar()
    return found


def accesses(
    connection: sa.Connection, sight: Sight, filters: AccessFilters = NO_FILTERS, *,
    before: AccessKey | None = None, after: AccessKey | None = None, count: int, care: Sight = NOWHERE,
) -> list[Access]:  # fmt: skip
    """The newest `count` accesses, newest first; older than `before`, or else the next ones after `after`.
    Outside `care`, where who reads may not care for alarms, a silent one looks usual.
    """
    upward = after is not None and before is None
    order = _ASCENDING if upward else _DESCENDING
    conditions = [*_conditions(filters, care), *_beyond(before, after)]
    if filters.device is not None:
        query = _selected(care).where(access.c.device == filters.device, sight.of(access.c.site), *conditions)
    else:
        newest = _newest_by_site(
            connection, [sight.of(site.c.id), *_sites(filters)], conditions, order, count
        )
        query = _selected(care).where(access.c.number.in_(newest))
    rows = _read(connection, query.order_by(*order).limit(count))
    moved = _moved(connection, sight, filters, before, after, count, care)
    if moved:
        rows = sorted({row.key: row for row in (*moved, *rows)}.values(), key=_key, reverse=not upward)
        del rows[count:]
    return rows[::-1] if upward else rows


def access_at(
    connection: sa.Connection,
    sight: Sight,
    device: str,
    epoch: bytes,
    sequence: int,
    *,
    care: Sight = NOWHERE,
) -> Access | None:
    """The access that event `sequence` of the device's `epoch` tells of; None if there is none in sight."""
    query = _selected(care).where(
        chain.c.device == device,
        chain.c.epoch == epoch,
        access.c.sequence == sequence,
        sight.of(access.c.site),
    )
    found = next(iter(_read(connection, query)), None)
    return found or _moved_at(connection, sight, device, epoch, sequence, care)


def access_site(connection: sa.Connection, chain_number: int, sequence: int, at: int) -> str | None:
    """Where a device was when event `sequence`, of the time `at`, told of an access; None: it did not."""
    here = sa.select(access.c.site).where(access.c.chain == chain_number, access.c.sequence == sequence)
    found: str | None = connection.execute(here).scalar_one_or_none()
    if found is not None:
        return found
    wanted = WantedAccesses(1, {"chain": chain_number, "sequence": sequence}, since=at, until=at + 1)
    return next((row["site"] for row in moved_accesses(connection, None, wanted)), None)


def feed_after(
    connection: sa.Connection, sight: Sight, number: int, count: int, filters: AccessFilters = NO_FILTERS,
    *, care: Sight = NOWHERE,
) -> list[Access]:  # fmt: skip
    """The next `count` accesses stored after `number`, in the order in which they were stored: each once,
    those that came late too.
    """
    # In every table the site's and the device's index would be taken, and all of their rows be sorted.
    of_site, of_device = access.c.site.concat(""), access.c.device.concat("")
    query = _selected(care).where(
        access.c.number > number,
        access.c.number <= newest_number(connection),
        sight.of(of_site),
        *_conditions(filters, care),
        *(of_site.in_(sa.select(site.c.id).where(each)) for each in _sites(filters)),
        *([] if filters.device is None else [of_device == filters.device]),
    )
    return _read(connection, query.order_by(access.c.number).limit(count))


# --- inside --------------------------------------------------------------------------------

_OF_ACCESS = [access.c[name] for name in Access.__dataclass_fields__ if name not in {"epoch", "reason"}]
_DESCENDING = (access.c.at.desc(), access.c.number.desc())
_ASCENDING = (access.c.at, access.c.number)
_Order = tuple[sa.ColumnElement[int], sa.ColumnElement[int]]


def _selected(care: Sight) -> sa.Select[Any]:
    columns = (chain.c.epoch, seen_reason(care), *_OF_ACCESS)
    return sa.select(*columns).join(chain, chain.c.number == access.c.chain)


def _read(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[Access]:
    return [Access(**row) for row in connection.execute(query).mappings()]


def _key(row: Access) -> AccessKey:
    return row.key


def _moved(
    connection: sa.Connection, sight: Sight, filters: AccessFilters,
    before: AccessKey | None, after: AccessKey | None, count: int, care: Sight,
) -> list[Access]:  # fmt: skip
    """Those of a page that moved into files."""
    if not has_moved(connection):
        return []
    seen = sa.select(site.c.id).where(sight.of(site.c.id), *_sites(filters))
    names = ("device", "outcome", "reason", "means", "subject")
    equal = {name: value for name in names if (value := getattr(filters, name)) is not None}
    if filters.overrides_only:
        equal |= {"means": AccessMeans.STAFF.value}
    wanted = WantedAccesses(
        count,
        equal,
        since=filters.since,
        until=filters.until,
        before=before,
        after=after,
        order="oldest" if after is not None and before is None else "newest",
    )
    sites = [*connection.execute(seen).scalars()]
    return _of_rows(connection, [*moved_as_seen(connection, sites, wanted, care)])


def _moved_at(
    connection: sa.Connection, sight: Sight, device: str, epoch: bytes, sequence: int, care: Sight
) -> Access | None:
    if not has_moved(connection):
        return None
    chains = sa.select(chain.c.number).where(chain.c.device == device, chain.c.epoch == epoch)
    number = connection.execute(chains).scalar_one_or_none()
    told = None if number is None else event_at(connection, number, sequence)
    if told is None:
        return None
    seen = [*connection.execute(sa.select(site.c.id).where(sight.of(site.c.id))).scalars()]
    wanted = WantedAccesses(1, {"chain": number, "sequence": sequence}, since=told.at, until=told.at + 1)
    return next(iter(_of_rows(connection, [*moved_as_seen(connection, seen, wanted, care)])), None)


def _of_rows(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> list[Access]:
    query = sa.select(chain.c.number, chain.c.epoch).where(chain.c.number.in_({row["chain"] for row in rows}))
    epochs = {row.number: row.epoch for row in connection.execute(query)} if rows else {}
    names = ["reason", *(column.name for column in _OF_ACCESS)]
    return [Access(epoch=epochs[row["chain"]], **{name: row[name] for name in names}) for row in rows]


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


def _conditions(filters: AccessFilters, care: Sight) -> Iterator[sa.ColumnElement[bool]]:
    """What `filters` asks of the access itself."""
    for name in ("outcome", "means", "subject"):
        wanted = getattr(filters, name)
        if wanted is not None:
            yield access.c[name] == wanted
    if filters.reason is not None:
        yield has_reason(filters.reason, care)
    if filters.overrides_only:
        yield access.c.means == AccessMeans.STAFF.value
    if filters.since is not None:
        yield access.c.at >= filters.since
    if filters.until is not None:
        yield access.c.at < filters.until
