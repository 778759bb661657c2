"""Files are counted by their sums as by their rows: whatever moved when, and never beyond the file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.journal.format import Entry
from sync.central.history.acts import keep_for
from sync.central.history.core.retention import Kept, RetentionRule
from sync.central.history.retention import delete_old
from sync.central.history.rewriting import Rewriting
from sync.central.history.sums import Summing, sum_up
from sync.central.history.tables import history_sum
from sync.central.reports.core.days import Days
from sync.central.reports.core.report import Report, Why
from sync.central.reports.core.tally import ReportTally, added
from sync.central.reports.making import draw
from sync.central.reports.sources import sources_between
from sync.central.reports.sums import SUMMING, sums_of
from sync.central.reports.tallies import checks_of, tally_of, wrong_of
from sync.central.store import Store, open_store
from sync.central.tables import site
from sync.central.units import DAY, HOUR
from tests.examples import LONG
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.central.history.examples import LONG_AFTER, archived
from tests.sync.central.history.test_looking_after import erased, loop
from tests.sync.central.history.test_reading import founded
from tests.sync.central.history.test_retention import ACTOR
from tests.sync.central.reports.examples import ASKED, AT, HAPPENED, SITE, a_day
from tests.sync.migrated import MigratedCopies

WHOLE = ASKED.days
EVENTS = [each for each in HAPPENED if not isinstance(each, tuple)]
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What no database decides is asked of one."""
A_DAY = DAY // 1_000_000


def many_days(count: int) -> list[Entry]:
    """The same day again and again, each over so many hours that every zone cuts some."""
    return journal(
        [(day * A_DAY + number * 6_000, event) for day in range(count) for number, event in enumerate(EVENTS)]
    )


def summed_up(store: Store, summing: Summing = SUMMING) -> int:
    problems: list[str] = []
    made = sum_up(store, summing, 1_000, problems)
    assert problems == []
    return made


def counted(store: Store, days: Days = WHOLE) -> tuple[ReportTally, int, int]:
    """What the days come to, with those before; how much of it is known by sums alone."""
    before = days.before()
    with store.reading() as connection, sources_between(connection, [SITE], days, before) as found:
        tallies = [tally_of(source, [SITE], days) for source in found.sources]
        wrong = wrong_of(connection, found.sources, [SITE], days)
        checks = found.before + sum(checks_of(source, [SITE], before) for source in found.sources)
        return added([*tallies, found.summed, wrong]), checks, sum(found.summed.days.values())


def drawn(store: Store) -> Report:
    with store.reading() as connection:
        return draw(connection, ASKED, WHOLE.until + HOUR).report


def kept_sums(store: Store) -> list[bytes]:
    with store.reading() as connection:
        return [row.people for row in connection.execute(sa.select(history_sum))]


def test_a_file_with_sums_is_counted_by_them_and_its_rows_are_read_no_more(
    store: Store, tmp_path: Path
) -> None:
    sent(store, a_day())
    before, report = counted(store), drawn(store)
    assert before[2] == 0
    archived(store, tmp_path)
    assert counted(store) == before, "no file has sums yet: its rows are read"
    assert summed_up(store) == 1
    tally, checks, by_sums = counted(store)
    assert (tally, checks) == before[:2]
    assert by_sums == sum(tally.days.values()) == report.checks
    assert tally.decided_by_person
    assert tally.wrong_by_gate
    assert drawn(store) == report
    assert summed_up(store) == 0


@SQLITE
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_a_report_by_another_clock_than_the_sums_reads_the_rows(
    store: Store, tmp_path: Path, zone: str
) -> None:
    sent(store, a_day())
    days = Days(WHOLE.first, WHOLE.last, ZoneInfo(zone))
    before = counted(store, days)
    archived(store, tmp_path)
    summed_up(store)
    assert counted(store, days) == before


