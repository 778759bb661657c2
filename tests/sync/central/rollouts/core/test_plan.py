"""What a roll-out does next, as a table and as properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.support.phrases import phrase
from sync.central.rollouts.core.plan import (
    ASKED_AGAIN_AFTER,
    DARK_AFTER,
    STUCK_AFTER,
    GateNow,
    GateProgress,
    RolloutStep,
    Rules,
    failed_at_stop,
    next_step,
    spread,
    stage_of,
)
from sync.central.units import HOUR, MINUTE

NOW = 1_000 * HOUR
RULES = Rules((50, 100), most_failed=10, soak=HOUR)


def gate(number: int, stage: int = 0, **besides: object) -> GateNow:
    return replace(GateNow(f"g{number}", f"s{number}", stage, NOW, is_there=True), **besides)  # type: ignore[arg-type]


def asked(number: int, ago: int = MINUTE, **besides: object) -> GateNow:
    return replace(gate(number), **{"asked": NOW - ago, "taken": True, **besides})  # type: ignore[arg-type]


def done(number: int, ago: int = 2 * HOUR, how: str = "installed", **besides: object) -> GateNow:
    return asked(number, ago + MINUTE, **{"ended": NOW - ago, "how": how, **besides})


PROGRESS: list[tuple[GateNow, GateProgress]] = [
    (gate(1), GateProgress.WAITING),
    (asked(1), GateProgress.ASKED),
    (asked(1, STUCK_AFTER + 1), GateProgress.STUCK),
    (asked(1, DARK_AFTER + 1, last_seen=NOW - DARK_AFTER - 1), GateProgress.DARK),
    (asked(1, MINUTE, last_seen=None), GateProgress.ASKED),
    (asked(1, taken=False, first=NOW - STUCK_AFTER), GateProgress.ASKED),
    (asked(1, taken=False, first=NOW - STUCK_AFTER - 1), GateProgress.STUCK),
    (asked(1, taken=None, first=NOW - STUCK_AFTER - 1), GateProgress.ASKED),
    (done(1), GateProgress.INSTALLED),
    (done(1, probe_lost=True), GateProgress.PROBE_LOST),
    (done(1, how="went_back"), GateProgress.WENT_BACK),
    (done(1, how="refused", probe_lost=True), GateProgress.REFUSED),
]


@pytest.mark.parametrize(("found", "progress"), PROGRESS, ids=lambda value: str(value)[:40])
def test_how_far_a_gate_is(found: GateNow, progress: GateProgress) -> None:
    assert found.progress(NOW) is progress


STEPS: list[tuple[str, int, list[GateNow], RolloutStep]] = [
    ("the first stage is asked", 0, [gate(1), gate(2, 1)], RolloutStep(0, ("g1",))),
    ("who was asked is waited for", 0, [asked(1), gate(2, 1)], RolloutStep(0)),
    ("a stage is looked at for a while", 0, [done(1, MINUTE), gate(2, 1)], RolloutStep(0)),
    ("then the next one begins", 0, [done(1), gate(2, 1)], RolloutStep(1)),
    (
        "a gate that is away holds up nobody",
        0,
        [done(1), gate(3, is_there=False), gate(2, 1)],
        RolloutStep(1),
    ),
    ("but a stage with nobody asked is none", 0, [gate(1, is_there=False), gate(2, 1)], RolloutStep(0)),
    ("a gate that comes back is asked", 1, [done(1), gate(3), gate(2, 1)], RolloutStep(1, ("g3", "g2"))),
    ("all have it", 1, [done(1), done(2, stage=1)], RolloutStep(1, is_over=True)),
    ("one away keeps it open", 1, [done(1), gate(2, 1, is_there=False)], RolloutStep(1)),
    (
        "who did not take it is asked again",
        0,
        [asked(1, ASKED_AGAIN_AFTER + 1, taken=False)],
        RolloutStep(0, ("g1",)),
    ),
    ("but not at once", 0, [asked(1, MINUTE, taken=False)], RolloutStep(0)),
    (
        "too many failed",
        0,
        [done(1, how="went_back"), gate(2, 1)],
        RolloutStep(0, stop=phrase("1 of 1 gates failed: g1 went_back")),
    ),
    (
        "a lost probe and a dark gate count too",
        1,
        [done(1, probe_lost=True), asked(2, 2 * HOUR, last_seen=NOW - HOUR, stage=1)],
        RolloutStep(1, stop=phrase("2 of 2 gates failed: g1 probe_lost, g2 dark")),
    ),
    (
        "one of ten may fail",
        1,
        [done(0, how="refused"), *(done(number) for number in range(1, 10)), gate(10, 1)],
        RolloutStep(1, ("g10",)),
    ),
    (
        "one lane a site at a time",
        0,
        [gate(1, site="s"), gate(2, site="s"), gate(3)],
        RolloutStep(0, ("g1", "g3")),
    ),
    ("the other lane waits", 0, [asked(1, site="s"), gate(2, site="s")], RolloutStep(0)),
]


@pytest.mark.parametrize(
    ("stage", "gates", "step"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS]
)
def test_what_is_done_next(stage: int, gates: list[GateNow], step: RolloutStep) -> None:
    found = next_step(RULES, stage, gates, NOW)
    assert (str(found.stop), replace(found, stop=None)) == (str(step.stop), replace(step, stop=None))


@given(st.integers(1, 400))
def test_every_gate_has_one_place_and_neighbours_lie_apart(count: int) -> None:
    gates = [(f"s{number // 2:04}", f"g{number:04}") for number in range(count)]
    order = spread(gates)
    assert sorted(order) == [name for _, name in gates]
    if count > 40:
        first = [int(name[1:]) // 2 for name in order[: count // 20]]
        assert len(set(first)) * 2 > len(first), "few sites have two of the first twentieth"


@given(st.integers(1, 400))
def test_stages_only_grow_and_the_shares_are_kept(count: int) -> None:
    stages = [stage_of(rank, count, (5, 25, 100)) for rank in range(count)]
    assert stages == sorted(stages)
    assert stages[0] == 0
    for stage, share in enumerate((5, 25)):
        reached = sum(each <= stage for each in stages)
        assert reached <= max(stage + 1, -(-count * share // 100))


@pytest.mark.parametrize(
    ("stopped", "failed"),
    [
        (str(next_step(RULES, 0, [done(1, how="went_back"), asked(2)], NOW).stop), (1, 2)),
        ("complaints from East gate", None),
        ("", None),
    ],
)
def test_how_many_failed_is_read_from_why_it_stopped(stopped: str, failed: tuple[int, int] | None) -> None:
    assert failed_at_stop(stopped) == failed
