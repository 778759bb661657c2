"""systemd is asked of units that systemd itself knows; where it cannot be asked, nothing is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.diagnostics.systemd_units import called, check_last_run, check_unit, is_stopped
from edge.errors import GatepostError


def test_a_unit_is_enabled_then_active_then_good() -> None:
    def ended(**codes: int) -> list[str]:
        def call(words: Sequence[str]) -> int:
            return codes.get(words[1].removeprefix("is-"), 0)

        return [f"{each.verdict.value}: {each.text}" for each in check_unit(call, "a.timer")]

    assert ended(enabled=1, active=3) == ["bad: a.timer is not enabled: it does not start with the machine"]
    assert ended(active=3) == ["bad: a.timer does not run"]
    assert ended() == ["good: a.timer runs"]


@pytest.mark.parametrize(("code", "failed"), [(0, True), (1, False), (3, False)])
def test_a_last_run_that_failed_is_bad(code: int, failed: bool) -> None:
    assert bool(list(check_last_run(lambda _: code, "a.service"))) == failed


@pytest.mark.parametrize(("code", "stopped"), [(0, False), (3, True), (4, True), (1, False)])
def test_what_does_not_run_is_what_systemd_says_does_not(code: int, stopped: bool) -> None:
    assert is_stopped(lambda _: code, "a.service") == stopped


def test_a_program_that_cannot_be_called_is_named(tmp_path: Path) -> None:
    assert called(("false",)) == 1
    with pytest.raises(GatepostError, match="systemctl"):
        called((str(tmp_path / "systemctl"),))
