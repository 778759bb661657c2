"""Visits that begin at a gate: made of what it wrote, in whatever order that comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from edge.decision import (
    Decision,
    Direction,
    Evidence,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Reason,
    Subject,
)
from edge.journal.format import (
    AccessDecided,
    Entry,
    Event,
    GateFaultReported,
    GateFaultSettled,
    VisitorEnded,
    VisitorRegistered,
)
from edge.signing.cose import instant
from sync.central.devices.core.gate_states import StateWhy
from sync.central.devices.gates_now import gate_states
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.people.subjects import put_subject
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.tables import device
from sync.central.units import DAY, HOUR, MINUTE
from sync.central.visits.core.life import VisitState
from sync.central.visits.visits import KeptVisit, visits_between
from sync.wire import batch_of
from tests.sync.central.reported.test_recording import journal
from tests.sync.wire.examples import AT, DEVICE

WHO = "visitor:3f9c0102030405ab"
SOON = instant(AT + HOUR)


def registered(**changed: Any) -> VisitorRegistered:
    fields: dict[str, Any] = {
        "staff": "wang",
        "visitor": WHO,
        "host": "ann",
        "until": SOON,
        "uses": 1,
        "means": "code",
    }
    return VisitorRegistered(**(fields | changed))


def passes(way: Direction) -> AccessDecided:
    code = PassEvidence(PassVerdict.GENUINE, kind=PassKind.VISITOR, subject_id=WHO, once=True, uses=1)
    granted = Decision(Outcome.GRANT, Reason.CODE_ACCEPTED, "gates.main.mode", subject_id=WHO)
    return AccessDecided(granted, Evidence(way, code=code), Mode.CODE, 3, "camera")


def store_each(store: Store, entries: Iterable[Entry]) -> None:
    """Each in a batch of its own, as they come."""
    for entry in entries:
        with store.writing() as connection:
            store_batch(connection, DEVICE, batch_of([entry], entry.sequence - 1), AT, FOLLOWERS)


def visits(store: Store, now: int) -> list[KeptVisit]:
    with store.reading() as connection:
        return visits_between(connection, EVERYWHERE, AT - DAY, AT + 30 * DAY, now)


@pytest.mark.parametrize(
    ("after", "now", "state"),
    [
        ((), 10 * MINUTE, VisitState.INVITED),
        ((), 2 * HOUR, VisitState.NO_SHOW),
        ((passes(Direction.ENTRY),), 10 * MINUTE, VisitState.ARRIVED),
        ((passes(Direction.ENTRY),), 2 * HOUR, VisitState.OVERSTAYED),
        ((passes(Direction.ENTRY), passes(Direction.EXIT)), 2 * HOUR, VisitState.LEFT),
        ((VisitorEnded("wang", WHO, "revoked"),), 10 * MINUTE, VisitState.CANCELLED),
    ],
)
def test_a_visitor_of_a_gate_is_a_visit_like_any(
    store: Store, after: tuple[Event, ...], now: int, state: VisitState
) -> None:
    with store.writing() as connection:
        site = connection.execute(sa.select(device.c.site).where(device.c.id == DEVICE)).scalar_one()
        put_subject(connection, site, Subject("ann"), AT)
    entries = journal(registered(), *after)
    for order in permutations(entries):
        store_each(store, order)
    [found] = visits(store, AT + now)
    assert found.life.state is state
    assert (found.subject, found.name, found.host, found.made_by) == (WHO, "", "ann", f"wang @ {DEVICE}")
    assert found.until == AT + HOUR


def test_a_right_that_was_ended_is_ended_though_its_begin_comes_later(store: Store) -> None:
    begin, end = journal(registered(), VisitorEnded("wang", WHO, "not_kept"))
    store_each(store, [end])
    store_each(store, [begin])
    [found] = visits(store, AT + 10 * MINUTE)
    assert found.life.state is VisitState.CANCELLED


@pytest.mark.parametrize(
    "changed",
    [
        {"visitor": "ann"},
        {"visitor": "visitor:" + "x" * 100},
        {"until": instant(AT - HOUR)},
        {"until": instant(AT) + timedelta(days=400)},
    ],
)
def test_what_can_be_no_visit_makes_none(store: Store, changed: dict[str, Any]) -> None:
    store_each(store, journal(registered(**changed)))
    assert visits(store, AT) == []


def test_a_host_whom_nobody_knows_is_not_named(store: Store) -> None:
    """They were erased since, or never were: a journal that comes late brings nobody back."""
    store_each(store, journal(registered(host="long-gone")))
    [found] = visits(store, AT)
    assert found.host is None


def test_a_fault_that_staff_reported_is_shown_until_they_settle_it(store: Store) -> None:
    entries = journal(GateFaultReported("wang", "camera", "dirty"), GateFaultSettled("wang", 1, "wiped"))

    def faults(now: int) -> list[str]:
        with store.reading() as connection:
            reasons = gate_states(connection, now)[DEVICE].reasons
        return [each.detail for each in reasons if each.why is StateWhy.STAFF_FAULT]

    store_each(store, entries[:1])
    assert faults(AT + 5 * MINUTE) == ["camera"]
    store_each(store, entries[1:])
    assert faults(AT + 5 * MINUTE) == []
