"""A report of what the accesses came to: the figures, who is told apart, and what is too few to be shown."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.reports.core.building import report_of, sent_of
from sync.central.reports.core.days import local_of
from sync.central.reports.core.measured import OccupancyFigures, TemperatureFigures
from sync.central.reports.core.report import AppealFigures, Asked, Kind, Report, RestsOn, SentFigures
from sync.central.reports.core.rows import COLUMNS, rows_of
from sync.central.reports.core.showing import SHOWN_FROM
from sync.central.reports.core.tally import ReportTally, Wrong, added, quantile

ASKED = Asked(Kind.SINGLE, "Market Street", ("green",), "2026-11-01", "2026-11-02", "Asia/Shanghai")
[FIRST, SECOND] = map(local_of, ASKED.days.each())


def built(tally: ReportTally, groups: dict[tuple[str, str], tuple[str, ...]] | None = None) -> Report:
    return report_of(
        ASKED,
        tally,
        groups or {},
        {"gp-1": ("green", "main")},
        RestsOn(1, 1),
        frozenset(),
        AppealFigures(),
        None,
        SentFigures(),
        (TemperatureFigures(), OccupancyFigures()),
    )


@pytest.mark.parametrize(
    ("counts", "share", "within"),
    [
        ({}, 0.5, None),
        ({270: 1}, 0.5, 280),
        ({270: 50, 580: 45, 930: 5}, 0.5, 280),
        ({270: 50, 580: 45, 930: 5}, 0.95, 590),
        ({270: 50, 580: 45, 930: 5}, 0.99, 940),
        ({2_000: 1}, 0.5, 2_100),
        ({30_000: 1}, 0.99, 30_000),
    ],
)
def test_a_quantile_is_the_bound_that_so_many_waited_less_than(
    counts: dict[int, int], share: float, within: int | None
) -> None:
    assert quantile(counts, share) == within


def test_days_reasons_and_people_are_counted() -> None:
    report = built(
        ReportTally(
            days={(FIRST, "grant"): 90, (FIRST, "deny"): 7, (FIRST, "refer"): 2, (SECOND, "override"): 3},
            late={SECOND: 2},
            waits={(FIRST, 270): 90, (FIRST, 930): 10},
            reasons={("deny", "code_expired"): 4, ("deny", "status_red"): 3, ("refer", "status_red"): 2},
            by_hand={("", ""): 1, ("s1", "papers_seen"): 5, ("s1", "delivery"): 2, ("s2", ""): 4},
        )
    )
    assert [(day.day, day.checks, day.late) for day in report.days] == [
        ("2026-11-01", 99, 0),
        ("2026-11-02", 3, 2),
    ]
    assert (report.checks, report.denied, report.by_hand) == (102, 7, 3)
    assert [each.reason for each in report.reasons] == ["code_expired", "status_red"]
    assert (report.waited.half, report.waited.nearly_all, report.waited.is_kept) == (280, 940, True)
    assert report.days[1].waited.is_kept is None
    # Whoever gave no name comes last, however often.
    assert [(each.staff, each.times, each.mostly) for each in report.overrides] == [
        ("s1", 7, "papers_seen"),
        ("s2", 4, ""),
        ("", 1, ""),
    ]


def test_groups_gates_and_hours_of_too_few_are_not_shown() -> None:
    report = built(
        ReportTally(
            decided_by_person={
                ("green", "many"): 2 * SHOWN_FROM,
                ("green", "several"): SHOWN_FROM,
                ("green", "few"): SHOWN_FROM - 1,
            },
            decided_by_gate={"gp-1": 4 * SHOWN_FROM - 1},
            decided_by_hour={8: 2 * SHOWN_FROM, 9: SHOWN_FROM, 3: 12, 4: 7},
            wrong_by_person={(Wrong.REFUSED, "green", "many"): 4, (Wrong.REFUSED, "green", "few"): 900},
            wrong_by_gate={(Wrong.REFUSED, "gp-1"): 904},
        ),
        {("green", "many"): ("resident",), ("green", "several"): ("owner",), ("green", "few"): ("minor",)},
    )
    assert [(each.name, each.rate.times) for each in report.refused.by_group] == [("resident", 4)]
    assert [each.name for each in report.refused.by_hour] == ["08"]
    assert report.refused.hidden == 5, "and the smallest of the others: the whole would tell of the few"
    assert "minor" not in str(report)
    assert "owner" not in str(report)


def test_somebody_of_two_groups_counts_in_both_and_of_none_in_the_nameless() -> None:
    report = built(
        ReportTally(decided_by_person={("green", "a"): SHOWN_FROM, ("green", "b"): SHOWN_FROM}),
        {("green", "a"): ("owner", "tenant")},
    )
    assert [each.name for each in report.refused.by_group] == ["", "owner", "tenant"]


def test_a_mistake_is_of_faces_alone() -> None:
    report = built(
        ReportTally(
            decided_by_gate={"gp-1": 5_000},
            by_face_by_gate={"gp-1": 2_000},
            wrong_by_gate={(Wrong.MISTAKEN, "gp-1"): 3, (Wrong.REFUSED, "gp-1"): 8},
        )
    )
    assert (report.mistaken.whole.times, report.mistaken.whole.of) == (3, 2_000)
    assert (report.refused.whole.times, report.refused.whole.of) == (8, 5_000)


COUNTS = st.dictionaries(
    st.tuples(st.sampled_from([FIRST, SECOND]), st.sampled_from(["grant", "deny"])), st.integers(1, 99)
)
TALLIES = st.builds(
    ReportTally,
    days=COUNTS,
    waits=st.dictionaries(st.tuples(st.just(FIRST), st.integers(0, 50)), st.integers(1, 9)),
    by_hand=st.dictionaries(st.tuples(st.sampled_from(["", "s1"]), st.just("delivery")), st.integers(1, 9)),
)


@given(st.lists(TALLIES, max_size=5), st.integers())
def test_the_order_of_what_is_added_makes_no_difference(tallies: list[ReportTally], seed: int) -> None:
    shuffled = [*tallies]
    Random(seed).shuffle(shuffled)
    assert built(added(tallies)).encoded() == built(added(shuffled)).encoded()


@pytest.mark.parametrize(
    ("seconds", "half", "most"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([5, 1, 9], 5, 9),
        ([*range(1, 101)], 50, 90),
        ([-3], 0, 0),
    ],
)
def test_times_until_somebody_was_on_the_way_are_ones_that_were(
    seconds: list[int], half: int | None, most: int | None
) -> None:
    found = sent_of(each * 1_000_000 for each in seconds)
    assert (found.went, found.half, found.most) == (len(seconds), half, most)


def test_every_row_has_a_cell_for_each_column() -> None:
    rows = [*rows_of(built(ReportTally(by_hand={("s1", "delivery"): 1}, decided_by_hour={8: SHOWN_FROM})))]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    keys = [row[:3] for row in rows]
    assert len(keys) == len(set(keys)), "a figure has one row"
