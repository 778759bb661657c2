"""The demo's street: the same every time, honest, and heard as real gates are."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from edge.decision import Outcome
from edge.journal.format import AccessDecided, breaks
from edge.signing.cose import microseconds
from sync.central.accesses.tables import access
from sync.central.demo.day import day_of
from sync.central.demo.filling import live_a_day, put_street
from sync.central.demo.gates import DemoGate
from sync.central.demo.street import MOST_SITES, street_of
from sync.central.devices.core.gate_states import GateState
from sync.central.devices.devices import known_devices
from sync.central.devices.gates_now import gate_states
from sync.central.journals.findings import findings_of
from sync.central.store import Store
from sync.wire import Held
from tests.sync.central.demo.policies import policy_for

NOW = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def test_the_street_is_the_same_every_time() -> None:
    assert street_of(3, 20, NOW) == street_of(3, 20, NOW)
    assert len(street_of(MOST_SITES, 1, NOW)) == 24


def test_no_two_sites_gates_or_people_of_a_site_share_a_name() -> None:
    sites = street_of(MOST_SITES, 5, NOW)
    assert len({site.file.id for site in sites}) == len(sites)
    for site in sites:
        assert len(set(site.gates)) == len(site.gates)
        assert len({person.id for person in site.people}) == len(site.people)


def test_a_day_is_in_order_and_has_every_outcome() -> None:
    [site] = street_of(1, 60, NOW)
    happened = list(day_of(site, policy_for(site), NOW, 600, 1))
    decided = [item for item in happened if isinstance(item.event, AccessDecided)]
    assert [item.at for item in decided] == sorted(item.at for item in decided)
    outcomes = Counter(
        item.event.decision.outcome for item in decided if isinstance(item.event, AccessDecided)
    )
    assert outcomes.keys() == set(Outcome)
    assert outcomes[Outcome.GRANT] > 0.8 * len(decided)


def test_a_gates_journal_is_whole_and_goes_on() -> None:
    [site] = street_of(1, 20, NOW)
    gate = DemoGate(site.device("north"), "north")
    events = [(item.at, item.event) for item in day_of(site, policy_for(site), NOW, 40, 1)]
    entries = gate.write(events[:30]) + gate.write(events[30:])
    assert not list(breaks(entries, from_start=True))
    assert gate.newest == len(events)


@pytest.mark.parametrize("sites", [2])
def test_a_centre_takes_the_day_without_a_finding(store: Store, sites: int) -> None:
    street = street_of(sites, 20, NOW)
    with store.writing() as connection:
        put_street(connection, street, NOW)
    filled = live_a_day(store, street, policy_for, NOW, 40, Held(registry=1, root=1))
    with store.reading() as connection:
        held = {item.device: item for item in known_devices(connection)}
        assert not list(findings_of(connection))
        accesses = connection.execute(sa.select(sa.func.count()).select_from(access)).scalar_one()
    assert accesses == sites * 40
    assert sum(held[device].acknowledged for device in filled.gates) == filled.events
    assert not any(held[device].pending for device in filled.gates)


def test_a_gate_that_is_probed_works(store: Store) -> None:
    [site] = street_of(1, 20, NOW)
    with store.writing() as connection:
        put_street(connection, [site], NOW)
    live_a_day(store, [site], policy_for, NOW, 30, Held(registry=1, root=1), probed=True)
    with store.reading() as connection:
        states = gate_states(connection, microseconds(NOW))
    assert {states[site.device(gate)] for gate in site.gates} == {GateState()}
