"""Each mutant changes what its sentence says, for the time of a `with`; and each checker has a mutant to
find.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.checkers import Rules, every_checker
from tests.simulation.mutants import MUTANTS, Mutant, mutated, place_of
from tests.simulation.mutations.probes import PROBES
from tests.simulation.presets import PRESETS

each = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)


@each
def test_a_mutant_changes_what_it_says_and_nothing_after_that(mutant: Mutant, tmp_path: Path) -> None:
    probe, before = PROBES[mutant.name], place_of(mutant)
    folders = [tmp_path / folder for folder in ("before", "with", "after")]
    for folder in folders:
        folder.mkdir()
    assert probe.ask(folders[0]) == probe.right
    with mutated([mutant.name]):
        assert probe.ask(folders[1]) == probe.wrong
    assert probe.ask(folders[2]) == probe.right
    assert place_of(mutant) == before


def test_a_mutant_is_gone_when_a_world_ends_by_an_exception() -> None:
    mutant = MUTANTS[0]
    before = place_of(mutant)

    def world() -> None:
        with mutated([mutant.name, MUTANTS[-1].name]):
            assert place_of(mutant) != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world()
    assert place_of(mutant) == before


def test_a_mutant_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError, match="no_such"), mutated(["no_such"]):
        pass


@each
def test_a_mutant_says_what_is_wrong_who_notices_and_under_which_faults(mutant: Mutant) -> None:
    assert len(mutant.says) > 20
    assert set(mutant.checkers) <= set(every_checker(Rules()).names)
    assert mutant.faults in PRESETS


def test_each_checker_is_needed_by_a_mutant() -> None:
    """A checker that finds no mutant may be one that never objects."""
    assert set(every_checker(Rules()).names) == {name for mutant in MUTANTS for name in mutant.checkers}
