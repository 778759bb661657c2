"""Prompts in the running gate: the page and the voice follow the decision; the check says what is missing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from edge.admin.passes import PassRequest
from edge.configuration import load_configuration
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.gate import run_gate
from edge.prompts.screen import SimulatedScreen
from edge.prompts.texts import LANGUAGES, CardKind, recorded_texts
from edge.prompts.voice import file_of
from edge.runtime.machine import THIS_COMPUTER
from tests.command_line import called
from tests.edge.prompts.sounds import tone
from tests.edge.runtime.conftest import Bench
from tests.waiting import soon


def configured(bench: Bench, camera: Path, prompts: str) -> Path:
    bench.lane.close()
    bench.journal.close()
    path = bench.admin.folder / "gates" / "main" / "gate.toml"
    text = path.read_text().replace('"v4l2:0"', f'"folder:{camera}"').replace('"sface"', '"none"')
    path.write_text(f"{text}\n[prompts]\n{prompts}\n")
    return path


def test_anyone_who_is_let_through_reads_and_hears_it(bench: Bench, tmp_path: Path) -> None:
    import cv2

    from tests.edge.vision.conftest import code_image

    if shutil.which("aplay") is None:
        pytest.skip("LOUD SKIP: no aplay: apt install alsa-utils to test the voice")
    camera, voice, screen = tmp_path / "camera", tmp_path / "voice", SimulatedScreen()
    camera.mkdir()
    cv2.imwrite(str(camera / "pass.png"), code_image(bench.pass_text(PassRequest("ann"))))
    file_of(voice, "zh", "code_accepted").parent.mkdir(parents=True)
    file_of(voice, "zh", "code_accepted").write_bytes(tone(0.2))
    path = configured(bench, camera, f'voice = "{voice}"\nscreen = true\ndevice = "null"')
    run_gate(load_configuration(path), Event(), replace(THIS_COMPUTER, screen=screen), until_finished=True)
    soon(lambda: any(card.kind is CardKind.GRANT for card in screen.shown))
    [granted] = [card for card in screen.shown if card.kind is CardKind.GRANT]
    assert granted.guidance.do == recorded_texts()["code_accepted"]
    played = called("prompts", "play", "code_accepted", "--config", path, cwd=tmp_path)
    assert played.returncode == 0, played.stderr
    for words, status, says in (
        (("status_red",), 1, "status_red.wav"),
        (("nonsense",), 2, "not a prompt"),
    ):
        refused = called("prompts", "play", *words, "--config", path, cwd=tmp_path)
        assert (refused.returncode, says in refused.stderr) == (status, True), refused.stderr


def found(bench: Bench, tmp_path: Path, prompts: str) -> dict[str, CheckResult]:
    configuration = load_configuration(configured(bench, tmp_path, prompts))
    return {item.what: item for item in check_beside(configuration)}


def test_gate_check_names_the_first_recording_that_is_missing(bench: Bench, tmp_path: Path) -> None:
    finding = found(bench, tmp_path, f'voice = "{tmp_path / "voice"}"')["voice"]
    assert finding.verdict is Verdict.WARNING
    assert "face_matched.wav" in finding.text
    assert finding.remedy.startswith("gatepost prompts render")


def test_gate_check_finds_a_whole_voice_good_and_a_screen_that_nobody_serves_not(
    bench: Bench, tmp_path: Path
) -> None:
    for language in LANGUAGES:
        for code in recorded_texts():
            path = file_of(tmp_path / "voice", language, code)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tone(0.1))
    told = found(bench, tmp_path, f'voice = "{tmp_path / "voice"}"\nscreen = true')
    assert told["voice"].verdict is Verdict.GOOD
    assert told["screen"].verdict is Verdict.WARNING
