"""Temperatures and people inside in a report: in whatever order events come, and wherever they lie."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.decision import Outcome, Reason, TemperatureReading
from edge.journal.format import Entry
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.digesting import digest
from sync.central.flow.core.levels import Limit
from sync.central.flow.core.where import site
from sync.central.flow.limits import put_limit
from sync.central.reports.core import showing
from sync.central.reports.core.report import Report
from sync.central.reports.core.rows import rows_of
from sync.central.store import Store
from sync.central.tables import event
from sync.central.units import HOUR, MINUTE
from tests.sync.central.accesses.examples import Happened, journal
from tests.sync.central.flow.examples import came, entry, exit_, turns
from tests.sync.central.history.examples import archived
from tests.sync.central.reports.examples import SITE
from tests.sync.central.reports.test_making import drawn, only_one_gate
from tests.sync.central.temperature.examples import at
from tests.sync.central.temperature.examples import measured as of_reading
from tests.sync.wire.examples import AT, DEVICE

HIGH = of_reading(TemperatureReading(38.4, raw=38.4, again=38.5), Outcome.REFER, Reason.TEMPERATURE_HIGH)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some passages are enough here: the threshold itself is `core/test_measured.py`'s."""
    monkeypatch.setattr(showing, "SHOWN_FROM", 10)


def a_day() -> list[Entry]:
    """12 people come, 9 are warned of, 4 leave; 25 are measured, one is high at both looks."""
    happened: list[Happened] = [(0, turns("2026-03-03"))]
    happened += [(60 + each, entry()) for each in range(12)]
    happened += [(1500 + each, exit_()) for each in range(4)]
    happened += [(2000 + each, at(36.5)) for each in range(24)]
    happened += [(2100, HIGH)]
    return journal(happened)


def filled(store: Store) -> None:
    only_one_gate(store)
    with store.writing() as connection:
        put_limit(connection, site(SITE), Limit(9, 12, 1), "何静", AT)


def told(report: Report) -> tuple[object, ...]:
    assert report.occupancy is not None
    assert report.temperatures is not None
    [inside] = report.occupancy.by_site
    [gate] = report.temperatures.by_gate
    return (inside.peak, inside.warned, inside.stopped, inside.passages, gate.read, gate.again, gate.referred)


def test_the_figures_are_those_of_the_events(store: Store) -> None:
    filled(store)
    came(store, a_day(), now=AT + HOUR)
    with store.writing() as connection:
        values = {"hundredths_of_a_degree": 45}
        digest(connection, [Cue(AlarmKind.THERMOMETER_DRIFT, SITE, DEVICE, DEVICE, AT, values=values)], AT)
    report = drawn(store)
    peak, warned, stopped, *rest = told(report)
    assert (peak, rest) == (12, [16, 25, 1, 1])
    assert isinstance(warned, int)
    assert isinstance(stopped, int)
    assert 0 < stopped <= warned, "twelve were inside, and then eight"
    assert report.occupancy is not None
    assert report.temperatures is not None
    assert report.occupancy.whole is not None
    assert dict(report.occupancy.days)["2026-03-03"] == 12
    assert dict(report.occupancy.days)["2026-03-01"] is None, "nothing is known of it"
    [drift] = report.temperatures.drifts
    assert (drift.device, drift.hundredths, drift.until) == (DEVICE, 45, None)
    rows = {row[:3]: row[3] for row in rows_of(report)}
    assert rows["inside_site", SITE, "peak"] == 12
    assert rows["temperature_gate", DEVICE, "referred"] == 1
    assert rows["thermometer_drift", DEVICE, "hundredths"] == 45


def test_a_batch_that_comes_late_makes_the_same_figures_and_says_what_it_corrected(store: Store) -> None:
    filled(store)
    whole = a_day()
    came(store, whole[:8], now=AT + 3 * MINUTE)
    came(store, whole[14:], now=AT + HOUR)
    before = drawn(store)
    came(store, whole[8:14], now=AT + 2 * HOUR)
    report = drawn(store)
    assert told(report)[0] == 12
    assert before.occupancy != report.occupancy
    assert report.occupancy is not None
    [inside] = report.occupancy.by_site
    assert inside.corrections > 0


def test_what_lies_in_files_says_the_same_as_what_lies_in_the_database(store: Store, tmp_path: Path) -> None:
    filled(store)
    came(store, a_day(), now=AT + HOUR)
    before = drawn(store)
    archived(store, tmp_path)
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(event)).scalar() == 0
    after = drawn(store)
    assert (after.occupancy, after.temperatures) == (before.occupancy, before.temperatures)


def test_a_report_that_was_made_before_has_the_rows_that_its_proof_signed(store: Store) -> None:
    filled(store)
    came(store, a_day(), now=AT + HOUR)
    rows = [*rows_of(drawn(store))]
    older = drawn(store)
    older = type(older)(**{name: getattr(older, name) for name in older.__struct_fields__[:-2]})
    assert [*rows_of(older)] == [
        row for row in rows if not row[0].startswith(("temperature", "inside", "thermometer"))
    ]
