"""How many are inside: counters that merge in any order, limits with two edges, days that end once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.core import (
    MOST_TALLIES,
    DayWatch,
    Flow,
    Key,
    Ledger,
    LedgerState,
    PassageRate,
    Tally,
    check_day,
    day_of,
    next_level,
)
from edge.counting.core.occupancy import SiteCounts
from edge.decision import ClockTrust, Crowding, Direction, LastAccess, OccupancyRule, WallTime, local_time

IN, OUT = Direction.ENTRY, Direction.EXIT
ROOM, WARNED, STOPPED = Crowding
OURS = Key("main", "a" * 32, "2026-11-03")


def states_of_one_counter() -> st.SearchStrategy[list[Tally]]:
    """A counter as it rose, person by person."""
    steps = st.lists(st.tuples(st.sampled_from([IN, OUT, None]), st.booleans()), max_size=12)

    def risen(passages: list[tuple[Direction | None, bool]]) -> list[Tally]:
        tallies = [Tally()]
        for direction, estimated in passages:
            tallies.append(tallies[-1].passed(direction, estimated=estimated))
        return tallies

    return steps.map(risen)


@given(
    histories=st.lists(states_of_one_counter(), min_size=1, max_size=4),
    data=st.data(),
)
def test_states_heard_late_twice_and_in_any_order_come_to_the_newest(
    histories: list[list[Tally]], data: st.DataObject
) -> None:
    keys = [Key(f"gate-{number}", "a" * 32, "2026-11-03") for number in range(len(histories))]
    newest = dict(zip(keys, (history[-1] for history in histories), strict=True))
    messages = [(key, tally) for key, history in zip(keys, histories, strict=True) for tally in history]
    heard = data.draw(st.permutations(messages)) + data.draw(st.lists(st.sampled_from(messages)))
    counts = SiteCounts()
    for key, tally in heard:
        counts.merge({key: tally}, but=OURS)
    assert counts.tallies == newest
    assert not counts.merge(newest, but=OURS), "what is known is no news"


@given(
    st.lists(
        st.tuples(st.sampled_from([IN, OUT]), st.booleans()),
        max_size=40,
    )
)
def test_both_directions_at_once_come_to_the_same_in_either_order(
    passages: list[tuple[Direction, bool]],
) -> None:
    def inside(order: list[tuple[Direction, bool]]) -> Tally:
        tally = Tally()
        for direction, estimated in order:
            tally = tally.passed(direction, estimated=estimated)
        return tally

    assert inside(passages) == inside(passages[::-1])
    assert inside(passages).inside == sum(1 if way is IN else -1 for way, _ in passages)


def test_nobody_else_writes_our_counter_and_a_flood_of_names_ends_somewhere() -> None:
    counts = SiteCounts({OURS: Tally(entered=3)})
    assert not counts.merge({OURS: Tally(entered=900)}, but=OURS)
    assert not counts.merge({OURS._replace(day="2026-11-04"): Tally(entered=900)}, but=OURS)
    assert counts.figures(OURS.day).inside == 3
    flood = {Key(f"gate-{number}", "b" * 32, OURS.day): Tally(entered=1) for number in range(9_000)}
    counts.merge(flood, but=OURS)
    assert len(counts.tallies) == MOST_TALLIES


def test_fewer_than_nobody_are_shown_as_nobody_and_as_an_estimate() -> None:
    figures = SiteCounts({OURS: Tally(entered=2, left=5)}).figures(OURS.day)
    assert (figures.inside, figures.deficit, figures.certainty) == (0, 3, "estimated")


@pytest.mark.parametrize(
    ("tally", "certainty"),
    [
        (Tally(entered=4, left=1), "counted"),
        (Tally(entered=4, entered_estimated=1), "estimated"),
        (Tally(entered=4, left=1, left_estimated=1), "estimated"),
        (Tally(unplaced=1), "estimated"),
        (Tally(entered=4, lapses=1), "estimated"),
        (Tally(entered=4, raised=1), "counted"),  # somebody counted
    ],
)
def test_every_figure_says_whether_it_was_counted(tally: Tally, certainty: str) -> None:
    assert SiteCounts({OURS: tally}).figures(OURS.day).certainty == certainty


@pytest.mark.parametrize(
    "values",
    [{"entered": -1}, {"entered": 10**13}, {"entered": 1, "entered_estimated": 2}, {"left_estimated": 1}],
)
def test_a_counter_that_cannot_be_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must be 0 to|more persons estimated"):
        Tally(**values)


RULE = OccupancyRule(warn=80, stop=100, relief=10)


@pytest.mark.parametrize(
    ("rule", "walk"),
    [
        (RULE, [(79, ROOM), (80, WARNED), (99, WARNED), (100, STOPPED), (99, STOPPED), (91, STOPPED)]),
        (RULE, [(100, STOPPED), (90, WARNED), (99, WARNED), (71, WARNED), (70, ROOM), (79, ROOM)]),
        (RULE, [(500, STOPPED), (0, ROOM)]),
        (OccupancyRule(stop=100, relief=0), [(99, ROOM), (100, STOPPED), (99, ROOM)]),
        (OccupancyRule(stop=100, relief=1), [(100, STOPPED), (99, ROOM)]),
        (OccupancyRule(stop=100, relief=2), [(100, STOPPED), (99, STOPPED), (98, ROOM)]),
        (OccupancyRule(warn=10, relief=0), [(500, WARNED)]),
        (OccupancyRule(), [(10**6, ROOM)]),
    ],
)
def test_a_limit_is_met_at_once_and_left_with_some_room(
    rule: OccupancyRule, walk: list[tuple[int, Crowding]]
) -> None:
    level = ROOM
    for inside, expected in walk:
        level = next_level(level, rule, inside)
        assert level is expected, inside


def test_a_limit_taken_out_of_the_policy_is_left() -> None:
    assert next_level(STOPPED, OccupancyRule(), 10**6) is ROOM


# --- days --------------------------------------------------------------------------------------

FOUR = time(4)
ZONE = "Asia/Shanghai"
TRUSTED, HOLDOVER, UNTRUSTED = ClockTrust
D1 = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)  # noon at the site
HOUR = timedelta(hours=1)


class Watched:
    """A count under a clock that is moved by hand."""

    def __init__(self, at: datetime = D1, trust: ClockTrust = TRUSTED) -> None:
        self.at, self.trust, self.monotonic = at, trust, 50.0
        self.watch, self.day, self.resets = DayWatch(), day_of(local_time(at, ZONE), FOUR), 0

    def turn(self) -> None:
        shown = day_of(local_time(self.at, ZONE), FOUR)
        wall = WallTime(self.at, self.trust)
        self.watch, over = check_day(self.watch, self.day, shown, wall, self.monotonic)
        if over:
            self.day, self.resets = shown, self.resets + 1

    def live(self, time: timedelta) -> int:
        """Time passes, looked at every ten minutes; how many resets there were."""
        before, ends = self.resets, self.at + time
        self.turn()
        while self.at < ends:
            self.at += timedelta(minutes=10)
            self.monotonic += 600.0
            self.turn()
        return self.resets - before

    def step(self, by: timedelta, trust: ClockTrust | None = None) -> int:
        before = self.resets
        self.at, self.trust = self.at + by, trust or self.trust
        self.turn()
        return self.resets - before


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 3, 3, 59, 59, tzinfo=UTC), "2026-11-02"),
        (datetime(2026, 11, 3, 4, 0, 0, tzinfo=UTC), "2026-11-03"),
        (datetime(2026, 11, 3, 23, 59, tzinfo=UTC), "2026-11-03"),
        (datetime(2026, 11, 4, 0, 0, tzinfo=UTC), "2026-11-03"),
    ],
)
def test_a_day_begins_at_its_hour_on_the_site_s_wall(at: datetime, day: str) -> None:
    assert day_of(at, FOUR) == day


@pytest.mark.parametrize("trust", [TRUSTED, HOLDOVER])
def test_a_day_ends_once_a_day_also_without_a_time_source(trust: ClockTrust) -> None:
    assert Watched(trust=trust).live(timedelta(days=5)) == 5


def test_a_clock_that_was_never_set_ends_no_day_and_one_is_ended_when_it_is() -> None:
    clock = Watched()
    clock.step(-timedelta(days=20_000), UNTRUSTED)
    assert clock.live(timedelta(days=3)) == 0
    assert clock.step(timedelta(days=20_000), TRUSTED) == 1


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=400)])
def test_a_date_set_wrong_by_hand_and_put_right_resets_nothing_and_skips_nothing(by: timedelta) -> None:
    clock = Watched(trust=HOLDOVER)
    assert clock.live(HOUR) == 0
    assert clock.step(by) == 0
    assert clock.live(HOUR) == 0
    assert clock.step(-by) == 0
    assert clock.live(timedelta(days=1)) == 1


def test_a_date_set_by_hand_counts_from_the_next_time_its_hour_comes_round() -> None:
    clock = Watched(trust=HOLDOVER)
    clock.live(HOUR)
    assert clock.step(timedelta(days=3)) == 0
    assert clock.live(timedelta(days=1)) == 1


def test_a_date_set_by_hand_counts_at_once_when_a_time_source_agrees() -> None:
    clock = Watched(trust=HOLDOVER)
    clock.live(HOUR)
    assert clock.step(timedelta(days=1)) == 0
    clock.trust = TRUSTED
    assert clock.live(HOUR) == 1


@pytest.mark.parametrize("trust", list(ClockTrust))
def test_an_hour_that_comes_twice_resets_once(trust: ClockTrust) -> None:
    """The clock goes back over the reset hour just after it: as a time server or daylight saving may."""
    clock = Watched(at=D1 + 15 * HOUR)  # three at night
    assert clock.live(2 * HOUR) == 1
    assert clock.step(-2 * HOUR, trust) == 0
    assert clock.live(5 * HOUR) == 0


def test_a_night_without_power_is_made_up_for_at_the_start() -> None:
    clock = Watched()
    clock.at += timedelta(days=1)
    clock.monotonic = 3.0
    clock.watch = DayWatch()
    clock.turn()
    assert clock.resets == 1


# --- the ledger, the flow ----------------------------------------------------------------------


def test_who_passed_before_the_first_day_was_known_belongs_to_it() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState())
    ledger.passed(IN, estimated=False)
    ledger.day_began("2026-11-03")
    assert ledger.counts.figures(ledger.day).inside == 1
    ledger.day_began("2026-11-04")
    assert ledger.counts.figures(ledger.day).inside == 0


def test_a_gate_that_is_a_day_ahead_is_not_lost_when_we_follow() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState("2026-11-03"))
    early = Key("north", "b" * 32, "2026-11-04")
    ledger.counts.merge({early: Tally(entered=2)}, but=ledger.key)
    assert ledger.counts.figures(ledger.day).inside == 0
    ledger.day_began("2026-11-04")
    assert ledger.counts.figures(ledger.day).inside == 2


def test_grants_that_never_came_to_anything_are_forgotten() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState())
    for number in range(1000):
        ledger.granted(str(number), "ann")
    assert len(ledger.state().pending) < 100
    passage = LastAccess(IN, D1, TRUSTED, "main")
    assert ledger.arrived("999", passage) == "ann"
    assert ledger.arrived("999", passage) is None, "one grant, one person"


def test_the_numbers_of_another_store_name_nobody() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState())
    ledger.granted("7", "ann")
    ledger.epoch_began("b" * 32)
    assert ledger.arrived("7", LastAccess(IN, D1, TRUSTED, "main")) is None


def test_people_per_minute_are_those_of_the_last_minute() -> None:
    flow = Flow()
    for second in range(0, 120, 2):
        flow.passed(float(second), IN if second % 4 else OUT, estimated=second % 20 == 0)
    assert flow.rate(119.0) == PassageRate(entered=15, left=15, estimated=3)
    assert flow.rate(1e6) == PassageRate()
