"""The installer's way, as a person goes it: a terminal, the code of an invitation, and what is asked."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.configuration import load_configuration
from edge.lane.configuration import LaneDirection
from tests.attended import Terminal, at_terminal
from tests.command_line import called
from tests.sync.adoption.conftest import SITE, Office
from tests.waiting import PATIENT, sooner_than

_SETUP = (sys.executable, "-m", "sync.cli.main", "setup")
_LAST = 6 * PATIENT


@pytest.fixture(scope="module", autouse=True)
def quick_codes() -> None:
    """A process of its own stretches a code as it is stretched everywhere."""


def test_a_person_at_a_terminal_comes_from_a_code_to_a_gate(office: Office, tmp_path: Path) -> None:
    """What somebody mistypes is named, and asked again; what moves is tried only where they say so."""
    config, shown = tmp_path / "gate" / "gate.toml", tmp_path / "shown"
    shown.mkdir()
    called("pass", "issue", "li-na", "--out", shown / "li-na.png", cwd=office.admin.folder)
    replies = [
        ("The code of the invitation", "7K3QM-00000"),
        ("The code of the invitation", office.invite("out").code),
        ("people go out here", "exit"),
        ("The language of prompts", "2"),
        ("Which board is wired?", "no-such-board"),
        ("Which board is wired?", "simulated"),
        *(
            (f"Try {each}?", "n")
            for each in ("lamp_red", "lamp_yellow", "lamp_green", "buzzer", "relay_open")
        ),
        ("Which camera", "other"),
        ("Its address", "thing://on-a-pole"),
        ("Which camera", f"folder:{shown}"),
        ("Does the camera look at where people stand?", "y"),
    ]
    words = (*_SETUP, "--enrol", f"@127.0.0.1:{office.door}", "--config", str(config))
    with sooner_than(_LAST), at_terminal(words) as terminal:
        never = terminal.answers(replies)
    assert (never, terminal.code) == ([], 0), terminal.said
    assert f"gate out of {SITE} is set up" in terminal.said
    assert "not a camera: thing://on-a-pole" in terminal.said
    written = load_configuration(config)
    assert (written.gate.id, written.gate.direction, written.gate.language) == (
        "out",
        LaneDirection.EXIT,
        "en",
    )
    assert written.vision.camera == f"folder:{shown}"
    assert not (config.parent / "identity" / "adoption.json").exists()


def test_a_person_who_leaves_at_the_last_question_goes_on_without_the_code(
    office: Office, tmp_path: Path
) -> None:
    """Enter takes what the centre said of the gate: its way, and what it speaks."""
    config = tmp_path / "gate" / "gate.toml"
    ends = ("--config", str(config))
    enrol = f"{office.invite(direction='both', language='en').code}@127.0.0.1:{office.door}"
    with sooner_than(_LAST), at_terminal((*_SETUP, "--enrol", enrol, *ends)) as terminal:
        while (text := terminal.question()) and "Which board is wired?" not in text:
            terminal.types("\n")
        terminal.interrupts()
    assert terminal.code == 130
    assert not config.exists()
    answers = tmp_path / "answers.toml"
    answers.write_text(
        f'board = "simulated"\ncamera = "folder:{tmp_path}"\nfaces = "none"\ntrials = "none"\n'
    )
    done = called("setup", "--answers", answers, *ends)
    assert config.is_file(), done.stdout + done.stderr
    assert f"gate main of site {SITE}" in done.stdout
    written = load_configuration(config).gate
    assert (written.direction, written.language) == (LaneDirection.BOTH, "en")


def test_an_interrupt_that_was_not_heard_is_pressed_again() -> None:
    deaf_once = "import signal; signal.signal(signal.SIGINT, lambda *_: signal.signal(2, signal.SIG_DFL)); "
    with at_terminal((sys.executable, "-c", deaf_once + "input('write: '); input()")) as terminal:
        terminal.question()
        terminal.interrupts()
    assert terminal.code == -signal.SIGINT


@pytest.mark.parametrize(
    ("waits", "why"), [(Terminal.question, "silent for 0.05 s"), (Terminal.ends, "not ended within 0.05 s")]
)
def test_a_command_that_hangs_keeps_nobody(
    waits: Callable[[Terminal], object], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.attended.PATIENT_SECONDS", 0.05)
    with (
        at_terminal((sys.executable, "-c", "import signal; signal.pause()")) as terminal,
        pytest.raises(AssertionError, match=why),
    ):
        waits(terminal)
