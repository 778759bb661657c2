"""Plans that once failed, made as small as they could be: each is played, and no promise is broken.

A new one comes from build/simulation/ after `make simulate` has found it; its name says what was wrong.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import alike
from tests.simulation.plan import read_plan
from tests.simulation.players import Players

PLANS = sorted(
    Path(__file__).with_name("regressions").glob("*.json"), key=lambda path: (path.stat().st_size, path.name)
)
"""The smallest first: it is the one that is played in each run of the tests."""


@pytest.mark.parametrize("path", alike(PLANS), ids=lambda path: path.stem)
def test_what_once_failed_fails_no_more(players: Players, path: Path) -> None:
    result = players.one(read_plan(path)).result
    assert not result.violations, f"again: python -m tests.simulation --replay {path} --here"
