"""The table in docs/safety.md is what the machine says, and says what a safety concept has to say."""

from __future__ import annotations

import pytest

from edge.boards.format import Barrier
from edge.diagnostics.core import KINDS, table
from edge.diagnostics.core.lane_responses import LOCK, LOCK_REACHES, POWERED, POWERED_REACHES, reached
from edge.lane.machine import Phase
from tests.conftest import REPOSITORY

REACHED = [(LOCK, phase) for phase in LOCK_REACHES] + [(POWERED, phase) for phase in POWERED_REACHES]


@pytest.mark.parametrize(
    ("barrier", "phase"), REACHED, ids=lambda item: item.value if isinstance(item, Phase) else item.kind.value
)
def test_each_column_is_reached(barrier: Barrier, phase: Phase) -> None:
    reaches = POWERED_REACHES if barrier.powered else LOCK_REACHES
    assert reached(barrier, reaches[phase])[0].phase is phase


def test_no_phase_is_left_out() -> None:
    assert set(LOCK_REACHES) | set(POWERED_REACHES) == set(Phase)


@pytest.mark.parametrize("title", KINDS)
def test_the_safety_concept_holds_the_machine_s_own_table(title: str) -> None:
    page = (REPOSITORY / "docs" / "safety.md").read_text()
    assert "\n".join(table(KINDS[title])) in page, "gatepost lane show prints it anew"


@pytest.mark.parametrize("title", KINDS)
@pytest.mark.parametrize("button", ["exit button", "staff's button", "duress"])
def test_each_button_releases_in_every_phase_in_which_it_is_not_released_already(
    title: str, button: str
) -> None:
    header, _, *rows = table(KINDS[title])
    phases = [cell.strip("* ") for cell in header.split("|")[2:-1]]
    [row] = [row for row in rows if row.startswith(f"| {button} |")]
    released = {"opening", "held_open_by_staff", "fire"} if KINDS[title] is LOCK else set()
    for phase, cell in zip(phases, row.split("|")[2:-1], strict=True):
        drives = "open" in cell.partition("(")[2] or "stop" in cell  # halted first, then opened
        assert drives or phase in released, f"{button} in {phase}: {cell}"
