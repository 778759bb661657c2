"""What a report rests on: complete gates, what is missing of the others, and which days that lowers."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sync.central.reports.core.coverage import MOST_NAMED, CoverageGap, CoveredGate, KnownJournal, rests_on
from sync.central.reports.core.days import Days
from sync.central.reports.core.report import Missing, Why
from sync.central.units import DAY, HOUR, MINUTE

DAYS = Days(date(2026, 11, 1), date(2026, 11, 3), ZoneInfo("Asia/Shanghai"))
SINCE, UNTIL = DAYS.since, DAYS.until
LATER = UNTIL + 6 * HOUR
LAST_TWO = ["2026-11-02", "2026-11-03"]


def journal(told: int, *gaps: CoverageGap) -> KnownJournal:
    return KnownJournal(gaps, told, told + MINUTE)


def gate(**values: object) -> CoveredGate:
    usual = {"device": "gp-1", "site": "green", "gate": "main", "enrolled": 0, "heard": LATER}
    return CoveredGate(**{**usual, "journals": (journal(LATER),), **values})  # type: ignore[arg-type]


def lost(begin: int) -> CoverageGap:
    return CoverageGap(5, 9, begin, begin + HOUR, declared=True)


def gap(begin: int | None, end: int | None) -> CoverageGap:
    return CoverageGap(5, 9, begin, end, declared=False)


@pytest.mark.parametrize(
    ("known", "why", "lower"),
    [
        (gate(), None, []),
        (gate(journals=(journal(UNTIL - HOUR),), heard=LATER), None, []),  # quiet, and nothing waits
        (gate(journals=(journal(UNTIL - HOUR),), heard=LATER, owes=True), Why.LATE, ["2026-11-03"]),
        (gate(journals=(journal(SINCE + 26 * HOUR),), heard=SINCE + 26 * HOUR), Why.DARK, LAST_TWO),
        (gate(journals=(), heard=None), Why.SILENT, ["2026-11-01", "2026-11-02", "2026-11-03"]),
        (gate(journals=(), heard=None, enrolled=SINCE + 50 * HOUR), Why.SILENT, ["2026-11-03"]),
        (gate(journals=(journal(LATER, gap(SINCE + HOUR, SINCE + 3 * HOUR)),)), Why.GAP, ["2026-11-01"]),
        (gate(journals=(journal(LATER, lost(SINCE + HOUR)),)), Why.LOST, ["2026-11-01"]),
        (gate(journals=(journal(LATER, gap(None, SINCE + HOUR)),)), Why.GAP, ["2026-11-01"]),
        (gate(journals=(journal(LATER, gap(UNTIL - HOUR, None)),)), Why.GAP, ["2026-11-03"]),
        (gate(journals=(journal(LATER, gap(SINCE - 5 * HOUR, SINCE - HOUR)),)), None, []),  # before
        (gate(journals=(journal(LATER, gap(UNTIL + HOUR, LATER)),)), None, []),  # after
        (gate(journals=(journal(UNTIL - 2 * MINUTE),), heard=UNTIL - 2 * MINUTE), None, []),
        # Its clock is a day ahead: its word that it told all does not count.
        (
            gate(journals=(KnownJournal((), UNTIL + DAY, UNTIL - 10 * HOUR),), heard=UNTIL - 10 * HOUR),
            Why.DARK,
            ["2026-11-03"],
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_and_lowers_its_days(
    known: CoveredGate, why: Why | None, lower: list[str]
) -> None:
    found, days = rests_on([known], DAYS, LATER)
    assert [each.why for each in found.missing] == ([] if why is None else [why])
    assert (found.gates, found.complete) == (1, int(why is None))
    assert sorted(days) == lower


@pytest.mark.parametrize(
    "known",
    [gate(retired=SINCE - HOUR, heard=SINCE - HOUR), gate(enrolled=UNTIL + HOUR, journals=())],
)
def test_a_gate_that_was_not_there_counts_for_nothing(known: CoveredGate) -> None:
    assert rests_on([known], DAYS, LATER)[0].gates == 0


def test_a_gate_that_was_retired_meanwhile_is_complete_to_its_end() -> None:
    ended = SINCE + 30 * HOUR
    found, lower = rests_on([gate(retired=ended, heard=ended, journals=(journal(ended),))], DAYS, LATER)
    assert (found.complete, lower) == (1, frozenset())


def test_days_that_are_not_over_rest_on_what_is_there_and_say_so() -> None:
    now = SINCE + 30 * HOUR
    found, lower = rests_on([gate(heard=now, journals=(journal(now),))], DAYS, now)
    assert (found.complete, sorted(lower)) == (1, LAST_TWO)
    assert found.missing == (Missing("", "", "", Why.NOT_OVER, now, UNTIL),)
    assert rests_on([], DAYS, UNTIL)[0].missing == ()
    assert rests_on([], DAYS, SINCE - DAY)[0].missing[0].since == SINCE


def since(begun: int, told: int) -> KnownJournal:
    return KnownJournal((), told, told, begun)


@pytest.mark.parametrize(
    ("journals", "missing"),
    [
        # The old one ended at 02:00 of the first day; the new one began an hour before the end.
        ((since(0, SINCE + 2 * HOUR), since(UNTIL - HOUR, LATER)), (SINCE + 2 * HOUR, UNTIL - HOUR)),
        ((since(UNTIL - HOUR, LATER), since(0, SINCE + 2 * HOUR)), (SINCE + 2 * HOUR, UNTIL - HOUR)),
        ((since(0, SINCE - DAY), since(SINCE + HOUR, LATER)), (SINCE, SINCE + HOUR)),
        ((since(0, UNTIL - HOUR), since(UNTIL + HOUR, LATER)), (UNTIL - HOUR, UNTIL)),
        ((since(0, SINCE + 2 * HOUR), since(SINCE + 2 * HOUR + MINUTE, LATER)), None),  # begun at once
        (
            (
                since(0, SINCE + 9 * HOUR),
                since(SINCE + 2 * HOUR, SINCE + 3 * HOUR),
                since(SINCE + 9 * HOUR, LATER),
            ),
            None,
        ),
        ((since(0, SINCE - 2 * DAY), since(SINCE - DAY, LATER)), None),  # before these days
        ((since(0, UNTIL + HOUR), since(UNTIL + 5 * HOUR, LATER)), None),  # after them
    ],
)
def test_between_two_journals_of_a_gate_nobody_knows(
    journals: tuple[KnownJournal, ...], missing: tuple[int, int] | None
) -> None:
    found, _ = rests_on([gate(journals=journals)], DAYS, LATER)
    assert [(each.why, each.since, each.until) for each in found.missing] == (
        [] if missing is None else [(Why.BETWEEN, *missing)]
    )
    assert found.complete == (missing is None)


def test_what_is_missing_is_named_up_to_a_bound_and_counted_beyond() -> None:
    gaps = tuple(
        CoverageGap(n, n, SINCE + HOUR, SINCE + HOUR, declared=False) for n in range(MOST_NAMED + 50)
    )
    found, _ = rests_on([gate(journals=(journal(LATER, *gaps),))], DAYS, LATER)
    assert (len(found.missing), found.missing_count) == (MOST_NAMED, MOST_NAMED + 50)
