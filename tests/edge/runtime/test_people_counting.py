"""Counting in the running gate: beams, journal, limits, the decision, and the command that shows it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from queue import Queue, SimpleQueue
from threading import Event, Thread
from typing import Any

import pytest
from msgspec.structs import replace

from edge.boards.files import load_board
from edge.boards.format import InputName
from edge.configuration import GateConfiguration
from edge.counting.configuration import CountsSection
from edge.counting.exchange import correction_file
from edge.decision import Direction, Outcome, Reason
from edge.devices.simulated import drive, simulated_pins
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import Verdict
from edge.gate import run_gate
from edge.journal.format import LaneEvent, LanePassed
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.lane.configuration import LaneDirection
from edge.lane.driver import LaneReport
from edge.lane.machine import Record
from edge.runtime.access_controller import AccessController
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard, MainLoop
from edge.runtime.people_counting import open_counter
from edge.vision.configuration import FaceEngineName
from edge.vision.reports import Heartbeat
from tests.command_line import called
from tests.edge.runtime.conftest import Bench, without_vision
from tests.waiting import PATIENT, pause, soon


def with_limit(bench: Bench) -> None:
    policy = bench.admin.folder / "policy.toml"
    policy.write_text(policy.read_text() + "\n[occupancy]\nwarn = 1\nstop = 1\nrelief = 0\n")
    bench.publish()


@pytest.fixture
def configuration(bench: Bench) -> GateConfiguration:
    with_limit(bench)
    bench.lane.close()
    bench.journal.close()
    vision = replace(bench.configuration.vision, camera="v4l2:99", faces=FaceEngineName.NONE)
    return replace(bench.configuration, vision=vision)


def kinds_of(configuration: GateConfiguration) -> list[str]:
    with closing(JournalReader(configuration.journal.path)) as reader:
        return [entry.kind for entry in reader.every()]


def test_a_passage_through_the_beams_is_counted_stops_entries_and_is_shown(
    configuration: GateConfiguration, bench: Bench
) -> None:
    board, pins = load_board(configuration.lane.board), simulated_pins()
    heard: Queue[Heard] = Queue()
    stop = Event()
    gate = Thread(
        target=run_gate,
        args=(configuration, stop, Machine(pins=pins, vision=without_vision)),
        kwargs={"listener": heard.put},
        daemon=True,
    )
    gate.start()
    try:
        soon(lambda: not heard.empty())
        for line in (InputName.OVERRIDE, InputName.BEAM_OUTER, InputName.BEAM_INNER):
            drive(board, pins, line, active=True)
            pause(0.1)  # as long as a person takes
        for line in (InputName.OVERRIDE, InputName.BEAM_OUTER, InputName.BEAM_INNER):
            drive(board, pins, line, active=False)
            pause(0.1)
        soon(lambda: EventKind.OCCUPANCY_STOPPED in kinds_of(configuration))
        file = bench.admin.folder / "gates" / "main" / "gate.toml"
        shown = json.loads(
            called("gate", "count", "show", "--config", file, "--json", cwd=file.parent).stdout
        )
        assert (shown["inside"], shown["level"], shown["certainty"]) == (1, "stopped", "counted")
        assert shown["last_minute"] == {"entered": 1, "left": 0, "estimated": 0}
        words = ("gate", "count", "set", "0", "--actor", "li-na", "--config", file)
        assert called(*words, cwd=file.parent).returncode == 0
        soon(lambda: EventKind.OCCUPANCY_RELIEVED in kinds_of(configuration))
        assert not correction_file(configuration.journal.path).exists()
    finally:
        stop.set()
        gate.join(PATIENT)
    told = called("gate", "count", "show", "--config", file, cwd=file.parent)
    assert "inside: 0 (counted), level room" in told.stdout
    assert "corrected by -1" in told.stdout


def test_a_correction_without_a_name_is_refused(bench: Bench, tmp_path: Path) -> None:
    file = bench.admin.folder / "gates" / "main" / "gate.toml"
    done = called("gate", "count", "set", "3", "--actor", "", "--config", file, cwd=tmp_path)
    assert (done.returncode, "Name somebody" in " ".join(done.stderr.split())) == (2, True)


def test_who_passed_in_the_last_moment_before_the_end_is_counted(bench: Bench) -> None:
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    heard: SimpleQueue[Any] = SimpleQueue()
    loop = MainLoop(bench.controller, bench.journal, bench.clock, heard, (), counter)
    passed = Record(LanePassed(Direction.ENTRY, "counted", "grant"))
    for report in (LaneReport(1.0, passed), Heartbeat(1.0, 1), LaneReport(1.1, passed)):
        heard.put(report)
    loop.drain()
    assert counter.occupancy() == 2
    assert heard.empty()
    counter.close()
    assert kinds_of(bench.configuration) == [LaneEvent.PASSED, LaneEvent.PASSED]


@pytest.mark.parametrize(
    ("board", "counts", "findings"),
    [
        ("simulated", CountsSection(), [("counting", Verdict.GOOD)]),
        ("raspberry-pi-4", CountsSection(), [("counting", Verdict.WARNING)]),  # a lock, and no beams
        (
            "simulated",
            CountsSection(Path("/nowhere"), Path("/nowhere/main.json")),
            [("counting", Verdict.GOOD), ("counts", Verdict.WARNING), ("counts", Verdict.WARNING)],
        ),
    ],
)
def test_gate_check_says_what_the_count_rests_on(
    bench: Bench, board: str, counts: CountsSection, findings: list[tuple[str, Verdict]]
) -> None:
    lane = replace(bench.configuration.lane, board=board)
    configuration = replace(bench.configuration, lane=lane, counts=counts)
    told = [
        (item.what, item.verdict) for item in check_beside(configuration) if item.what.startswith("count")
    ]
    assert told == findings


def test_at_a_full_site_an_entry_asks_the_staff_and_an_exit_opens(bench: Bench) -> None:
    with_limit(bench)
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    wall = bench.clock.wall()
    passed = LanePassed(Direction.ENTRY, "counted", "grant")
    counter.happened(passed, wall, bench.journal.append(passed, wall), 1.0)
    for event in counter.due(wall, 1.0):
        counter.happened(event, wall, bench.journal.append(event, wall), 1.0)

    def controller(direction: LaneDirection) -> AccessController:
        section = replace(bench.configuration.gate, direction=direction)
        configuration = replace(bench.configuration, gate=section)
        return AccessController(
            configuration,
            bench.clock,
            bench.journal,
            bench.lane,
            bench.registry_service.holdings,
            people=counter,
        )

    bench.controller = controller(LaneDirection.ENTRY)
    [refused] = bench.show(faces=(1,))
    assert (refused.decision.outcome, refused.decision.reason) == (Outcome.REFER, Reason.SITE_FULL)
    assert not bench.barrier_is_open
    bench.leave()
    bench.controller = controller(LaneDirection.EXIT)
    [granted] = bench.show(faces=(1,))
    assert granted.decision.outcome is Outcome.GRANT
    assert bench.barrier_is_open
    counter.close()


def test_a_resident_who_came_in_and_shows_the_pass_again_is_sent_to_the_staff(bench: Bench) -> None:
    policy = bench.admin.folder / "policy.toml"
    policy.write_text(policy.read_text() + '\n[anti_passback]\nkind = "hard"\n')
    bench.publish()
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    bench.controller = AccessController(
        bench.configuration,
        bench.clock,
        bench.journal,
        bench.lane,
        bench.registry_service.holdings,
        people=counter,
    )
    [granted] = bench.show(faces=(1,))
    assert granted.entry is not None
    wall = bench.clock.wall()
    counter.decided(granted.decision, granted.entry)
    passed = LanePassed(Direction.ENTRY, "counted", "grant", str(granted.entry.sequence))
    counter.happened(passed, wall, bench.journal.append(passed, wall), 1.0)
    bench.leave()
    [refused] = bench.show(faces=(1,))
    assert (refused.decision.outcome, refused.decision.reason) == (Outcome.REFER, Reason.ANTI_PASSBACK)
    counter.close()
