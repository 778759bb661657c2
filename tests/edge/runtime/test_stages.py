"""How long the stages of an encounter took: what is known, what is measured, and their sum."""

from __future__ import annotations

import pytest

from edge.runtime.stages import Stages


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the computer's clock shows, one after the other."""
    shown = [10.0, 10.25, 11.0]
    monkeypatch.setattr("edge.runtime.stages.perf_counter", lambda: shown.pop(0))
    return shown


@pytest.mark.usefixtures("clock")
def test_each_stage_lasts_from_the_end_of_the_one_before_and_the_total_is_their_sum() -> None:
    stages = Stages({"detect": 30.0, "recognise": 2.0})
    stages.over("decide")
    stages.over("journal")
    assert stages.latency(400.0) == {
        "detect": 30.0,
        "recognise": 2.0,
        "decide": 250.0,
        "journal": 750.0,
        "gather": 400.0,
        "total": 1032.0,
    }
