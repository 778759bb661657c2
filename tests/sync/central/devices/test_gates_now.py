"""What is stored of a gate, as its state: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

from edge.signing.cose import Stamp
from sync.central.devices.core.gate_states import GateStateKind, StateReason, StateWhy
from sync.central.devices.devices import note_health, retire_device, suspend_device
from sync.central.devices.gates_now import gate_states
from sync.central.journals.findings import FindingKind, record_device_findings
from sync.central.journals.journals import store_batch
from sync.central.registry.publications import note_published
from sync.central.store import Store
from sync.central.tables import device
from sync.wire import DeviceState, Health, Held, batch_of
from tests.sync.wire.examples import AT, DEVICE, chained

LATER = AT + 60 * 60 * 1_000_000


def why(store: Store, now: int = LATER) -> dict[str, list[StateWhy]]:
    with store.reading() as connection:
        states = gate_states(connection, now)
    return {name: [reason.why for reason in state.reasons] for name, state in states.items()}


def reported(store: Store, health: Health, now: int = LATER) -> None:
    with store.writing() as connection:
        note_health(connection, DEVICE, health, now)


HEALTHY = Health(DeviceState.ONLINE, LATER, Stamp(1, 1), held=Held(registry=4, root=1))


def test_of_a_gate_that_was_never_heard_of_nothing_is_known(store: Store) -> None:
    assert why(store) == {DEVICE: [StateWhy.NEVER_SEEN], "gp-0002": [StateWhy.NEVER_SEEN]}


def test_a_gate_says_what_it_lacks_and_one_gap_is_one_reason(store: Store) -> None:
    reported(store, HEALTHY)
    journal = chained(9)
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal[:2], 0), AT)
        store_batch(connection, DEVICE, batch_of(journal[5:7], 5), AT + 7)
        store_batch(connection, DEVICE, batch_of(journal[8:], 8), AT + 9)
        note_published(connection, "green-court", 6, AT)
    with store.reading() as connection:
        reasons = gate_states(connection, LATER)[DEVICE].reasons
    assert StateReason(StateWhy.GAP, AT + 7, count=4) in reasons
    assert StateReason(StateWhy.REGISTRY_OLD, AT, count=2) in reasons
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal[2:8], 2), AT + 10)
    assert StateWhy.GAP not in why(store)[DEVICE]


def test_what_it_reports_and_what_was_found_are_faults(store: Store) -> None:
    reported(store, Health(DeviceState.ONLINE, LATER, Stamp(1, 1), alarms=("journal_forked",)))
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(1), 0), AT)
        record_device_findings(connection, FindingKind.FLOODING, [(DEVICE, "")], AT)
    with store.reading() as connection:
        state = gate_states(connection, LATER)[DEVICE]
    assert state.kind is GateStateKind.FAULT
    assert state.reasons[:2] == (
        StateReason(StateWhy.FINDING, AT, "flooding"),
        StateReason(StateWhy.REPORTED, LATER, "journal_forked"),
    )


def test_a_retired_gate_has_no_state_and_a_suspended_one_says_so(store: Store) -> None:
    with store.writing() as connection:
        retire_device(connection, DEVICE, AT)
        suspend_device(connection, "gp-0002", AT)
    assert why(store) == {"gp-0002": [StateWhy.SUSPENDED, StateWhy.NEVER_SEEN]}


def test_only_the_devices_within_somebodys_sight_are_told(store: Store) -> None:
    with store.reading() as connection:
        told = gate_states(connection, LATER, devices=device.c.gate == "rear")
        nobody = gate_states(connection, LATER, devices=sa.false())
    assert (set(told), nobody) == ({"gp-0002"}, {})
