"""What gates' journals tell becomes cues: few rows for many events, whatever the gate's clock says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from edge.decision import ClockTrust, Direction
from edge.journal.format import (
    START,
    Event,
    GateFaultReported,
    LaneClosed,
    LaneDuress,
    LaneEvent,
    LaneForced,
    LaneHeldTooLong,
    LaneIntrusion,
    LaneOpened,
    LaneOverrideAbuse,
    LaneRepeated,
    LaneTamper,
    StaffDuress,
    told,
)
from edge.journal.format.chain import link
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.core.telling import cues_of
from sync.central.alarms.digesting import digest
from sync.central.alarms.tables import alarm, alarm_cue, alarm_step
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.store import Store
from sync.central.units import DAY
from sync.wire import batch_of
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.wire.examples import AT, DEVICE, EPOCH

FORCED = AlarmKind.BARRIER_FORCED


@pytest.mark.parametrize(
    ("event", "kind", "key", "times"),
    [
        (LaneForced(), FORCED, DEVICE, 1),
        (LaneIntrusion(Direction.ENTRY, "counted"), FORCED, DEVICE, 1),
        (LaneHeldTooLong("beam_1"), AlarmKind.BARRIER_HELD, DEVICE, 1),
        (LaneTamper(), AlarmKind.TAMPERED, DEVICE, 1),
        (LaneDuress("wang"), AlarmKind.DURESS, DEVICE, 1),
        (StaffDuress("wang"), AlarmKind.DURESS, DEVICE, 1),
        (LaneOverrideAbuse(9, "wang"), AlarmKind.OVERRIDE_RATE, DEVICE, 1),
        (GateFaultReported("wang", "camera"), AlarmKind.FAULT_REPORTED, f"{DEVICE} camera", 1),
        (LaneRepeated(LaneEvent.FORCED, 7000), FORCED, DEVICE, 7000),
    ],
)
def test_an_event_is_a_cue(event: Event, kind: AlarmKind, key: str, times: int) -> None:
    [cue] = cues_of("green-court", DEVICE, 5, journal([event]), AT)
    assert (cue.kind, cue.key, cue.times, cue.evidence) == (kind, key, times, ((5, 1),))


@pytest.mark.parametrize("event", [LaneClosed(), LaneOpened("grant", "r"), LaneRepeated(LaneEvent.CLOSED, 4)])
def test_what_happens_all_day_is_none(event: Event) -> None:
    assert cues_of("green-court", DEVICE, 5, journal([event]), AT) == ()


def test_a_batch_of_one_broken_beam_is_one_row_that_counts(store: Store) -> None:
    sent(store, journal([LaneForced(), LaneClosed()] * 25))
    with store.reading() as connection:
        [row] = connection.execute(sa.select(alarm_cue)).all()
    assert (row.times, row.evidence[0], len(row.evidence)) == (25, [1, 49], 8)


@dataclass(frozen=True)
class Clock:
    trust: ClockTrust
    off: int


@pytest.mark.parametrize(
    ("clock", "at"),
    [
        (Clock(ClockTrust.UNTRUSTED, -DAY), AT),
        (Clock(ClockTrust.TRUSTED, DAY), AT),  # nothing is of tomorrow
        (Clock(ClockTrust.TRUSTED, -DAY), AT - DAY),  # it may have been without a link for a day
    ],
)
def test_a_clock_that_is_a_day_off_hides_nothing(store: Store, clock: Clock, at: int) -> None:
    sent(store, [_entry(LaneForced(), at=AT + clock.off, trust=clock.trust)])
    with store.writing() as connection:
        digest(connection, (), AT)
        row = connection.execute(sa.select(alarm)).one()
    assert (row.kind, row.first_at, row.open_key is not None) == (FORCED, at, True)


def _entry(event: Event, **changed: Any) -> Any:
    kind, body = told(event)
    fields: dict[str, Any] = {
        "epoch": EPOCH,
        "gate": "main",
        "sequence": 1,
        "monotonic": 1.0,
        "previous": START,
    }
    return link(kind=kind, body=body, **(fields | changed))


def test_an_alarm_stays_where_its_evidence_is_displaced_and_says_so(store: Store) -> None:
    """Two stores continued one epoch, and the gate's own history comes to hold: somebody did force it."""
    ours = journal([LaneClosed(), LaneForced(), LaneForced()])
    theirs = journal([LaneOpened("override"), LaneClosed(), LaneClosed(), LaneClosed()])
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(ours[1:], 1), AT, FOLLOWERS)
        digest(connection, (), AT)
        store_batch(connection, DEVICE, batch_of(theirs, 0), AT + DAY, FOLLOWERS)
        held = connection.execute(sa.select(alarm)).one()
        steps = connection.execute(sa.select(alarm_step.c.what).order_by(alarm_step.c.number)).scalars().all()
    assert (held.times, held.open_key is not None, steps) == (2, True, ["raised", "displaced"])
