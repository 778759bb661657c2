"""A short run of the kill test; `make chaos SECONDS=300` runs a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.chaos import for_blows, run


@pytest.mark.timeout(600)
def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    result = run(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", for_blows(8), seed=1)
    assert sum(result.kills.values()) == 16
    assert result.pruned > 0
    assert result.good, result
