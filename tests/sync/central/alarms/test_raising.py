"""Cues are taken in the transaction of who saw them, bounded, and wait for the loop."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.raising import end_cue, raise_cue
from sync.central.alarms.tables import alarm_cue
from sync.central.store import Store
from sync.central.units import SECOND
from tests.sync.wire.examples import AT, DEVICE

FORCED = Cue(AlarmKind.BARRIER_FORCED, "green-court", DEVICE, DEVICE, AT, evidence=((1, 7),))


def test_a_cue_and_its_end_wait_with_what_they_say(store: Store) -> None:
    with store.writing() as connection:
        raise_cue(connection, FORCED, AT + SECOND)
        end_cue(connection, AlarmKind.BARRIER_FORCED, DEVICE, AT + 2 * SECOND, AT + 3 * SECOND)
        cue, end = connection.execute(sa.select(alarm_cue).order_by(alarm_cue.c.number)).all()
    assert (cue.kind, cue.key, cue.site, cue.device) == ("barrier_forced", DEVICE, "green-court", DEVICE)
    assert (cue.at, cue.received_at, cue.severity, cue.evidence) == (AT, AT + SECOND, 1, [[1, 7]])
    assert (end.kind, end.key, end.at, end.is_end, cue.is_end) == (
        cue.kind,
        cue.key,
        AT + 2 * SECOND,
        True,
        False,
    )


def test_what_a_gate_says_is_bounded_whatever_it_says(store: Store) -> None:
    vast = Cue(
        AlarmKind.FAULT_REPORTED,
        "green-court",
        "d\0" + "x" * 500,
        "k" * 5000,
        2**80,
        "s\0" * 500,
        evidence=tuple((1, number) for number in range(1000)),
        values={f"{number}\0" + "n" * 100: 2**90 if number % 2 else "\0" + "v" * 999 for number in range(99)},
        times=2**90,
    )
    with store.writing() as connection:
        raise_cue(connection, vast, AT)
        held = connection.execute(sa.select(alarm_cue)).one()
    assert len(held.key) == 128
    assert "\0" not in held.device + held.subject + str(held.values)
    assert (len(held.evidence), len(held.values)) == (8, 12)
    assert all(len(name) <= 32 and len(str(value)) <= 128 for name, value in held.values.items())
    assert (held.at, held.until, held.times) == (AT, AT, 2**31)  # nothing is of tomorrow
