"""What a gate decided, by spans of time: the lanes of its page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.accesses.core import GRANTED, AccessMeans
from sync.central.accesses.tables import access
from sync.central.places.sight import Sight


@dataclass(frozen=True)
class AccessSpan:
    """How many accesses began in one span of time (`begin` in microseconds), with one `outcome`; `by_hand`:
    those that staff opened.
    """

    begin: int
    outcome: str
    by_hand: bool
    count: int


@dataclass(frozen=True)
class VersionSpan:
    """Under which `version` of the registry a gate decided, from its `first` access to its `last`."""

    version: int
    first: int
    last: int


def access_spans(
    connection: sa.Connection, sight: Sight, device: str, since: int, step: int
) -> list[AccessSpan]:
    """A device's accesses since then, counted by spans of `step` microseconds. The database counts them: of
    a busy gate there are tens of thousands a day.
    """
    begin = access.c.at - access.c.at % step
    by_hand = (access.c.means == AccessMeans.STAFF.value) & (access.c.outcome == GRANTED)
    query = (
        sa.select(begin, access.c.outcome, by_hand, sa.func.count())
        .where(access.c.device == device, access.c.at >= since, sight.of(access.c.site))
        .group_by(begin, access.c.outcome, by_hand)
        .order_by(begin, access.c.outcome, by_hand)
    )
    return [AccessSpan(*row) for row in connection.execute(query)]


def version_spans(connection: sa.Connection, sight: Sight, device: str, since: int) -> list[VersionSpan]:
    """The versions that a device decided by since then, the oldest first."""
    query = (
        sa.select(access.c.registry, sa.func.min(access.c.at), sa.func.max(access.c.at))
        .where(
            access.c.device == device,
            access.c.at >= since,
            access.c.registry.is_not(None),
            sight.of(access.c.site),
        )
        .group_by(access.c.registry)
        .order_by(access.c.registry)
    )
    return [VersionSpan(*row) for row in connection.execute(query)]
