"""Who comes within a day: as many as are asked for, in the hours in which they do, and where they can be."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.simulation.day import PROFILE, VISITS_PER_GATE_HOUR, draw_numbers, draw_visits
from tests.simulation.plan import FRIEND, How, Town, Visit, people_of

TOWN = Town()
DAYS = 40


def every_day(town: Town = TOWN, hours: float = 24.0, rate: float = VISITS_PER_GATE_HOUR) -> list[Visit]:
    return [visit for seed in range(DAYS) for visit in draw_visits(Random(seed), town, hours, rate)]


def test_a_draw_follows_from_its_seed() -> None:
    assert draw_visits(Random(1), TOWN, 24.0) == draw_visits(Random(1), TOWN, 24.0)
    assert draw_visits(Random(1), TOWN, 24.0) != draw_visits(Random(2), TOWN, 24.0)


@pytest.mark.parametrize("rate", [0.5, 3.0, 20.0])
def test_so_many_come_as_are_asked_for(rate: float) -> None:
    come = len(every_day(Town(people=60), rate=rate))
    assert come / (DAYS * 24 * len(TOWN.gates)) == pytest.approx(rate, rel=0.15)


def test_the_hours_have_their_share() -> None:
    hours = Counter(int(visit.at // 3600) for visit in every_day(Town(people=60)))
    night, morning, noon = sum(hours[h] for h in range(5)), hours[7] + hours[8], hours[12] + hours[13]
    assert morning > 2 * noon > 4 * night > 0
    assert len(PROFILE) == 24


def test_every_kind_of_visit_is_drawn() -> None:
    kinds = Counter(visit.how for visit in every_day())
    assert set(kinds) == set(How) - {How.NUMBER}, "which is typed where there is a keypad"
    assert min(kinds.values()) > DAYS
    visits = every_day()
    assert any(visit.walks < 0.0 for visit in visits)
    assert any(FRIEND in visit.person for visit in visits)


def test_numbers_are_typed_at_entrances_with_a_keypad() -> None:
    town = Town(scanners=("main", "side"), numbers=3)
    typed = list(draw_numbers(Random(1), town, 24.0))
    assert {(visit.how, visit.device) for visit in typed} == {(How.NUMBER, "main")}
    assert not list(draw_numbers(Random(1), TOWN, 24.0))


@pytest.mark.parametrize(
    "town", [TOWN, Town(gates=("one",), exits=()), Town(gates=("a", "b", "c"), exits=("c",), people=3)]
)
def test_nobody_comes_who_is_not_there(town: Town) -> None:
    for seed in range(DAYS):
        inside: set[str] = set()
        visits = draw_visits(Random(seed), town, 48.0)
        assert visits
        assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)
        for visit in visits:
            if visit.person in people_of(town):
                leaves = visit.device in town.exits or visit.how is How.EXIT_BUTTON
                assert leaves is (visit.person in inside), visit
                (inside.discard if leaves else inside.add)(visit.person)


def test_visits_come_within_the_hours() -> None:
    visits = draw_visits(Random(1), TOWN, 5.5)
    assert visits[0].at >= 0.0
    assert visits[-1].at < 5.5 * 3600
