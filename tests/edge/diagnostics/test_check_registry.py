"""What `gatepost gate check` says of a registry: only what is wrong with what the policy asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.configuration import GateConfiguration, load_configuration
from edge.diagnostics.check_registry import check_registry
from edge.diagnostics.check_result import CheckResult, Verdict
from tests.command_line import called

AT_NIGHT = """[[gates.main.schedule]]
mode = "face_and_code"
period = { start = "22:00:00", end = "06:00:00" }
"""


@pytest.mark.parametrize(
    ("mode", "more", "bad"),
    [("code", "", False), ("face_or_code", "", True), ("face_and_code", "", True), ("code", AT_NIGHT, True)],
    ids=["code", "face or code", "face and code", "a face at night"],
)
def test_nets_of_liveness_are_missed_only_where_a_face_opens_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, more: str, bad: bool
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path / "none"))
    called("site", "init", "green-court", "--mode", mode, cwd=tmp_path)
    site = tmp_path / "green-court"
    (site / "policy.toml").write_text(f"{(site / 'policy.toml').read_text()}\n{more}")
    built = called("registry", "build", cwd=site)
    assert built.returncode == 0, built.stderr
    configuration = load_configuration(site / "gates" / "main" / "gate.toml")
    found = [each.text for each in check_registry(configuration) if each.verdict is Verdict.BAD]
    assert bool(found) == bad, found
    assert all("liveness" in text for text in found)


def test_a_gate_whose_sync_has_not_run_yet_waits_for_its_registry_and_another_has_to_build_one(
    tmp_path: Path,
) -> None:
    called("site", "init", "green-court", "--mode", "code", cwd=tmp_path)
    alone = load_configuration(tmp_path / "green-court" / "gates" / "main" / "gate.toml")
    alone.registry.inbox.unlink()
    served = replace(alone, journal=replace(alone.journal, socket=tmp_path / "journal.sock"))

    def found(configuration: GateConfiguration) -> CheckResult:
        [each] = [each for each in check_registry(configuration) if each.what == "registry"]
        return each

    assert found(alone).verdict is Verdict.BAD
    assert "gatepost registry build" in found(alone).remedy
    assert found(served).verdict is Verdict.WARNING
    assert "gatepost sync check" in found(served).remedy
