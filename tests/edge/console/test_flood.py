"""The console's process is flooded: what is too much is refused with what to do, and the gate goes on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from edge.vision.reports import CameraReport, CameraState
from tests.edge.console.flooding import REFUSALS, console_process, flooded
from tests.edge.console.staffed_gate import GATE, GUARD, StaffedGate, cookies_of, gate_at_work


@pytest.fixture(scope="module")
def flooded_gate(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[StaffedGate, dict[str, Counter[int]], list[str]]:
    """A gate at which somebody came and the button was pressed while its console was flooded, by nobody known
    and then by a guard; what was answered to each, and what the refusals said.
    """
    folder: Path = tmp_path_factory.mktemp("gate")
    answers, said = {"nobody": Counter[int](), "guard": Counter[int]()}, []
    sessions = {"nobody": "", "guard": cookies_of(GUARD)["gatepost"]}
    with gate_at_work(folder) as gate:
        toml = gate.admin.folder / "gates" / GATE / "gate.toml"
        staff = f'\n[staff]\nfile = "{folder}/staff.db"\nsocket = "{gate.socket}"\n'
        toml.write_text(toml.read_text() + staff)
        gate.wait_for("face_thresholds")
        with console_process(toml) as address:
            for who, session in sessions.items():
                gate.rests()
                decided, opened = len(gate.journal("access_decided")), len(gate.journal("lane_opened"))
                gate.camera.report(CameraReport(CameraState.STREAMING, 0.0))
                with flooded(address, session, answers[who]) as refusals:
                    for _ in range(9):
                        gate.leave()
                    gate.show(face=3, seconds=1.0)
                    gate.wait_for("access_decided", decided)
                    gate.press_button()
                    gate.wait_for("lane_opened", opened)
                said += refusals
        return gate, answers, said


def test_what_is_too_much_is_refused_with_what_to_do(
    flooded_gate: tuple[StaffedGate, dict[str, Counter[int]], list[str]],
) -> None:
    _, answers, said = flooded_gate
    assert answers["guard"][200] > answers["nobody"][200] == 0, (
        "who is signed in gets pages, before it is too much"
    )
    for who, counted in answers.items():
        assert counted[429] > REFUSALS, who
        assert set(counted) <= {200, 303, 401, 429, 503}, who
    assert ["Try again in a few seconds" in refusal for refusal in said] == [True, True]


def test_the_button_and_the_lane_notice_nothing(
    flooded_gate: tuple[StaffedGate, dict[str, Counter[int]], list[str]],
) -> None:
    """Each time the button opened, somebody was decided on; and a flood fills no card."""
    gate, _, _ = flooded_gate
    kinds = Counter(entry.kind for entry in gate.journal())
    assert (kinds["lane_opened"], kinds["access_decided"]) == (2, 2)
    assert sum(kinds.values()) < 100
