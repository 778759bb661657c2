"""How a silent alarm looks among the accesses to those who may not know of it: as the usual button, as at the
gate itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from edge.lane.machine import Cause
from sync.central.accesses.tables import access
from sync.central.history.moved import Row, WantedAccesses, moved_accesses
from sync.central.places.sight import Sight

SILENT_REASON: Final = Cause.DURESS.value
_USUAL: Final = Cause.OVERRIDE.value


def seen_reason(care: Sight) -> sa.ColumnElement[Any]:
    """An access's reason as those see it who may care for alarms in `care`."""
    if care.everywhere:
        return access.c.reason
    is_hidden = (access.c.reason == SILENT_REASON) & ~care.of(access.c.site)
    return sa.case((is_hidden, _USUAL), else_=access.c.reason).label("reason")


def has_reason(wanted: str, care: Sight) -> sa.ColumnElement[bool]:
    """The condition for WHERE that they see this reason."""
    is_so = access.c.reason == wanted
    if wanted == SILENT_REASON:
        return is_so & care.of(access.c.site)
    if wanted == _USUAL:
        return is_so | ((access.c.reason == SILENT_REASON) & ~care.of(access.c.site))
    return is_so


def moved_as_seen(
    connection: sa.Connection, sites: Sequence[str], wanted: WantedAccesses, care: Sight
) -> Iterator[Row]:
    """Accesses of `sites` that moved into files, as they see them; `wanted.count` at most of those where they
    may care, and of the others.
    """
    told = care.sites_among(connection, sites)
    yield from moved_accesses(connection, [*told], wanted)
    others = [each for each in sites if each not in told]
    for row in moved_accesses(connection, others, _unknowing(wanted)):
        yield row | {"reason": _USUAL if row["reason"] == SILENT_REASON else row["reason"]}


def _unknowing(wanted: WantedAccesses) -> WantedAccesses:
    """What is looked for where the silent reason is none, and looks like the usual one."""
    reason = wanted.equal.get("reason")
    if reason == SILENT_REASON:
        return replace(wanted, count=0)
    if reason != _USUAL:
        return wanted
    equal = {name: value for name, value in wanted.equal.items() if name != "reason"}
    return replace(wanted, equal=equal, among={**wanted.among, "reason": [_USUAL, SILENT_REASON]})
