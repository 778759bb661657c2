"""Plans that once failed, made as small as they could be: each is played, and no promise is broken.

A new one comes from build/simulation/ after `make simulate` has found it; its name says what was wrong.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.plan import read_plan
from tests.simulation.players import Players

PLANS = sorted(Path(__file__).with_name("regressions").glob("*.json"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_what_once_failed_fails_no_more(players: Players, path: Path) -> None:
    result = players.one(read_plan(path)).result
    assert not result.violations, f"again: python -m tests.simulation --replay {path} --here"
