"""A short run of the kill test; `make chaos SECONDS=300` runs a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import LONG
from tests.sync.chaos import Cast, for_blows, run

BLOWS = 8 if LONG else 4
"""How many blows there are in each of the two rages."""
CAST = Cast() if LONG else Cast(gates=1, ingesters=1)
SEED = 12 if LONG else 55
"""It strikes all there is; after the gates have pruned, sync, writer and ingester of some."""


@pytest.mark.longer
@pytest.mark.timeout(600)
def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    result = run(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", for_blows(BLOWS), SEED, CAST)
    assert sum(result.kills.values()) == 2 * BLOWS
    assert result.kills.keys() >= {"writer", "sync", "ingester", "broker", "network"}
    assert result.pruned > 0
    assert result.good, result
