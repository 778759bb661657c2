"""What the gates' journals say of the gates, in whatever order it arrives: on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

from edge.decision import ClockTrust, Decision, Mode, Outcome, PassVerdict, Reason
from edge.journal.format import (
    START,
    CameraStateEvent,
    Entry,
    Event,
    LaneClosed,
    LaneForced,
    LaneHeldTooLong,
    LaneReset,
    ProbeDecided,
    told,
)
from edge.journal.format.chain import link
from edge.signing.cose import Stamp
from sync.central.condition import condition_of
from sync.central.configuration import CentralConfiguration, CentralSection, StoreSection
from sync.central.devices.core.gate_states import (
    PROBE_AGES_AFTER,
    GateStateKind,
    Probe,
    StateReason,
    StateWhy,
)
from sync.central.devices.devices import known_devices, note_health
from sync.central.devices.gates_now import gate_states
from sync.central.devices.probes import probe_of
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.places.sight import Sight
from sync.central.store import Store
from sync.transport.broker import Broker
from sync.wire import DeviceState, Health, Held, batch_of
from tests.sync.wire.examples import AT, DEVICE, EPOCH

MINUTE = 60_000_000
DENIED = Decision(Outcome.DENY, Reason.TEST_CODE, "pass.probe")


def probed(*wrong: str) -> ProbeDecided:
    return ProbeDecided(DENIED, PassVerdict.GENUINE, Mode.FACE_OR_CODE, 3, "streaming", 0.5, wrong)


def journal(*events: Event, epoch: bytes = EPOCH) -> list[Entry]:
    entries: list[Entry] = []
    for sequence, event in enumerate(events, start=1):
        kind, body = told(event)
        previous = entries[-1].hash if entries else START
        at = AT + sequence * MINUTE
        entries.append(
            link(
                epoch=epoch,
                gate="main",
                sequence=sequence,
                at=at,
                trust=ClockTrust.TRUSTED,
                monotonic=1.0,
                kind=kind,
                body=body,
                previous=previous,
            )
        )
    return entries


def store_each(store: Store, entries: Iterable[Entry], now: int = AT) -> None:
    """Each in a batch of its own, as they come."""
    for entry in entries:
        with store.writing() as connection:
            store_batch(connection, DEVICE, batch_of([entry], entry.sequence - 1), now, FOLLOWERS)


def probe(store: Store) -> Probe | None:
    with store.reading() as connection:
        return probe_of(connection).get(DEVICE)


def test_the_newest_probe_counts_in_whatever_order_they_arrive(store: Store) -> None:
    events = probed(), probed("camera"), probed("registry_stale", "camera")
    for number, order in enumerate(permutations(range(3))):
        entries = journal(*events, epoch=bytes([number]) * 16)
        store_each(store, [entries[place] for place in order])
        found = probe(store)
        assert found is not None
        assert (found.at, found.worked, found.wrong) == (AT + 3 * MINUTE, False, "registry_stale camera"), (
            order
        )


def test_a_probe_that_works_again_ends_the_fault_by_itself(store: Store) -> None:
    entries = journal(probed(), probed("code"), probed())
    store_each(store, entries[:2])
    found = probe(store)
    assert found is not None
    assert (found.worked, found.worked_at) == (False, AT + MINUTE)
    store_each(store, entries[2:])
    found = probe(store)
    assert found is not None
    assert (found.worked, found.worked_at) == (True, AT + 3 * MINUTE)


def test_a_journal_that_is_sent_again_makes_no_probe_younger(store: Store) -> None:
    """Somebody who took a sync process over has what it sent, and a key to send it with: no new probe."""
    entries = journal(probed())
    store_each(store, entries, AT)
    store_each(store, entries, AT + 10 * PROBE_AGES_AFTER)
    found = probe(store)
    assert found is not None
    assert found.arrived == AT


def test_a_new_journal_of_the_gate_comes_after_the_old_one(store: Store) -> None:
    store_each(store, journal(probed("code"), probed("code"), probed("code")))
    store_each(store, journal(probed(), epoch=bytes(16)))
    found = probe(store)
    assert found is not None
    assert found.worked


def test_nobody_sees_the_probes_of_another_street(store: Store) -> None:
    store_each(store, journal(probed()))
    with store.reading() as connection:
        assert probe_of(connection, Sight()) == {}


def healthy(store: Store, at: int, registry: int = 3) -> None:
    with store.writing() as connection:
        health = Health(DeviceState.ONLINE, at, Stamp(at, 1), held=Held(registry=registry, root=1))
        note_health(connection, DEVICE, health, at)


def test_a_gate_works_once_its_probe_has_come_all_the_way(store: Store) -> None:
    healthy(store, AT)

    def state(now: int = AT) -> tuple[GateStateKind, StateReason | None]:
        with store.reading() as connection:
            found = gate_states(connection, now)[DEVICE]
        return found.kind, found.why

    assert state() == (GateStateKind.LOOK, StateReason(StateWhy.NEVER_PROBED))
    entries = journal(
        probed(), CameraStateEvent("blind", ""), LaneForced(), LaneReset("Wang", "", "break_in")
    )
    store_each(store, entries[:1])
    assert state() == (GateStateKind.WORKING, None)
    store_each(store, entries[1:2])
    assert state() == (GateStateKind.FAULT, StateReason(StateWhy.CAMERA, AT + 2 * MINUTE, "blind"))
    store_each(store, entries[2:3])
    assert state() == (GateStateKind.ALARM, StateReason(StateWhy.FORCED, AT + 3 * MINUTE))
    store_each(store, entries[3:])
    assert state()[0] is GateStateKind.FAULT


def test_what_holds_is_what_was_said_last(store: Store) -> None:
    ended = LaneReset("Wang", "", "break_in")
    for number, order in enumerate(permutations(range(3))):
        for events, holds in (
            ((LaneForced(), ended, LaneForced()), True),
            ((ended, LaneForced(), ended), False),
        ):
            entries = journal(*events, epoch=bytes([number, holds]) * 8)
            store_each(store, [entries[place] for place in order])
            with store.reading() as connection:
                reasons = gate_states(connection, AT)[DEVICE].reasons
            assert (StateWhy.FORCED in {reason.why for reason in reasons}) is holds, order


def test_a_barrier_that_closes_ends_that_it_was_held_too_long(store: Store) -> None:
    def held() -> bool:
        with store.reading() as connection:
            return StateWhy.HELD_TOO_LONG in {
                reason.why for reason in gate_states(connection, AT)[DEVICE].reasons
            }

    entries = journal(LaneClosed(), LaneHeldTooLong("beam"), LaneClosed(), LaneHeldTooLong("beam"))
    store_each(store, entries[:2])
    assert held()
    store_each(store, entries[2:3])
    assert not held()
    store_each(store, entries[3:])
    assert held()


def test_what_goes_on_keeps_its_since_when(store: Store) -> None:
    store_each(store, journal(LaneForced(), LaneForced(), LaneForced()))
    with store.reading() as connection:
        reasons = gate_states(connection, AT)[DEVICE].reasons
    assert StateReason(StateWhy.FORCED, AT + MINUTE) in reasons


def test_texts_that_no_database_takes_keep_no_journal_out(store: Store) -> None:
    store_each(store, journal(CameraStateEvent("blind\0", "x"), probed("co\0de" * 900)))
    found = probe(store)
    assert found is not None
    assert not found.worked


def test_a_registry_is_held_since_it_was_reported_first(store: Store) -> None:
    def since() -> int | None:
        with store.reading() as connection:
            [gate] = [item for item in known_devices(connection) if item.device == DEVICE]
        return gate.registry_since

    assert since() is None
    for at, registry, expected in (
        (AT, 3, AT),
        (AT + 9, 3, AT),
        (AT + 20, 4, AT + 20),
        (AT + 30, 4, AT + 20),
    ):
        healthy(store, at, registry)
        assert since() == expected


def test_the_status_names_gates_that_do_not_work_and_forgets_it_by_itself(store: Store) -> None:
    configuration = CentralConfiguration(
        StoreSection("sqlite://"),
        CentralSection(Path("central.key")),
        Broker("mqtt.example", plain=True),
    )
    entries = journal(probed("camera"), probed())
    healthy(store, AT)
    store_each(store, entries[:1])
    condition = condition_of(configuration, store, AT)
    assert condition.probes == {DEVICE: StateReason(StateWhy.PROBE_FAILED, AT + MINUTE, "camera")}
    assert condition.needs_attention
    store_each(store, entries[1:])
    assert condition_of(configuration, store, AT).probes == {}
    late = condition_of(configuration, store, AT + PROBE_AGES_AFTER + 1).probes
    assert late == {DEVICE: StateReason(StateWhy.PROBE_LATE, AT + 2 * MINUTE)}
