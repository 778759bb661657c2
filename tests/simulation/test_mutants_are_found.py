"""The checkers are alive: a broken variant of the product is found in one short world, in which nothing is
wrong without it; in the long form two more. How soon each of all is found: docs/simulation.md.
"""

from __future__ import annotations

import pytest

from tests.examples import alike
from tests.simulation.mutants import MUTANTS
from tests.simulation.players import Players
from tests.simulation.run import Drawing

HOURS = 2.0
QUICK = ("changes_not_read_at_start", "lines_by_their_edges_alone", "acknowledged_before_the_commit")
"""A mistake in the gate, one at its lane, and one at central."""


@pytest.mark.parametrize("name", alike(QUICK))
def test_a_mutant_is_found_in_one_short_world(players: Players, name: str) -> None:
    [mutant] = [mutant for mutant in MUTANTS if mutant.name == name]
    plan = Drawing(HOURS, mutant.faults).plan(1)
    assert players.one(plan).result.violations == ()
    found = {violation.checker for violation in players.one(plan, (name,)).result.violations}
    assert found & {*mutant.checkers}
