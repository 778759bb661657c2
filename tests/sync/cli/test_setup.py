"""From a site's folder to a gate that opens for a code: `gatepost setup`, by a file of answers."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from edge.configuration import load_configuration
from edge.decision import Outcome
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.runtime.main_loop import Heard
from tests.command_line import called
from tests.examples import LONG


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "green-court"
    called("site", "init", folder, "--mode", "face_or_code")
    called(
        "subject",
        "create",
        "li-na",
        "--name",
        "Li Na",
        "--group",
        "resident",
        "--status",
        "green",
        cwd=folder,
    )
    (tmp_path / "shown").mkdir()
    called("pass", "issue", "li-na", "--out", tmp_path / "shown" / "li-na.png", cwd=folder)
    called("registry", "build", cwd=folder)
    return folder


def answered(tmp_path: Path, site: Path, more: str = "") -> Path:
    file = tmp_path / "answers.toml"
    camera = f'camera = "folder:{tmp_path}/shown"'
    file.write_text(f'site = "{site}"\nboard = "simulated"\n{camera}\nfaces = "none"\n{more}')
    return file


@pytest.mark.longer
def test_a_gate_that_was_set_up_opens_for_a_code(tmp_path: Path, site: Path) -> None:
    config = tmp_path / "gate" / "gate.toml"
    done = called("setup", "--answers", answered(tmp_path, site), "--config", config, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["gate"], report["site"]) == ("main", "green-court")
    assert [trial["trial"] for trial in report["trials"] if trial["good"]] == ["camera"]
    assert not [check for check in report["checks"] if check["verdict"] == "bad"]
    if LONG:  # as in `tests/sync/adoption/test_from_a_code_to_a_grant.py`
        opens_for_the_code(config)


def opens_for_the_code(config: Path) -> None:
    opened, stop = [], threading.Event()

    def listen(heard: Heard) -> None:
        if isinstance(heard, AccessEvent):
            opened.append(heard.decision.outcome)
            stop.set()

    run_gate(load_configuration(config), stop, listener=listen)
    assert opened == [Outcome.GRANT]
