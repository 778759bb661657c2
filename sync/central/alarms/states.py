"""Looks at the states of the gates for what is an alarm, and for what is one no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from sync.central.alarms.core import OF_STATES, AlarmKind, Cue, SeenGate, cues_of_states, deafness
from sync.central.alarms.digesting import open_alarms
from sync.central.alarms.rows import MANY, HeldAlarm
from sync.central.alarms.tables import alarm
from sync.central.alarms.waiting import CauseGone
from sync.central.devices.core import StateWhy
from sync.central.devices.gates_now import gate_states
from sync.central.reported.tables import gate_condition
from sync.central.tables import device, in_service

_CONDITIONS: Mapping[AlarmKind, tuple[str, ...]] = {
    AlarmKind.BARRIER_FORCED: (StateWhy.FORCED.value, StateWhy.INTRUSION.value),
    AlarmKind.BARRIER_HELD: (StateWhy.HELD_TOO_LONG.value,),
    AlarmKind.TAMPERED: (StateWhy.TAMPER.value,),
    AlarmKind.FAULT_REPORTED: (StateWhy.STAFF_FAULT.value,),
}
"""What the gate's journal says that holds, as long as the cause of an alarm is there."""


def seen_now(
    connection: sa.Connection, now: int, receipt_bound: int, of_centre: Iterable[Cue] = ()
) -> list[Cue | CauseGone]:
    """The cues in what is so now, with those of the centre itself, and the ends of what is so no more."""
    states = gate_states(connection, now, devices=in_service, receipt_bound=receipt_bound)
    query = sa.select(device.c.id, device.c.site, device.c.last_seen).where(in_service)
    rows = connection.execute(query.order_by(device.c.id)).all()
    gates = {row.id: SeenGate(row.site, states[row.id], row.last_seen) for row in rows if row.id in states}
    deaf = deafness(gates.values(), now)
    found = cues_of_states(gates, now, deaf=deaf, heard_again_at=_heard_again(connection, now))
    cues = [*of_centre, *found]
    holding = {(cue.kind, cue.key) for cue in cues}
    ended = (
        CauseGone(held.kind, held.key, _gone_at(held, gates, now))
        for held in open_alarms(connection, OF_STATES)
        if (held.kind, held.key) not in holding and not held.key.startswith(MANY) and not held.life.is_over
    )
    return [*cues, *ended, *_ended_at_the_gate(connection)]


# --- inside --------------------------------------------------------------------------------

_DEAF = (
    sa.select(alarm.c.open_key, alarm.c.ended_at)
    .where(alarm.c.kind == AlarmKind.CENTRE_DEAF.value)
    .order_by(alarm.c.number.desc())
    .limit(1)
)


def _gone_at(held: HeldAlarm, gates: Mapping[str, SeenGate], now: int) -> int:
    """Since when the cause of an alarm is gone. A gate was heard after it was dark; where that is the last of
    it, it is dark since then, and the end has to lie before.
    """
    gate = gates.get(held.about.device or "") if held.kind is AlarmKind.GATE_DARK else None
    return now if gate is None or gate.last_seen is None else min(now, gate.last_seen - 1)


def _heard_again(connection: sa.Connection, now: int) -> int | None:
    """Since when the centre hears the gates again, where it was deaf: since now, if it was so until now."""
    last = connection.execute(_DEAF).one_or_none()
    if last is None:
        return None
    return now if last.open_key is not None else int(last.ended_at or now)


def _ended_at_the_gate(connection: sa.Connection) -> Iterator[CauseGone]:
    """The ends of what began in a journal: the gate says that it holds no more."""
    for held in open_alarms(connection, _CONDITIONS):
        if held.about.device is None or held.life.is_over:
            continue
        known = _conditions(connection, held)
        if known and not any(row.holds for row in known):
            yield CauseGone(held.kind, held.key, max(held.life.last_at, *(row.since for row in known)))


def _conditions(connection: sa.Connection, held: HeldAlarm) -> list[sa.Row[tuple[bool, int]]]:
    those = (gate_condition.c.device == held.about.device) & gate_condition.c.what.in_(_CONDITIONS[held.kind])
    if held.kind is AlarmKind.FAULT_REPORTED:
        those &= gate_condition.c.item.in_([str(sequence) for _, sequence in held.life.evidence])
    return [*connection.execute(sa.select(gate_condition.c.holds, gate_condition.c.since).where(those))]
