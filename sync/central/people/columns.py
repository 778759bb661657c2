"""What of a subject's record stands in columns of its own, so that lists can be filtered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from edge.decision import Status, StatusRecord, Subject, status_at
from edge.signing.cose import instant, microseconds

_BETWEEN = "\x1f"
NO_STATUS = Status.ABSENT


def columns_of(record: Subject) -> dict[str, Any]:
    """The columns of a record, besides its key and the record itself."""
    status = record.status
    return {
        "address": record.address,
        "groups": f"{_BETWEEN}{_BETWEEN.join(sorted(record.groups))}{_BETWEEN}",
        "status": None if status is None else status.value.value,
        "status_since": None if status is None else microseconds(status.since),
        "status_until": _or_none(None if status is None else status.until),
        "valid_until": _or_none(record.valid_until),
        "isolated_since": _or_none(None if record.isolation is None else record.isolation.since),
        "isolated_until": _or_none(None if record.isolation is None else record.isolation.until),
    }


def groups_in(column: str) -> tuple[str, ...]:
    """The groups that the column `groups` of a row names."""
    return tuple(filter(None, column.split(_BETWEEN)))


def in_groups(column: sa.ColumnElement[str], group: str) -> sa.ColumnElement[bool]:
    """A condition: the groups of a row have this one."""
    return column.contains(f"{_BETWEEN}{group}{_BETWEEN}", autoescape=True)


def status_in(value: str | None, since: int | None, until: int | None, now: int) -> Status:
    """The status of a row at `now`."""
    if value is None or since is None:
        return NO_STATUS
    ends = None if until is None else instant(until)
    return status_at(StatusRecord(Status(value), "", "", "", instant(since), ends), instant(now))


def has_status(table: sa.FromClause, status: Status, now: int) -> sa.ColumnElement[bool]:
    """A condition: a row has this status at `now`, as `status_in` tells it."""
    begun = sa.func.coalesce(table.c.status_since <= now, sa.false())
    is_over = sa.func.coalesce(table.c.status_until <= now, sa.false())
    is_it = sa.func.coalesce(table.c.status == status.value, sa.false())
    if status is Status.EXPIRED:
        return begun & (is_over | is_it)
    if status is NO_STATUS:
        return sa.not_(begun) | (sa.not_(is_over) & is_it)
    return begun & sa.not_(is_over) & is_it


def _or_none(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)
