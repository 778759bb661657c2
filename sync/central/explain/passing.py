"""Says whether a person can pass a site's gates, each way, at any time since the archive began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.decision import ClockTrust, Direction, LastAccess, Situation, Subject, WallTime
from edge.registry.format import BundleRefused
from edge.signing.cose import instant
from sync.central.accesses.finding import find_accesses
from sync.central.explain.core import Passing, passing
from sync.central.history.moved import WantedAccesses
from sync.central.registry.archive import (
    ArchivedVersion,
    MissingVersion,
    subject_in,
    version_at,
    version_issued_by,
)
from sync.central.tables import device


@dataclass(frozen=True)
class CanPass:
    """One way through one gate: what it decides, or what is not kept of its rules.

    `version` is the registry that it went by; `is_certain`: the gate said so itself; else it is
    the one that was out then.
    """

    device: str
    gate: str
    direction: Direction
    version: ArchivedVersion | MissingVersion
    is_certain: bool
    passing: Passing | None


def can_pass(connection: sa.Connection, site: str, subject: str, at: int, now: int) -> tuple[CanPass, ...]:
    """Whether `subject` can pass each gate of `site` at `at` (microseconds since 1970 UTC), as it leads.

    They show their pass and their face, both accepted; there is room inside, and the centre has ordered
    nothing. A gate that never told of an access is asked both ways. Empty: the site has no gate in service.
    """
    last = _last_access(connection, site, subject, at)
    found: list[CanPass] = []
    for row in connection.execute(_DEVICES.where(device.c.site == site)):
        number, is_certain = _version(connection, row, site, at, now)
        version = version_at(connection, site, number or 0)
        for direction in _ways(connection, row.id):
            decided = None
            if not isinstance(version, MissingVersion):
                decided = _decided(connection, version, subject, (row.gate, direction), at, last)
            found.append(CanPass(row.id, row.gate, direction, version, is_certain, decided))
    return tuple(found)


# --- inside --------------------------------------------------------------------------------

_DEVICES = (
    sa.select(device.c.id, device.c.site, device.c.gate, device.c.registry_version)
    .where(device.c.retired_at.is_(None))
    .order_by(device.c.gate, device.c.id)
)


def _decided(
    connection: sa.Connection,
    version: ArchivedVersion,
    identity: str,
    way: tuple[str, Direction],
    at: int,
    last: LastAccess | None,
) -> Passing:
    moment = instant(at)
    situation = Situation(
        version.site,
        way[0],
        WallTime(moment, ClockTrust.TRUSTED),
        moment - version.issued,
        moment >= version.expires,
        last_access=last,
    )
    record = _record(connection, version, identity)
    return passing(version.rules.policy, identity, record, way[1], situation)


def _record(connection: sa.Connection, version: ArchivedVersion, identity: str) -> Subject | None:
    try:
        return subject_in(connection, version.site, version.version, identity)
    except BundleRefused:
        return None


def _version(connection: sa.Connection, gate: Any, site: str, at: int, now: int) -> tuple[int | None, bool]:
    """The version by which a gate decided at `at`, and whether the gate itself said so."""
    if at >= now and gate.registry_version:
        return int(gate.registry_version), True
    of_gate, there = {"device": gate.id}, ("registry",)
    before = find_accesses(connection, None, WantedAccesses(1, of_gate, there=there, until=at + 1))
    after = find_accesses(connection, None, WantedAccesses(1, of_gate, there=there, since=at, order="oldest"))
    if before and after and before[0]["registry"] == after[0]["registry"]:
        return int(before[0]["registry"]), True
    return version_issued_by(connection, site, at), False


def _ways(connection: sa.Connection, device_id: str) -> tuple[Direction, ...]:
    """The way that a gate leads, as its newest access says; both where none does."""
    said = find_accesses(connection, None, WantedAccesses(1, {"device": device_id}, there=("direction",)))
    return (Direction(said[0]["direction"]),) if said else tuple(Direction)


def _last_access(connection: sa.Connection, site: str, subject: str, at: int) -> LastAccess | None:
    """Where the person was let through last before `at`, as far as the journals have arrived."""
    theirs = {"subject": subject, "outcome": "grant"}
    for row in find_accesses(connection, [site], WantedAccesses(1, theirs, there=("direction",), until=at)):
        return LastAccess(Direction(row["direction"]), instant(row["at"]), ClockTrust.TRUSTED, row["gate"])
    return None
