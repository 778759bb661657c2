"""A plan that fails is made smaller while it fails in the same way; what remains is what matters."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.simulation.draw import draw_plan, ingesters_of
from tests.simulation.faults import EVERYTHING, HOUR
from tests.simulation.plan import Act, Fault, How, Plan, Town, people_of
from tests.simulation.shrink import shrunk

STORMY = msgspec.structs.replace(EVERYTHING, intensities=(2.0,), takes_part=1.0)
PLAN = draw_plan(5, 24.0, STORMY, Town(gates=("main", "side", "rear"), ingesters=3))


def kinds(plan: Plan) -> list[Fault]:
    return [event.fault for event in plan.faults]


def has_two_faults(plan: Plan) -> bool:
    return {Fault.CARD_NOISE, Fault.CLOCK_UNSET} <= set(kinds(plan))


def has_three_cuts(plan: Plan) -> bool:
    return kinds(plan).count(Fault.POWER_CUT) >= 3


def has_one_of_each(plan: Plan) -> bool:
    return (
        Fault.FIRE in kinds(plan)
        and Act.ISOLATE in {act.act for act in plan.acts}
        and How.STRANGER in {visit.how for visit in plan.visits}
    )


@pytest.mark.parametrize(
    ("fails", "faults", "acts", "visits"),
    [
        (has_two_faults, 2, 0, 0),
        (has_three_cuts, 3, 0, 0),
        (has_one_of_each, 1, 1, 1),
        (lambda _: True, 0, 0, 0),
    ],
)
def test_what_remains_is_what_matters(
    fails: Callable[[Plan], bool], faults: int, acts: int, visits: int
) -> None:
    assert fails(PLAN)
    small = shrunk(PLAN, fails, most_plays=2000)
    assert fails(small)
    assert (len(small.faults), len(small.acts), len(small.visits)) == (faults, acts, visits)


def test_a_smaller_plan_is_shorter_and_its_end_as_calm() -> None:
    small = shrunk(PLAN, has_two_faults, most_plays=2000)
    assert small.hours < PLAN.hours
    assert small.hours * HOUR - small.calm_from == pytest.approx(PLAN.hours * HOUR - PLAN.calm_from)
    assert all(event.at + event.seconds <= small.calm_from for event in small.faults)


def test_a_smaller_town_has_no_one_who_does_not_matter() -> None:
    small = shrunk(PLAN, lambda plan: "side" in plan.town.gates, most_plays=2000)
    assert small.town == Town(gates=("side",), exits=("side",), people=1, ingesters=1)


def test_nothing_happens_to_those_who_are_gone() -> None:
    def fails(plan: Plan) -> bool:
        return len(plan.faults) > 3 and len(plan.acts) > 1 and len(plan.visits) > 3

    small = shrunk(PLAN, fails, most_plays=2000)
    assert len(small.town.gates) < len(PLAN.town.gates)
    assert {event.target for event in small.faults} <= {*small.town.gates, *ingesters_of(small.town), ""}
    assert {visit.device for visit in small.visits} <= set(small.town.gates)
    gone = {*people_of(PLAN.town)} - {*people_of(small.town)}
    assert not {visit.person for visit in small.visits} & gone
    assert not {act.value for act in small.acts} & gone


@pytest.mark.parametrize("most", [0, 1, 5, 30])
def test_no_more_plays_are_made_than_were_allowed(most: int) -> None:
    plays: list[Plan] = []

    def fails(plan: Plan) -> bool:
        plays.append(plan)
        return has_two_faults(plan)

    small = shrunk(PLAN, fails, most_plays=most)
    assert len(plays) == most
    assert has_two_faults(small)


def test_a_plan_shrinks_to_the_same_plan_each_time() -> None:
    assert shrunk(PLAN, has_three_cuts) == shrunk(PLAN, has_three_cuts)
