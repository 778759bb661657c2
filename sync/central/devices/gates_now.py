"""The state of every gate now, by what is stored of it."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from sync.central.devices.behind import behind_since
from sync.central.devices.core import SILENT_WHYS, GateState, KnownGate, StateReason, StateWhy, gate_state
from sync.central.devices.probes import probe_of
from sync.central.newer import word_of
from sync.central.places.sight import NOWHERE, Sight
from sync.central.reported.receipts import RECEIPT_BOUND, overdue_receipts
from sync.central.reported.tables import gate_condition
from sync.central.tables import chain, device, event, finding, needs_somebody, publication


def gate_states(
    connection: sa.Connection,
    now: int,
    *,
    devices: sa.ColumnElement[bool] | None = None,
    care: Sight = NOWHERE,
    receipt_bound: int = RECEIPT_BOUND,
) -> dict[str, GateState]:
    """The state at `now` (microseconds since 1970 UTC) of each device that is not retired, by its id.

    `devices` is a condition on the table of devices that narrows which: somebody's sight. What is silent is
    left out but at sites in `care`: where who reads it may care for alarms. A gate may take `receipt_bound`
    (microseconds) to confirm a removal.
    """
    known = _known(connection, now, devices, care, receipt_bound)
    return {name: gate_state(item, now) for name, item in known.items()}


def _known(
    connection: sa.Connection, now: int, wanted: sa.ColumnElement[bool] | None, care: Sight, bound: int
) -> dict[str, KnownGate]:
    query = (
        sa.select(device, publication.c.version, behind_since.label("behind_since"))
        .outerjoin(publication, publication.c.site == device.c.site)
        .where(device.c.retired_at.is_(None), sa.true() if wanted is None else wanted)
    )
    findings, gaps = _findings(connection), _gaps(connection)
    probes, conditions = probe_of(connection), _conditions(connection, care)
    overdue = _overdue(connection, now, bound)
    known = {}
    for row in connection.execute(query):
        behind = max(0, (row.version or 0) - (row.registry_version or 0))
        missing, since = gaps.get(row.id, (0, None))
        known[row.id] = KnownGate(
            suspended=row.suspended_at is not None,
            last_seen=row.last_seen,
            reported=tuple((row.health or {}).get("alarms", ())),
            findings=tuple(findings.get(row.id, ())),
            missing=missing,
            missing_since=since,
            behind=behind,
            behind_since=row.behind_since,
            overdue_receipts=len(overdue.get(row.id, ())),
            overdue_since=min(overdue.get(row.id, ()), default=None),
            holds=tuple(conditions.get(row.id, ())),
            probe=probes.get(row.id),
        )
    return known


def _conditions(connection: sa.Connection, care: Sight) -> Mapping[str, list[StateReason]]:
    """What the journal of each device says that holds; what is silent where who reads it may care."""
    found: dict[str, list[StateReason]] = {}
    is_open = gate_condition.c.what.not_in([why.value for why in SILENT_WHYS])
    query = (
        sa.select(gate_condition)
        .join(device, device.c.id == gate_condition.c.device)
        .where(gate_condition.c.holds, is_open | care.of(device.c.site))
    )
    for row in connection.execute(query):
        found.setdefault(row.device, []).append(
            StateReason(word_of(StateWhy, row.what), row.since, row.detail)
        )
    return found


def _overdue(connection: sa.Connection, now: int, bound: int) -> Mapping[str, list[int]]:
    """Since when each device owes which receipts."""
    found: dict[str, list[int]] = {}
    for item in overdue_receipts(connection, now, bound):
        found.setdefault(item.device, []).append(item.since)
    return found


def _findings(connection: sa.Connection) -> Mapping[str, list[tuple[str, int]]]:
    """The open findings of each device: kind and time, oldest first."""
    query = (
        sa.select(chain.c.device, finding.c.kind, finding.c.at)
        .join(chain, chain.c.number == finding.c.chain)
        .where(needs_somebody)
        .order_by(finding.c.number)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.device, []).append((row.kind, row.at))
    return found


def _gaps(connection: sa.Connection) -> Mapping[str, tuple[int, int | None]]:
    """How many events of each device are missing before later ones that are here, and since when."""
    query = (
        sa.select(
            chain.c.device,
            (chain.c.highest - chain.c.prefix - sa.func.count(event.c.sequence)).label("missing"),
            sa.func.min(event.c.received_at).label("since"),
        )
        .join(event, (event.c.chain == chain.c.number) & (event.c.sequence > chain.c.prefix))
        .where(chain.c.highest > chain.c.prefix)
        .group_by(chain.c.number)
    )
    found: dict[str, tuple[int, int | None]] = {}
    for row in connection.execute(query):
        before, since = found.get(row.device, (0, None))
        found[row.device] = (before + row.missing, min(row.since, since or row.since))
    return found
