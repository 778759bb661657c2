"""How many people are inside: counters that merge in any order, and limits with two edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.core import next_level
from edge.counting.core.occupancy import MOST_TALLIES, Key, SiteCounters, Tally
from edge.decision import Crowding, Direction, OccupancyRule
from tests.edge.counting.core.instants import IN, OUT

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
    counts = SiteCounters()
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
    counts = SiteCounters({OURS: Tally(entered=3)})
    assert not counts.merge({OURS: Tally(entered=900)}, but=OURS)
    assert not counts.merge({OURS._replace(day="2026-11-04"): Tally(entered=900)}, but=OURS)
    assert counts.figures(OURS.day).inside == 3
    flood = {Key(f"gate-{number}", "b" * 32, OURS.day): Tally(entered=1) for number in range(9_000)}
    counts.merge(flood, but=OURS)
    assert len(counts.tallies) == MOST_TALLIES


def test_fewer_than_nobody_are_shown_as_nobody_and_as_an_estimate() -> None:
    figures = SiteCounters({OURS: Tally(entered=2, left=5)}).figures(OURS.day)
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
    assert SiteCounters({OURS: tally}).figures(OURS.day).certainty == certainty


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
