"""Worlds of every kind that are played in each run of the tests; `make simulate` plays others."""

from __future__ import annotations

import pytest

from tests.examples import LONG, alike
from tests.simulation.players import Players
from tests.simulation.run import Drawing

pytest.importorskip("tests.simulation.world", reason="LOUD SKIP: the world that plays a plan is not here yet")

SEEDS = 9
"""How many: all of them together take at most two minutes of one core."""
HOURS = 8.0 if LONG else 3.0
"""How long each lasts: in the long form from a quiet night into the morning's peak."""
PRESETS = ("everything", "network", "cards", "clocks", "lanes", "central", "keys", "calm", "scanners")


@pytest.mark.longer
@pytest.mark.parametrize("seed", alike(range(1, SEEDS + 1)))
def test_no_promise_is_broken(players: Players, seed: int) -> None:
    drawing = Drawing(HOURS, PRESETS[(seed - 1) % len(PRESETS)])
    result = players.one(drawing.plan(seed)).result
    assert not result.violations, drawing.command(seed)
    assert result.gate_hours > 0


@pytest.mark.longer
def test_gates_without_a_camera_keep_every_promise_and_a_mistake_of_theirs_is_found(players: Players) -> None:
    """In a world of scanners and keypads alone; the mistake is one that no world with cameras shows."""
    plan = Drawing(2.0, "scanners").plan(1)
    assert not players.one(plan).result.violations
    found = players.one(plan, ("half_a_code_waits",)).result.violations
    assert {violation.checker for violation in found} == {"what_is_scanned_is_read"}


@pytest.mark.longer
def test_a_seed_gives_one_world_byte_for_byte(players: Players) -> None:
    plan = Drawing(8.0 if LONG else 2.0, "everything").plan(1)
    digests = {players.one(plan).result.digest for _ in range(2 if LONG else 1)}
    with Players(1) as others:
        digests.add(others.one(plan).result.digest)
    assert len(digests) == 1
    assert digests != {""}
