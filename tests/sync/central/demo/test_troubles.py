"""A whole street has its troubles: a gate is dark, one has a gap, one is blind, one was forced."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.signing.cose import microseconds
from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.listing import alarms_in, watcher_of
from sync.central.changes.appeals import appeals
from sync.central.changes.tables import change_set
from sync.central.configuration import ChangesSection
from sync.central.demo import day
from sync.central.demo.affairs import put_affairs
from sync.central.demo.alarms import put_alarms
from sync.central.demo.crowds import put_limits
from sync.central.demo.filling import live_a_day, put_street
from sync.central.demo.street import MOST_SITES, street_of
from sync.central.demo.troubles import BLIND, DARK, FORCED, GAPPED, troubles_of
from sync.central.devices.gates_now import gate_states
from sync.central.flow.core.where import WhereKind
from sync.central.flow.limits import limits_in
from sync.central.flow.zones import zones_in
from sync.central.places.sight import EVERYWHERE
from sync.central.store import open_store
from sync.central.visits.tables import visit
from sync.wire import Held
from tests.sync.central.demo.policies import policy_for
from tests.sync.tables import make_tables

NOW = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def test_a_whole_street_has_a_gate_of_every_trouble_and_affairs_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day, "PROBED_EVERY", timedelta(minutes=30))
    url = f"sqlite:///{tmp_path}/central.sqlite"
    make_tables(url)
    street = street_of(MOST_SITES, 12, NOW)
    troubles = troubles_of(street, NOW)
    with closing(open_store(url)) as store:
        with store.writing() as connection:
            put_street(connection, street, NOW - timedelta(days=1))
        held = Held(registry=1, root=1)
        live_a_day(store, street, policy_for, NOW, 12, held, probed=True, troubles=troubles)
        with store.writing() as connection:
            put_affairs(connection, command_line_actor("demo"), street, microseconds(NOW), ChangesSection())
            put_limits(connection, street, microseconds(NOW))
        with store.reading() as connection:
            states = gate_states(connection, microseconds(NOW))
            waiting = connection.execute(sa.select(sa.func.count()).select_from(change_set)).scalar_one()
            visits = connection.execute(sa.select(sa.func.count()).select_from(visit)).scalar_one()
            limits = limits_in(connection, EVERYWHERE, {})
            halls = zones_in(connection, EVERYWHERE)
            opened = appeals(connection, EVERYWHERE, is_open=True)
        boss = command_line_actor("demo")
        put_alarms(store, boss, microseconds(NOW))
        with store.reading() as connection:
            alarms = {each.about.device: each for each in alarms_in(connection, watcher_of(boss))}
    told = {device: str(state.why.why) for device, state in states.items() if state.why is not None}
    assert told == {DARK: "no_link", GAPPED: "gap", BLIND: "probe_failed", FORCED: "forced"}
    assert (waiting, visits, len(opened)) == (1, 5, 2)
    assert Counter(where.kind for where in limits.bounded()) == {
        WhereKind.SITE: 10,
        WhereKind.PLACE: 1,
        WhereKind.ZONE: 1,
    }
    assert [len(each.gates) > 1 for each in halls] == [True]
    of_gates = {device: alarms[device].kind.value for device in (DARK, GAPPED, BLIND, FORCED)}
    assert of_gates == {
        DARK: "gate_dark",
        GAPPED: "journal_gap",
        BLIND: "probe_failed",
        FORCED: "barrier_forced",
    }
    cared = {device for device, each in alarms.items() if each.life.is_cared_for}
    assert cared == {GAPPED, BLIND}, "one is put off, one taken, and the grave one waits"


def test_a_smaller_street_has_none() -> None:
    street = street_of(3, 5, NOW)
    troubles = troubles_of(street, NOW)
    assert list(troubles.events(street, 40)) == []
    assert not any(troubles.is_kept_back(device, NOW) for device in (DARK, GAPPED, BLIND, FORCED))
