"""`gatepost board` and `gatepost boot`: from a board file to paper, and to config.txt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import called


def test_a_board_is_listed_checked_and_drawn_for_the_installer(tmp_path: Path) -> None:
    listed = called("board", "list").stdout
    assert "raspberry-pi-4 " in listed
    assert called("board", "check", "raspberry-pi-4").returncode == 0
    refused = called("board", "check", "waveshare-rpi-relay-board")
    assert refused.returncode == 1
    assert "error: outputs.relay_open (line" in refused.stdout
    for kind, begins in (("svg", b"<svg"), ("html", b"<!doctype html>"), ("pdf", b"%PDF-")):
        sheet = tmp_path / f"east-gate.{kind}"
        assert called("board", "draw", "raspberry-pi-4", "--out", sheet).returncode == 0
        assert sheet.read_bytes().startswith(begins)


def test_boot_settings_are_lines_to_append() -> None:
    shown = called("boot", "show", "sequent-8relay", "--camera", "none", "--wifi")
    assert "dtparam=i2c_arm=on" in shown.stdout.splitlines()
    assert "disable-wifi" not in shown.stdout
    assert "gpio=5=ip,pu" in json.loads(called("boot", "show", "sequent-8relay", "--json").stdout)["lines"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("board", "draw", "raspberry-pi-4", "--out", "sheet.docx"), "name it .svg, .html or .pdf"),
        (("board", "draw", "raspberry-pi-9", "--out", "sheet.svg"), "no board of this name"),
        (("boot", "show", "simulated"), "no pins"),
        (("boot", "show", "waveshare-rpi-relay-board"), "energised while the Pi boots"),
        (("boot", "show", "raspberry-pi-4", "--camera", "x\ndtoverlay=y"), "not an overlay's name"),
    ],
)
def test_what_cannot_be_is_said_with_what_to_do(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    refused = called(*words, cwd=tmp_path)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert not list(tmp_path.iterdir())
