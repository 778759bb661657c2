"""Roll-outs and versions as somebody sees them: by the gates in their sight, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sync.central.places.sight import Sight
from sync.central.rollouts.core import GateNow
from sync.central.rollouts.rollouts import Rollout, gates_of, rollout_of, rollouts, whys_of
from sync.central.rollouts.tables import rollout_gate
from sync.central.tables import device, in_service
from sync.updates.core import UpdateCause, cause_of

MOST_LISTED = 100
MOST_GATES = 500
_FAILED = ("refused", "went_back")


@dataclass(frozen=True)
class RolloutInSight:
    """A roll-out, and how many of the gates in sight there are, have the version, and failed by their own
    word. It `is_whole` where all its gates are in sight: of others nothing is told.
    """

    rollout: Rollout
    gates: int
    installed: int
    failed: int
    is_whole: bool


@dataclass(frozen=True)
class GateOfRollout:
    """A gate of a roll-out as it is now, which version it runs, and what it said of how that ended."""

    now: GateNow
    gate: str
    software: str
    why: str

    @property
    def cause(self) -> UpdateCause | None:
        """What that comes to; None: it has no name."""
        return cause_of(self.why)


@dataclass(frozen=True)
class VersionInSight:
    """A version that gates reported ("": they said none), and how many gates at how many sites run it."""

    version: str
    gates: int
    sites: int


@dataclass(frozen=True)
class GateAndVersion:
    """A gate, and the version that it reported with its last word."""

    device: str
    site: str
    gate: str
    last_seen: int | None


def rollouts_in(connection: sa.Connection, sight: Sight) -> list[RolloutInSight]:
    """The newest roll-outs that have a gate in sight."""
    seen = _counts(connection, sight)
    found = [each for each in rollouts(connection) if each.number in seen][:MOST_LISTED]
    return [RolloutInSight(each, *seen[each.number]) for each in found]


def rollout_in(connection: sa.Connection, sight: Sight, number: int) -> RolloutInSight | None:
    """One of them; None where no gate of it is in sight."""
    seen = _counts(connection, sight, rollout_gate.c.rollout == number)
    return RolloutInSight(rollout_of(connection, number), *seen[number]) if number in seen else None


def gates_in(connection: sa.Connection, sight: Sight, number: int, now: int) -> list[GateOfRollout]:
    """The gates of a roll-out that are in sight and in service, by their stages."""
    query = sa.select(device.c.id, device.c.gate, device.c.software)
    held = {row.id: row for row in connection.execute(query.where(in_service, sight.of(device.c.site)))}
    whys: Mapping[str, str] = whys_of(connection, number)
    return [
        GateOfRollout(
            each, held[each.device].gate, held[each.device].software or "", whys.get(each.device, "")
        )
        for each in gates_of(connection, number, now)
        if each.device in held
    ]


def versions_in(connection: sa.Connection, sight: Sight) -> list[VersionInSight]:
    """The versions of the gates in sight and in service, the most frequent first."""
    name = sa.func.coalesce(device.c.software, "")
    gates, sites = sa.func.count().label("gates"), sa.func.count(sa.distinct(device.c.site)).label("sites")
    query = sa.select(name.label("version"), gates, sites).where(in_service, sight.of(device.c.site))
    rows = connection.execute(query.group_by(name).order_by(gates.desc(), name).limit(MOST_LISTED))
    return [VersionInSight(row.version, row.gates, row.sites) for row in rows]


def gates_with(connection: sa.Connection, sight: Sight, version: str) -> list[GateAndVersion]:
    """The gates in sight and in service that run a version, by site; so many at most."""
    query = sa.select(device.c.id, device.c.site, device.c.gate, device.c.last_seen).where(
        in_service, sight.of(device.c.site), sa.func.coalesce(device.c.software, "") == version
    )
    rows = connection.execute(query.order_by(device.c.site, device.c.gate, device.c.id).limit(MOST_GATES))
    return [GateAndVersion(row.id, row.site, row.gate, row.last_seen) for row in rows]


def _counts(
    connection: sa.Connection, sight: Sight, where: sa.ColumnElement[bool] | None = None
) -> dict[int, tuple[int, int, int, bool]]:
    """Of each roll-out: gates in sight, those that have it, those that failed, whether these are all."""
    mine = sight.of(device.c.site)

    def times(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    query = (
        sa.select(
            rollout_gate.c.rollout,
            sa.func.count().label("all"),
            times(mine).label("mine"),
            times(mine & (rollout_gate.c.how == "installed")).label("installed"),
            times(mine & rollout_gate.c.how.in_(_FAILED)).label("failed"),
        )
        .join(device, device.c.id == rollout_gate.c.device)
        .where(sa.true() if where is None else where)
        .group_by(rollout_gate.c.rollout)
    )
    return {
        row.rollout: (int(row.mine), int(row.installed), int(row.failed), row.mine == row.all)
        for row in connection.execute(query)
        if row.mine
    }
