"""Whatever the process that tries does, its parent says how the trial came out."""

from __future__ import annotations

import sys

import pytest

from edge.diagnostics.check_result import Verdict
from edge.setup.core import Trial, TrialKind, TrialOutcome
from edge.setup.trying import parent
from edge.setup.trying.parent import GateUser, checked, tried
from edge.setup.trying.wire import TryThis

LARGE = "x" * (1 << 20)
"""More than a pipe takes: who writes it waits until it is read, or nobody is there to read it."""


def asked(text: str) -> TryThis:
    return TryThis(document={"gate": {"id": text}}, trial=Trial(TrialKind.CAMERA), seconds=5.0)


def child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(parent, "_CHILD", (sys.executable, "-I", "-c", f"import sys\n{program}"))


@pytest.mark.parametrize("text", ["main", LARGE], ids=["small", "large"])
def test_one_that_ends_at_once_says_why(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    child(monkeypatch, "sys.exit('no memory')")
    outcome = tried(asked(text), GateUser(), list[str]().append)
    assert outcome == TrialOutcome("camera", False, problem="the trial did not end: no memory")


@pytest.mark.parametrize("text", ["main", LARGE], ids=["small", "large"])
def test_what_it_said_before_it_ended_is_heard(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    said = r'{"text": "a picture"}\n{"outcome": {"trial": "camera", "good": true}}\n'
    child(monkeypatch, f"sys.stdout.write('{said}')")
    told: list[str] = []
    assert tried(asked(text), GateUser(), told.append) == TrialOutcome("camera", True)
    assert told == ["a picture"]


def test_one_that_checks_and_ends_at_once_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    child(monkeypatch, "sys.exit(3)")
    [found] = checked(f"/{LARGE}", GateUser(), beside=False)
    assert (found.verdict, found.text) == (Verdict.BAD, "did not end: it took too long")


def test_one_that_reads_all_of_it_says_how_it_came_out(monkeypatch: pytest.MonkeyPatch) -> None:
    child(
        monkeypatch,
        "import json\nread = json.load(sys.stdin)\n"
        "print(json.dumps({'outcome': {'trial': read['document']['gate']['id'][:4], 'good': True}}))",
    )
    assert tried(asked(LARGE), GateUser(), list[str]().append) == TrialOutcome("xxxx", True)
