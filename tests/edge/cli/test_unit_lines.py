"""What a lane waits for is loaded, and no more; and it ends as any other command does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli.unit_lines import run_line, unit_line
from tests.edge.cli.small_gate import small_gate

UNIT = Path(__file__).parents[3] / "systemd" / "gatepost-gate.service"
TILL_READY = """\
import json, sys
from edge.support.notify import Notifier
from sync.cli.main import main

def ready(notifier, text):
    print(json.dumps({"text": text, "loaded": sorted(sys.modules)}))

Notifier.ready = ready
Notifier.alive = lambda notifier: sys.exit()
sys.argv = ["gatepost", "gate", "run", "--config", sys.argv[1]]
main()
"""
AFTER_READY = ("cyclopts", "rich", "edge.staff.side", "edge.staff.enrolment", "edge.calibration.core", "cv2")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return small_gate(tmp_path)


def test_what_the_unit_runs_goes_past_the_parser(file: Path) -> None:
    lines = re.findall(r"^Exec\w+=\S+/gatepost (.*)$", UNIT.read_text(), re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        *words, _ = line.split()
        assert unit_line([*words, str(file)]) is not None, line


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["gate", "run"],
        ["gate", "run", "--config"],
        ["gate", "run", "--config", "{file}", "--json"],
        ["gate", "run", "--config", "not-there.toml"],
        ["gate", "check", "--config", "{file}"],
        ["lane", "rest", "--json"],
    ],
)
def test_any_other_line_goes_by_the_parser(words: list[str], file: Path) -> None:
    assert unit_line([word.format(file=file) for word in words]) is None


def test_until_a_gate_is_ready_it_loads_nothing_of_the_parser_and_of_the_staffs(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TILL_READY, str(file)], stdout=subprocess.PIPE, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert said["text"] == "gate main of s"
    assert not set(AFTER_READY) & set(said["loaded"])


@pytest.mark.parametrize(
    ("text", "code", "complaint"),
    [("[gate", 2, "gate.toml: "), ('[lane]\nboard = "none-such"\n', 2, "none-such")],
)
def test_a_line_that_fails_says_why_as_a_command_does(
    text: str, code: int, complaint: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    words = ["lane", "rest", "--config", str(file)]
    does = unit_line(words)
    assert does is not None
    with pytest.raises(SystemExit) as end:
        run_line(does, words)
    assert end.value.code == code
    assert complaint in capsys.readouterr().err


def test_a_fault_of_ours_is_raised_as_it_is(file: Path) -> None:
    def fault() -> None:
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        run_line(fault, ["lane", "rest", "--config", str(file)])
