"""The last accesses and the day's figures, from events of the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from edge.decision import Outcome
from edge.journal.format import Event, LaneDuress, LaneGrantRefused, LaneOverride, PressNamed, StaffActTaken
from edge.staff.protocol.now import Means, Person, Row
from edge.staff.views.core.recent import MOST_ROWS, Recent, RecentWaits

NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)  # in Shanghai
LET_IN = StaffActTaken("let_in", "wang", "papers_seen", about=5)


def access(number: int, at: datetime, outcome: Outcome = Outcome.GRANT) -> Row:
    return Row(number, at, outcome, "face_matched", Means.FACE, Person("li-na"))


def after(*rows: Row) -> Recent:
    recent = Recent("Asia/Shanghai")
    for row in rows:
        recent = recent.with_row(row)
    return recent


def test_the_newest_come_first_and_twenty_stay() -> None:
    recent = after(*(access(number, NOON) for number in range(30)))
    assert [row.number for row in recent.rows] == [*range(29, 29 - MOST_ROWS, -1)]
    assert recent.today(NOON, RecentWaits()).granted == 30


def test_the_figures_are_those_of_the_sites_day() -> None:
    midnight = datetime(2026, 3, 2, 16, tzinfo=UTC)
    recent = after(
        access(1, midnight - timedelta(seconds=1)),
        access(2, midnight),
        access(3, NOON, Outcome.DENY),
        access(4, NOON, Outcome.REFER),
    )
    today = recent.today(NOON, RecentWaits())
    assert (today.granted, today.denied, today.by_staff) == (1, 1, 0)


def test_a_clock_set_a_day_ahead_and_back_loses_no_figure() -> None:
    day = timedelta(days=1)
    recent = after(access(1, NOON), access(2, NOON + day), access(3, NOON))
    assert recent.today(NOON, RecentWaits()).granted == 2
    assert recent.today(NOON + day, RecentWaits()).granted == 1


@pytest.mark.parametrize(("why", "granted"), [("interlock", 0), ("fire", 1)])
def test_who_waited_is_let_through_in_a_fire_that_opens_everything(why: str, granted: int) -> None:
    recent = after(access(1, NOON)).happened(LaneGrantRefused("1", why), 2, NOON)
    assert recent.today(NOON, RecentWaits()).granted == granted
    assert bool(recent.rows[0].refused) is (not granted)


def test_who_was_let_in_by_hand_is_told_with_who_did_it() -> None:
    recent = Recent("Asia/Shanghai")
    told: tuple[Event, ...] = (LET_IN, LaneOverride("chen"), StaffActTaken("lock", "wang", "danger"))
    for number, event in enumerate(told):
        recent = recent.happened(event, number, NOON)
    pressed, let_in = recent.rows
    assert (let_in.means, let_in.staff, let_in.reason, let_in.about) == (
        Means.STAFF,
        "wang",
        "papers_seen",
        5,
    )
    assert (pressed.means, pressed.staff) == (Means.BUTTON, "chen")
    assert recent.today(NOON, RecentWaits()).by_staff == 2

    named = recent.happened(PressNamed(1, "wang", "emergency"), 9, NOON)
    assert (named.rows[0].staff, named.rows[0].reason) == ("wang", "emergency")
    assert named.rows[1] == let_in
    assert named.happened(PressNamed(0, "eve", "emergency"), 10, NOON).rows[1] == let_in, "is no press"


def test_what_was_before_the_start_comes_after_what_is_since() -> None:
    past, since = after(access(1, NOON), access(2, NOON)), after(access(3, NOON))
    both = since.after(past)
    assert [row.number for row in both.rows] == [3, 2, 1]
    assert both.today(NOON, RecentWaits()).granted == 3


def linear(share: float, waits: list[float]) -> float:
    return sorted(waits)[max(0, -(-round(share * 100) * len(waits) // 100) - 1)]


@pytest.mark.parametrize("how_many", [1, 2, 19, 20, 1000, 1500])
@pytest.mark.parametrize("spread", [lambda place: place, lambda place: -place, lambda place: place % 7])
def test_half_and_nineteen_of_twenty_wait_no_longer(how_many: int, spread: Callable[[int], int]) -> None:
    waits, all_of_them = RecentWaits(), [float(spread(place)) for place in range(how_many)]
    for took in all_of_them:
        waits.add(took)
    newest = all_of_them[-1000:]
    assert waits.reached_by(0.5) == linear(0.5, newest)
    assert waits.reached_by(0.95) == linear(0.95, newest)


def test_where_nobody_waited_there_is_no_figure() -> None:
    assert RecentWaits().reached_by(0.5) is None


def test_a_silent_press_is_a_row_where_the_usual_button_leaves_one() -> None:
    [row] = Recent("UTC").happened(LaneDuress("wang"), 1, NOON).rows
    assert row == Recent("UTC").happened(LaneOverride("wang"), 1, NOON).rows[0]
    assert Recent("UTC").happened(LaneDuress("wang", folded=True), 2, NOON).rows == ()
