"""What `gatepost gate check` and `gatepost scanner test` say of scanners."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
import serial

from edge.configuration import GateConfiguration
from edge.credentials.known.numbers import NumberTyped
from edge.diagnostics.check_result import Verdict
from edge.diagnostics.check_scanners import check_scanners
from edge.diagnostics.played_scanner import played_scanner
from edge.diagnostics.scanner_test import arrivals, in_words
from edge.errors import DeviceError
from edge.scanners.core import CodeScanned, KeypadAsks, PinTyped, ReaderState, ScannerReport
from tests.command_line import called
from tests.edge.scanners.test_configuration import DESK, GATE, load


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    far, near = os.openpty()
    yield far, os.ttyname(near)
    os.close(far)
    os.close(near)


def at(folder: Path, device: str) -> GateConfiguration:
    return load(folder, DESK.replace("/dev/serial/by-id/usb-GM65-if00", device))


def test_a_scanner_that_is_not_there_keeps_the_check_from_passing(tmp_path: Path) -> None:
    [found] = check_scanners(load(tmp_path, DESK))
    assert (found.verdict, found.what) == (Verdict.BAD, "scanner desk")
    assert "plug it in" in found.remedy


def test_one_that_is_there_is_opened_and_let_go(tmp_path: Path, terminal: tuple[int, str]) -> None:
    for _ in range(2):
        [found] = check_scanners(at(tmp_path, terminal[1]))
        assert (found.verdict, "another device" in found.text) == (Verdict.WARNING, True), (
            "by no lasting name"
        )


def test_one_that_another_program_has_is_said_to_be_taken(tmp_path: Path, terminal: tuple[int, str]) -> None:
    with serial.Serial(terminal[1], exclusive=True):
        [found] = check_scanners(at(tmp_path, terminal[1]))
    assert found.verdict is Verdict.BAD
    assert "end the program" in found.remedy


def test_a_gate_without_scanners_misses_none(tmp_path: Path) -> None:
    [found] = check_scanners(load(tmp_path, ""))
    assert (found.verdict, found.text) == (Verdict.GOOD, "none is asked for")


@pytest.mark.parametrize(
    ("report", "masked", "shown"),
    [
        (CodeScanned("desk", "GP1:secret", 10, 0.0), "code of 10 characters: GP1:…", "GP1:secret"),
        (CodeScanned("desk", "GP1", 3, 0.0), "code of 3 characters: …", "GP1"),
        (NumberTyped("desk", "4711"), "number of 4 digits", "4711"),
        (PinTyped("desk", "1042", "294815"), "a PIN behind a number", "the number 1042"),
        (KeypadAsks("desk", "keypad_locked"), "asks: keypad_locked", "keypad_locked"),
        (ScannerReport("desk", ReaderState.GONE, 0.0, "pulled"), "gone: pulled", "pulled"),
    ],
)
def test_codes_and_numbers_are_masked_unless_they_are_to_be_shown(
    report: CodeScanned | NumberTyped | PinTyped | KeypadAsks | ScannerReport, masked: str, shown: str
) -> None:
    assert in_words(report, shown=False) == ("desk", masked)
    assert shown in in_words(report, shown=True)[1]


def test_what_arrives_is_heard_as_a_gate_would(tmp_path: Path, terminal: tuple[int, str]) -> None:
    far, device = terminal
    stop, heard = Event(), []
    for report in arrivals(at(tmp_path, device).scanner, stop):
        heard.append(report)
        if isinstance(report, ScannerReport):
            os.write(far, b"GP1:abc\r")
        else:
            stop.set()
    assert isinstance(heard[-1], CodeScanned)
    assert heard[-1].text == "GP1:abc"


def test_the_command_says_which_scanners_there_are(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(GATE + DESK)
    done = called("scanner", "test", "dask", "--config", str(tmp_path / "gate.toml"))
    assert done.returncode == 2
    assert "no scanner dask" in done.stderr
    assert "desk" in done.stderr


def test_the_command_ends_by_itself_and_says_that_nothing_came(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(GATE + DESK)
    done = called("scanner", "test", "--config", str(tmp_path / "gate.toml"), "--seconds", "0.3")
    assert done.returncode == 1
    assert "desk: gone" in done.stdout


def test_a_played_scanner_is_one_to_a_gate_and_leaves_nothing_behind(tmp_path: Path) -> None:
    place, stop = tmp_path / "line", Event()
    with played_scanner(place) as (send, unread):
        for report in arrivals(at(tmp_path, str(place)).scanner, stop):
            if isinstance(report, CodeScanned):
                assert report.text == "GP1:abc"
                stop.set()
            else:
                send(b"GP1:abc")
        assert unread() == 0
        with pytest.raises(DeviceError, match="no line can be made"), played_scanner(place):
            pass
    assert not place.is_symlink()


def test_the_command_plays_its_input_and_says_that_nobody_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.cli.scanner._READ_WITHIN", 0.1)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"GP1:abc\nGP1:def\n")))
    done = called("scanner", "play", str(tmp_path / "line"))
    assert (done.returncode, done.stdout.strip()) == (0, "2 codes, and nobody read them all")