@pytest.fixture(scope="module")
def from_rows(migrated: MigratedCopies, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with eight days, of which nothing moved."""
    folder = tmp_path_factory.mktemp("rows")
    with founded(folder, migrated) as store:
        for part in parts():
            sent(store, part)
    return folder / "central.sqlite"


def parts() -> list[list[Entry]]:
    entries = many_days(8)
    return [entries[begin : begin + 24] for begin in range(0, len(entries), 24)]


@pytest.mark.longer
@settings(max_examples=6 if LONG else 3, deadline=None)
@given(
    moves=st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=4, max_size=4),
    most_rows=st.integers(4, 20),
    first=st.integers(-1, 8),
    length=st.integers(0, 8),
    site_zone=st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]),
    zone=st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]),
)
def test_whatever_moved_and_was_summed_up_when_the_answer_is_that_of_the_rows(
    migrated: MigratedCopies, tmp_path_factory: pytest.TempPathFactory, from_rows: Path,
    moves: list[tuple[int, bool]], most_rows: int, first: int, length: int, site_zone: str, zone: str,
) -> None:  # fmt: skip
    """In New York the clock changes on 8 March 2026, among these days."""
    folder = tmp_path_factory.mktemp("sums")
    begin = ASKED.days.first + timedelta(days=3 + first)
    days = Days(begin, begin + timedelta(days=length), ZoneInfo(zone))
    with closing(open_store(f"sqlite:///{from_rows}")) as store:
        expected = counted(store, days)
    with founded(folder, migrated) as store:
        with store.writing() as connection:
            connection.execute(sa.update(site).values(time_zone=site_zone))
        for part, (cut, summing) in zip(parts(), moves, strict=True):
            sent(store, part)
            assert archived(store, folder / "files", AT + cut * DAY, most_rows=most_rows).problems == []
            if summing:
                summed_up(store)
        found = counted(store, days)
    assert found[:2] == expected[:2]


@SQLITE
def test_a_file_that_was_altered_is_counted_by_no_sums_and_said(store: Store, tmp_path: Path) -> None:
    sent(store, a_day())
    archived(store, tmp_path)
    summed_up(store)
    [file] = (tmp_path / "accesses").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-9])
    report = drawn(store)
    assert Why.DAMAGED in {each.why for each in report.rests_on.missing}
    assert report.checks == 0


@SQLITE
def test_a_file_that_was_altered_gets_no_sums_and_is_said(store: Store, tmp_path: Path) -> None:
    sent(store, a_day())
    archived(store, tmp_path)
    [file] = (tmp_path / "accesses").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-9])
    problems: list[str] = []
    assert sum_up(store, SUMMING, 10, problems) == 0
    assert [file.name in problem and "bytes" in problem for problem in problems] == [True]
    assert kept_sums(store) == []


def test_who_is_erased_is_in_no_answer_at_once_and_in_no_sums_after_a_round(
    store: Store, tmp_path: Path
) -> None:
    sent(store, a_day())
    archived(store, tmp_path)
    summed_up(store)
    assert (SITE, "li-na") in counted(store)[0].decided_by_person
    erased(store, "li-na", LONG_AFTER)
    tally, _, by_sums = counted(store)
    assert by_sums == 0
    assert {subject for _, subject in tally.decided_by_person} == {"wu-gang", "zhao-min"}
    loop(store, tmp_path).look()
    assert len(kept_sums(store)) == 1, "the file that was written again has sums of its own"
    again, _, by_sums = counted(store)
    assert (again, by_sums) == (tally, sum(tally.days.values()))


@SQLITE
def test_what_a_rule_deleted_is_in_no_sums(store: Store, tmp_path: Path) -> None:
    sent(store, a_day())
    archived(store, tmp_path)
    summed_up(store)
    with store.writing() as connection:
        keep_for(connection, ACTOR, RetentionRule(Kept.ACCESSES, None, 31), LONG_AFTER)
    delete_old(Rewriting(store, tmp_path, LONG_AFTER), 100)
    assert kept_sums(store) == []
    assert counted(store)[0] == ReportTally(**{each.name: {} for each in fields(ReportTally)})


def test_sums_of_another_form_count_for_nothing_and_are_made_again(store: Store, tmp_path: Path) -> None:
    sent(store, a_day())
    archived(store, tmp_path)
    summed_up(store, Summing(SUMMING.form + 1, sums_of))
    assert counted(store)[2] == 0
    assert summed_up(store) == 1
    assert counted(store)[2] > 0
