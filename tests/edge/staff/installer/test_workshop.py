"""An installer at a gate's console: what they try moves, and only then; what they read names nobody."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.boards.format import InputName, OutputName
from edge.commands.core import CommandKind
from edge.devices.simulated import drive, is_active
from edge.diagnostics.redaction import plain_fields
from edge.staff.core.roles import StaffRole
from edge.staff.core.scenes import Scene
from edge.staff.protocol import Done
from edge.staff.protocol.installing import (
    Bundle,
    ChecksView,
    LinesView,
    LogRead,
    MakeBundle,
    ReadLog,
    RunChecks,
    Simulated,
    SimulateLane,
    Tried,
    TryOutput,
)
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import msgpack_decoder
from edge.support.recent_log import RecentLog
from tests.edge.alone import BOARD
from tests.edge.staff.staffed import Staffed, at_work, is_refused
from tests.simulation.site import Site

KEY = "0123456789abcdef"
LAMPS = (OutputName.LAMP_RED, OutputName.LAMP_GREEN, OutputName.BUZZER)
lines_of = msgpack_decoder(LinesView)
checks_of = msgpack_decoder(ChecksView)


def trial(output: OutputName, key: str = KEY) -> TryOutput:
    return TryOutput(key, output)


def moves(here: Staffed) -> list[tuple[OutputName, bool]]:
    """What moves from now on."""
    named = {line.pin: name for name, line in BOARD.outputs.items()}
    moved: list[tuple[OutputName, bool]] = []
    before = here.pins.moved

    def note(pin: int, high: bool) -> None:
        before(pin, high)
        moved.append((named[pin], is_active(BOARD, here.pins, named[pin])))

    here.pins.moved = note
    return moved


@pytest.mark.parametrize("output", LAMPS)
def test_a_lamp_or_the_buzzer_moves_and_the_journal_has_it_first(here: Staffed, output: OutputName) -> None:
    fitter, moved = here.sign_in("fitter"), moves(here)
    tried = here.ask(trial(output), fitter)
    assert isinstance(tried, Tried)
    here.pass_time(10.0)
    assert (output, True) in moved
    assert (output, False) in moved
    [event] = here.events("installer_tested")
    assert event.sequence == tried.sequence
    assert event.content == {"staff": "fitter", "what": f"output {output}", "outcome": "begun"}
    assert not here.events("lane_opened")


def test_the_barrier_opens_as_in_operation_once_a_key_and_in_the_journal_first(here: Staffed) -> None:
    fitter = here.sign_in("fitter")
    tried = here.ask(trial(OutputName.RELAY_OPEN), fitter)
    again = here.ask(trial(OutputName.RELAY_OPEN), fitter)
    here.pass_time(60.0)
    assert isinstance(again, Tried)
    assert (again.sequence, again.again) == (tried.sequence, True)
    assert len(here.impulses()) == 1
    order = here.events("installer_tested", "lane_opened")
    assert [entry.kind for entry in order] == ["installer_tested", "lane_opened"]
    assert order[1].content == {"cause": "staff", "reference": str(order[0].sequence)}


REFUSED = {
    "a guard asks": "not_your_role",
    "somebody is before the gate": "occupied",
    "staff hold it open": "occupied",
    "the centre has locked it": "locked_by_centre",
    "there is a fire": "fire",
}


@pytest.mark.parametrize("output", [OutputName.RELAY_OPEN, OutputName.BUZZER])
@pytest.mark.parametrize("why", REFUSED)
def test_nothing_is_tried_while(here: Staffed, why: str, output: OutputName) -> None:
    asks = here.sign_in("wang" if why == "a guard asks" else "fitter")
    if why == "somebody is before the gate":
        here.show(face="a stranger", seconds=1.0, then=0.1)
    elif why == "staff hold it open":
        drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
        here.pass_time(10.0)
    elif why == "the centre has locked it":
        here.publish(here.site.subjects)  # whose keys the command is believed by
        here.pass_time(5.0)
        here.order(CommandKind.LOCK_DOWN)
    elif why == "there is a fire":
        drive(BOARD, here.pins, InputName.FIRE, active=True)
    here.pass_time(1.0)
    moved, relays = moves(here), len(here.relay)
    answer = here.ask(trial(output), asks)
    assert is_refused(answer, REFUSED[why]), answer
    here.pass_time(1.0)
    assert (OutputName.BUZZER, True) not in moved or output is not OutputName.BUZZER
    assert len(here.relay) == relays, "no relay moved by it"
    assert "begun" not in [said["outcome"] for said in here.said("installer_tested")]


def test_a_console_that_tries_again_and_again_does_not_fill_the_journal(here: Staffed) -> None:
    fitter = here.sign_in("fitter")
    answers = [here.ask(trial(OutputName.BUZZER, f"{number:016x}"), fitter) for number in range(50)]
    assert 3 <= sum(isinstance(answer, Tried) for answer in answers) <= 8
    assert is_refused(answers[-1], "busy")
    here.pass_time(60.0)
    assert isinstance(here.ask(trial(OutputName.BUZZER, "ff" * 8), fitter), Tried)
    drive(BOARD, here.pins, InputName.FIRE, active=True)
    here.pass_time(1.0)
    before = len(here.events("installer_tested"))
    for number in range(100, 130):
        assert is_refused(here.ask(trial(OutputName.BUZZER, f"{number:016x}"), fitter), "fire")
    assert len(here.events("installer_tested")) == before + 1


class WithoutJournal(Staffed):
    """A gate whose journal cannot be opened."""

    def connect(self, path: Path, *, read_only: bool = False, timeout: float = 5.0) -> sqlite3.Connection:
        if path == self.configuration.journal.path:
            raise sqlite3.OperationalError("disk I/O error")
        return super().connect(path, read_only=read_only, timeout=timeout)


@pytest.mark.parametrize("output", [OutputName.RELAY_OPEN, OutputName.BUZZER])
def test_nothing_moves_that_the_journal_cannot_hold(tmp_path: Path, site: Site, output: OutputName) -> None:
    gate = WithoutJournal(tmp_path / "gate", site)
    gate.add("fitter", StaffRole.INSTALLER)
    with at_work(gate):
        fitter, moved = gate.sign_in("fitter"), moves(gate)
        assert is_refused(gate.ask(trial(output), fitter), "not_recorded")
        gate.pass_time(1.0)
        assert moved == []


@pytest.mark.parametrize("output", [OutputName.RELAY_CLOSE, OutputName.INTERLOCK])
def test_what_is_not_wired_or_not_to_be_tried_alone_is_refused(here: Staffed, output: OutputName) -> None:
    assert is_refused(here.ask(trial(output), here.sign_in("fitter")), "invalid")


def watched(here: Staffed, session: str, topic: Topic) -> bytes:
    """The newest value of a topic, after a while in which somebody watches it."""
    here.asks(Watch((topic,), most_wait=0.0), session)
    here.pass_time(1.0)
    answer = here.ask(Watch((topic,), most_wait=0.0), session)
    assert isinstance(answer, Watched)
    return bytes(answer.changed[topic])


def test_each_input_shows_its_level_and_when_it_changed(here: Staffed) -> None:
    fitter = here.sign_in("fitter")
    before: LinesView = lines_of(watched(here, fitter, Topic.INSTALLER))
    assert {line.name for line in before.inputs} == BOARD.inputs.keys()
    assert not [line for line in before.inputs if line.active]
    assert (before.busy, before.phase, before.simulated) == ("", "closed", False)
    drive(BOARD, here.pins, InputName.OBSTACLE, active=True)
    after: LinesView = lines_of(watched(here, fitter, Topic.INSTALLER))
    [obstacle] = [line for line in after.inputs if line.name is InputName.OBSTACLE]
    assert (obstacle.active, obstacle.changes, obstacle.pin) == (
        True,
        1,
        BOARD.inputs[InputName.OBSTACLE].pin,
    )
    assert obstacle.since > next(line.since for line in before.inputs if line.name is InputName.OBSTACLE)
    assert {line.name for line in after.outputs if line.tried} >= {OutputName.RELAY_OPEN, OutputName.BUZZER}


def test_a_change_that_nobody_saw_is_dated_all_the_same(here: Staffed) -> None:
    """The lines are looked at while somebody watches; a button pressed meanwhile was pressed then."""
    fitter = here.sign_in("fitter")
    before: LinesView = lines_of(watched(here, fitter, Topic.INSTALLER))
    here.pass_time(20.0)
    for active in (True, False):
        drive(BOARD, here.pins, InputName.OBSTACLE, active=active)
        here.pass_time(5.0)
    after: LinesView = lines_of(watched(here, fitter, Topic.INSTALLER))
    first, second = (
        next(line for line in view.inputs if line.name is InputName.OBSTACLE) for view in (before, after)
    )
    assert (second.active, second.changes) == (False, 1)
    assert 20.0 < (second.since - first.since).total_seconds() < 40.0


@pytest.mark.parametrize("topic", [Topic.INSTALLER, Topic.CHECKS, Topic.AIM])
def test_an_installers_topics_are_an_installers(here: Staffed, topic: Topic) -> None:
    for staff in ("wang", "ma"):
        assert is_refused(here.ask(Watch((topic,)), here.sign_in(staff)), "not_your_role")


def test_a_scene_is_played_on_simulated_pins_and_nothing_moves(here: Staffed) -> None:
    fitter, moved = here.sign_in("fitter"), moves(here)
    for scene in Scene:
        played = here.ask(SimulateLane(scene), fitter)
        assert isinstance(played, Simulated)
        assert any(line.given for line in played.timeline)
        assert [line.at for line in played.timeline] == sorted(line.at for line in played.timeline)
    granted = here.ask(SimulateLane(Scene.GRANT), fitter)
    texts = [line.text for line in granted.timeline]
    assert texts.index("relay_open on") < texts.index("relay_open off")
    assert moved == []
    assert not here.events("lane_opened")


# --- what is read --------------------------------------------------------------------------------


@pytest.fixture
def told(tmp_path: Path, site: Site) -> Iterator[Staffed]:
    """A gate whose log names everybody who lives or works there."""
    gate = Staffed(tmp_path / "gate", site)
    log = RecentLog(plain_fields)
    gate.machine = replace(gate.machine, recent_log=log)
    gate.add("fitter", StaffRole.INSTALLER)
    gate.add("wang", StaffRole.GUARD)
    for level, name in (("info", "wang"), *(("error", person) for person in site.people)):
        line = {"level": level, "event": "happened", "subject": name, "error": f"the card of {name} is torn"}
        log.note(None, level, line)
    with at_work(gate):
        gate.publish(site.subjects)
        gate.pass_time(5.0)
        yield gate


def named(gate: Staffed, text: str) -> list[str]:
    """Who is named in a text."""
    words = set(re.split(r"[^\w-]+", text.casefold()))
    return [name for name in ("wang", "fitter", *gate.site.people) if name.casefold() in words]


def test_checks_log_and_bundle_name_nobody_who_lives_or_works_there(told: Staffed) -> None:
    fitter = told.sign_in("fitter")
    assert is_refused(told.ask(MakeBundle(), fitter), "busy"), "nothing was checked yet"
    told.pass_time(10.0)
    checks: ChecksView = checks_of(watched(told, fitter, Topic.CHECKS))
    verdicts = [check.verdict for check in checks.checks]
    assert verdicts == sorted(verdicts, key=["bad", "warning", "good"].index), "worst first"
    assert checks.problem == ""
    assert checks.board is not None
    assert dict(checks.versions).keys() >= {"gatepost", "python", "kernel"}

    log = told.ask(ReadLog(), fitter)
    assert isinstance(log, LogRead)
    assert {line.fields["error"] for line in log.lines} == {"the card of … is torn"}
    assert {line.level for line in told.ask(ReadLog("error"), fitter).lines} == {"error"}

    bundle = told.ask(MakeBundle(), fitter)
    assert isinstance(bundle, Bundle)
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    assert "is torn" in text
    assert named(told, text) == []
    assert named(told, f"{checks} {log}") == []
    assert told.said("installer_tested")[-1] == {"staff": "fitter", "what": "bundle", "outcome": "made"}
    assert isinstance(told.ask(RunChecks(), fitter), Done)
