"""Whatever a play does, something comes of it, and the next plan is played."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from tests.simulation import scripted
from tests.simulation.plan import Plan
from tests.simulation.players import CannotPlay, Players, closed
from tests.waiting import PATIENT

SCRIPTED = "tests.simulation.scripted:play"


def world(seed: int) -> Plan:
    return Plan(seed=seed, hours=2.0, calm_from=3600.0)


MOST_CPU = {scripted.NEVER_ENDS: 0.2, scripted.WAITS: 0.01}
"""Of the plays that use all of it, or wait `STUCK` times as long; the others have an ordinary share."""
STUCK = 100.0
"""A busy machine gives a play far less than a whole processor, and that is not yet to wait."""


@pytest.fixture(scope="module")
def players() -> Iterator[Players]:
    with Players(1, SCRIPTED, lambda plan: MOST_CPU.get(plan.seed, PATIENT), STUCK) as players:
        yield players


@pytest.mark.parametrize(
    ("seed", "checker", "says"),
    [
        (scripted.RAISES, "raised-KeyError", "KeyError: 'no such gate'"),
        (scripted.NEVER_ENDS, "cpu-time", "more than 0.2 s of CPU"),
        (scripted.NEVER_ENDS, "cpu-time", "in _never_end"),
        (scripted.DIES, "died", "the process ended with 9"),
        (scripted.DIES, "died", "out of memory, says the kernel"),
        (scripted.WAITS, "died", "in _wait_for_nobody"),
    ],
)
def test_a_play_that_ends_badly_has_failed_and_the_next_is_played(
    players: Players, seed: int, checker: str, says: str
) -> None:
    [violation] = players.one(world(seed)).result.violations
    assert violation.checker == checker
    assert says in violation.what
    assert players.one(world(1)).result.gate_hours == 4.0


def test_what_the_product_prints_is_no_answer(players: Players) -> None:
    assert not players.one(world(scripted.PRINTS)).result.violations


def test_two_processes_play_the_same_world_alike() -> None:
    with Players(2, SCRIPTED) as players:
        results = [played.result for _, played in players.each(world(1) for _ in range(8))]
    assert not any(result.violations for result in results)
    assert len({result.digest for result in results}) == 1


def test_what_comes_of_plans_comes_in_their_order() -> None:
    with Players(2, SCRIPTED) as players:
        plans = [world(seed) for seed in (3, scripted.DIES, 1, scripted.RAISES, *range(20))]
        assert [plan.seed for plan, _ in players.each(iter(plans))] == [plan.seed for plan in plans]


def test_players_that_are_closed_in_the_middle_of_a_play_wait_for_nobody() -> None:
    with Players(1, SCRIPTED) as players:
        results = players.each([world(1), world(scripted.WAITS)])
        next(results)
    with pytest.raises((InterruptedError, CancelledError)):
        next(results)
    with pytest.raises(RuntimeError, match="after shutdown"):
        players.one(world(1))


def test_a_process_that_died_while_it_was_told_something_is_closed() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.wait(PATIENT)
    assert child.stdin is not None
    child.stdin.write(b"a plan")
    closed(child)
    assert child.stdin.closed


def test_a_play_that_cannot_be_loaded_is_no_finding_of_a_seed() -> None:
    with Players(1, "tests.simulation.scripted:nobody") as players, pytest.raises(CannotPlay, match="nobody"):
        players.one(world(1))
