"""What is shown of each gate, by what is stored."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accesses.tables import access
from sync.central.devices.core import GateState, StateWhy
from sync.central.devices.gates_now import gate_states
from sync.central.devices.probes import probe_of
from sync.central.home_assistant.core import OUTCOMES, ShownGate
from sync.central.places.tables import place
from sync.central.tables import device, site

_LANES = {
    StateWhy.FIRE: "fire",
    StateWhy.FORCED: "forced",
    StateWhy.BARRIER: "barrier",
    StateWhy.HELD_TOO_LONG: "held_too_long",
    StateWhy.LOCKED: "locked",
}


def shown_gates(connection: sa.Connection, now: int) -> list[ShownGate]:
    """Every gate that is not retired, as it is shown at `now`."""
    states, probes = gate_states(connection, now), probe_of(connection)
    query = (
        sa.select(device, place.c.name.label("place_name"))
        .join(site, site.c.id == device.c.site)
        .outerjoin(place, place.c.number == site.c.place)
        .where(device.c.retired_at.is_(None))
        .order_by(device.c.id)
    )
    found = []
    for row in connection.execute(query).all():
        last = connection.execute(_LAST, {"of_device": row.id}).one_or_none()
        known = last is not None and last.outcome in OUTCOMES
        found.append(
            ShownGate(
                row.id,
                f"{row.place_name or row.site} {row.gate}",
                row.software or "",
                states[row.id].kind.value,
                _lane(states[row.id]),
                probes[row.id].worked_at if row.id in probes else None,
                last.outcome if last is not None and known else None,
                last.at if last is not None and known else None,
                row.registry_since,
            )
        )
    return found


def retired_gates(connection: sa.Connection) -> list[str]:
    """The ids of the devices that are shown no more."""
    query = sa.select(device.c.id).where(device.c.retired_at.is_not(None)).order_by(device.c.id)
    return list(connection.execute(query).scalars())


_LAST = (
    sa.select(access.c.outcome, access.c.at)
    .where(access.c.device == sa.bindparam("of_device"), access.c.outcome.in_(OUTCOMES))
    .order_by(access.c.at.desc(), access.c.number.desc())
    .limit(1)
)


def _lane(state: GateState) -> str:
    told = (_LANES[reason.why] for reason in state.reasons if reason.why in _LANES)
    return next(told, "normal")
