"""`central check` says before a month begins that its table could not be made, where events lie by month."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.diagnostics.check_result import CheckResult, Verdict
from sync.central.checking.fleet import check_months
from sync.central.configuration import CentralConfiguration
from sync.central.history.partitions import make_partitions
from sync.central.setup import init_central
from sync.central.store import Store, open_store
from sync.central.units import DAY
from tests.sync.central.accesses.examples import sent
from tests.sync.central.history.examples import days

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
MADE = 1_900_000_000_000_000  # 2030-03-17


@pytest.fixture
def centre(tmp_path: Path) -> CentralConfiguration:
    configuration, _ = init_central(tmp_path / "centre", None, "127.0.0.1", 1, plain=True)
    return configuration


@pytest.mark.parametrize(
    ("now", "verdict", "begins"),
    [
        (MADE + 75 * DAY, Verdict.WARNING, "begins in 30 days"),
        (MADE + 99 * DAY, Verdict.BAD, "begins in 6 days"),
        (MADE + 120 * DAY, Verdict.BAD, "has begun"),
    ],
)
@on_postgresql
def test_a_month_that_could_not_be_made_is_said_by_the_check_before_it_begins(
    centre: CentralConfiguration, store: Store, now: int, verdict: Verdict, begins: str
) -> None:
    def said(at: int) -> list[CheckResult]:
        return [*check_months(centre, store, at)]

    make_partitions(store, MADE)
    assert [each.verdict for each in said(MADE)] == [Verdict.GOOD]
    [found] = said(now)
    assert found.verdict is verdict
    assert found.text == f"event_2030_07, the table of a month that {begins}, is not there"
    assert "no space" in found.remedy
    make_partitions(store, now)
    assert [each.verdict for each in said(now)] == [Verdict.GOOD]


@on_postgresql
def test_whose_rights_keep_a_month_from_being_made_is_said(
    centre: CentralConfiguration, store: Store, database: str
) -> None:
    with store.writing() as connection:
        for words in (
            "DROP ROLE IF EXISTS guest",
            "CREATE ROLE guest LOGIN",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest",
        ):
            connection.execute(sa.text(words))
    with closing(open_store(database.replace("gatepost@", "guest@"))) as guest:
        [found] = check_months(centre, guest, MADE)
        assert "guest does not own the table event" in found.text
        assert "OWNER TO" in found.remedy


@on_postgresql
def test_events_that_lie_in_no_month_are_found_by_the_check(
    centre: CentralConfiguration, store: Store
) -> None:
    make_partitions(store, MADE)
    sent(store, days(1), now=4_000_000_000_000_000)
    [found] = check_months(centre, store, MADE)
    assert (found.verdict, found.text) == (Verdict.WARNING, "5 events lie in no month, and none is lost")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_has_no_months(centre: CentralConfiguration, store: Store) -> None:
    assert [*check_months(centre, store, MADE)] == []
