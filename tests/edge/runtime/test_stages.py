"""How long the stages of an encounter took: what is known, what is measured, and their sum."""

from __future__ import annotations

from edge.runtime.stages import Stages


def test_each_stage_lasts_from_the_end_of_the_one_before_and_the_total_is_their_sum() -> None:
    shown = iter([10.0, 10.25, 11.0])
    stages = Stages(lambda: next(shown), {"detect": 30.0, "recognise": 2.0})
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
