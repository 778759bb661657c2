"""Who came of an employer's lists: shifts beside what gates saw, in any order, as counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decision import Decision, Direction, Evidence, Mode, Outcome, Reason, Subject
from edge.journal.format import AccessDecided
from edge.signing.cose import microseconds
from sync.central.accounts.actor import command_line_actor
from sync.central.changes.core.change import EraseSubject, PutSubject
from sync.central.changes.submitting import submit
from sync.central.configuration import ChangesSection
from sync.central.history.files import HistoryError
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, StoreError
from sync.central.visits.attendance import attendance
from sync.central.visits.core.attendance import BroughtWorker, DayCount, SeenAtEntry, day_counts
from sync.central.visits.core.workers import WorkShift, group_of, id_of
from sync.central.visits.employers import employer_at, make_employer
from tests.examples import tried
from tests.sync.central.accesses.examples import Happened, journal, sent
from tests.sync.central.history.examples import archived
from tests.sync.wire.examples import AT

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
EARLY_SHIFT = WorkShift("early", WEEK, "06:00", "14:00")
NIGHT = WorkShift("night", WEEK, "22:00", "06:00")
SHIFTS = {shift.name: shift for shift in (EARLY_SHIFT, NIGHT)}
TUESDAY = date(2026, 3, 3)
LATER = microseconds(datetime(2026, 4, 1, tzinfo=UTC))


def moment(clock: str, day: date = TUESDAY) -> int:
    return microseconds(datetime.combine(day, time.fromisoformat(clock), SHANGHAI))


def worker(*shifts: str, until: int = LATER, since: int | None = None) -> BroughtWorker:
    return BroughtWorker("w1.7", shifts, since, until)


def on(
    day: date, one: BroughtWorker, *seen: tuple[str, date, bool], now: int = LATER, shifts: object = SHIFTS
) -> DayCount:
    found = [SeenAtEntry(one.id, moment(clock, when), let_in) for clock, when, let_in in seen]
    [counted] = day_counts([one], shifts, found, [day], SHANGHAI, now)  # type: ignore[arg-type]
    return counted


NEXT, SATURDAY = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=4)
IN, OUT = True, False


@pytest.mark.parametrize(
    ("shift", "seen", "expected"),
    [
        ("early", [("05:30", TUESDAY, IN)], {"expected": 1, "came": 1}),
        ("early", [("13:59", TUESDAY, IN)], {"expected": 1, "came": 1}),
        ("early", [("05:30", TUESDAY, IN), ("09:00", TUESDAY, IN)], {"expected": 1, "came": 1}),
        ("early", [("04:59", TUESDAY, IN)], {"expected": 1, "outside": 1}),
        ("early", [("14:00", TUESDAY, OUT)], {"expected": 1, "outside": 1}),
        ("early", [("07:00", TUESDAY, OUT)], {"expected": 1, "missing": 1}),
        ("early", [("07:00", TUESDAY, IN), ("20:00", TUESDAY, IN)], {"expected": 1, "came": 1, "outside": 1}),
        ("early", [], {"expected": 1, "missing": 1}),
        ("night", [("21:30", TUESDAY, IN)], {"expected": 1, "came": 1}),
        ("night", [("02:00", NEXT, IN)], {"expected": 1, "came": 1}),
        ("night", [("02:00", TUESDAY, IN)], {"expected": 1, "missing": 1}),
    ],
)
def test_a_day_is_counted_by_its_shifts(
    shift: str, seen: list[tuple[str, date, bool]], expected: dict[str, int]
) -> None:
    """An entry at two in the morning is of the night before, and outside of nothing."""
    assert on(TUESDAY, worker(shift), *seen) == DayCount(TUESDAY, **expected)


def test_nobody_is_expected_on_a_day_without_their_shift() -> None:
    assert on(SATURDAY, worker("early")) == DayCount(SATURDAY)
    assert on(SATURDAY, worker("early"), ("10:00", SATURDAY, OUT)) == DayCount(SATURDAY, outside=1)
    assert on(SATURDAY, worker(), shifts={}) == DayCount(SATURDAY, expected=1, missing=1), (
        "no shifts: any day"
    )


def test_who_comes_though_the_list_has_ended_is_told_apart() -> None:
    ended = worker("early", until=moment("00:00"))
    assert on(TUESDAY, ended, ("07:00", TUESDAY, OUT)) == DayCount(TUESDAY, ended=1)
    assert on(TUESDAY, ended, ("07:00", TUESDAY, IN)) == DayCount(TUESDAY, ended=1, ended_let_in=1)
    assert on(TUESDAY, worker("early", since=moment("00:00", NEXT))) == DayCount(TUESDAY), "not begun yet"


def test_a_shift_that_is_not_over_misses_nobody() -> None:
    assert on(TUESDAY, worker("early"), now=moment("13:00")) == DayCount(TUESDAY, expected=1, not_yet=1)
    assert on(TUESDAY, worker("night"), now=moment("23:59")).missing == 0


SEEN = st.builds(
    SeenAtEntry,
    st.sampled_from(["w1.1", "w1.2", "stranger"]),
    st.integers(moment("00:00"), moment("00:00") + 3 * 86_400_000_000),
    st.booleans(),
)


@settings(derandomize=True, max_examples=tried(60), deadline=None)
@given(seen=st.lists(SEEN, max_size=12), order=st.randoms(use_true_random=False))
def test_any_order_and_twice_counts_the_same_and_nobody_is_in_two_columns(
    seen: list[SeenAtEntry], order: Random
) -> None:
    workers = [
        BroughtWorker("w1.1", ("early",), None, LATER),
        BroughtWorker("w1.2", ("night",), None, moment("12:00", NEXT)),
    ]
    days = [TUESDAY, NEXT]
    counted = day_counts(workers, SHIFTS, seen, days, SHANGHAI, LATER)
    mixed = [*seen, *seen[:3]]
    order.shuffle(mixed)
    assert day_counts(workers, SHIFTS, mixed, days, SHANGHAI, LATER) == counted
    for day in counted:
        assert day.came + day.missing + day.not_yet <= day.expected <= 2
        assert day.expected <= day.came + day.missing + day.not_yet + day.outside
        assert day.ended_let_in <= day.ended


# --- from what gates wrote ------------------------------------------------------------------------

SITE, BOSS = "green-court", command_line_actor("wang")


def entered(who: str, outcome: Outcome = Outcome.GRANT) -> AccessDecided:
    reason = Reason.CODE_ACCEPTED if outcome is Outcome.GRANT else Reason.OUTSIDE_HOURS
    return AccessDecided(
        Decision(outcome, reason, "test", who), Evidence(Direction.ENTRY), Mode.CODE, 1, "camera"
    )


@pytest.mark.parametrize("has_moved", [False, True], ids=["in the database", "in files"])
def test_the_journals_say_who_came_and_an_erasure_takes_them_out(
    store: Store, tmp_path: Path, has_moved: bool
) -> None:
    with store.writing() as connection:
        number = make_employer(
            connection, BOSS, SITE, "A factory", [EARLY_SHIFT], AT + 20 * 86_400_000_000, AT
        )
        groups = frozenset({group_of(number), group_of(number, "early")})
        people = [Subject(id_of(number, name), groups=groups) for name in ("1", "2", "3")]
        put = [PutSubject(SITE, each) for each in (*people, Subject("li-na"))]
        submit(connection, BOSS, put, why="a list", now=AT, limits=ChangesSection())
    day: list[Happened] = [  # AT is eight in the morning there
        (60, entered(people[0].id)),
        (120, entered("li-na")),
        (8 * 3600, entered(people[1].id, Outcome.DENY)),
    ]
    sent(store, journal(day))
    now = AT + 86_400_000_000
    if has_moved:
        assert archived(store, tmp_path).moved

    def shown() -> list[DayCount]:
        with store.reading() as connection:
            held = employer_at(connection, EVERYWHERE, number)
            assert held is not None
            return attendance(connection, held, TUESDAY, TUESDAY, now)

    assert shown() == [DayCount(TUESDAY, expected=3, came=1, outside=1, missing=1)]
    with store.writing() as connection:
        submit(
            connection,
            BOSS,
            [EraseSubject(SITE, people[0].id)],
            why="asked",
            now=now,
            limits=ChangesSection(),
        )
    assert shown() == [DayCount(TUESDAY, expected=2, outside=1, missing=1)]
    with store.reading() as connection:
        held = employer_at(connection, EVERYWHERE, number)
        assert held is not None
        with pytest.raises(StoreError, match="up to 31 days"):
            attendance(connection, held, TUESDAY, TUESDAY + timedelta(days=31), now)
    if has_moved:
        [path] = (tmp_path / "accesses").rglob("*.parquet")
        path.unlink()
        with pytest.raises(HistoryError, match="accesses of green-court are in it"):
            shown()
