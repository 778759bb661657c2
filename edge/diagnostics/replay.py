"""Replays pictures, folders and videos through the gate's pipeline, with simulated pins and a scratch
journal.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.boards.files import load_board
from edge.boards.format import Board
from edge.configuration import GateConfiguration
from edge.decision import ClockTrust, Evidence, Reason
from edge.devices.clock import FixedClock
from edge.devices.simulated import release_all, simulated_pins
from edge.journal.factory import open_journal
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import RESTING, Record
from edge.ports import AccessEvent
from edge.registry.store import HELD
from edge.runtime.access_controller import AccessController
from edge.runtime.registry_service import News, RegistryService, registry_service_of
from edge.vision.configuration import ENGINE_NAMES
from edge.vision.playback import files_of, play
from edge.vision.reports import CameraReport, CameraState, InputRefused, Sighting

_QUIET = 600.0
"""Seconds of simulated time after which a lane counts as at rest in any case."""


@dataclass(frozen=True)
class ReplayResult:
    """The result of one input: an access event, or why there is none. `barrier` lists moved lines."""

    input: str
    passage: AccessEvent | None
    barrier: tuple[str, ...] = ()
    refused: str = ""

    def plain(self) -> dict[str, Any]:
        """As `replay --json` prints it."""
        if self.passage is None:
            reason = "input_unreadable" if self.refused else Reason.NOBODY_SEEN.value
            empty = {"decision": None, "reason": reason, "subject": None, "evidence": None}
            error = {"error": self.refused} if self.refused else {}
            return {"input": self.input} | empty | {"barrier": [], "latency_ms": {}} | error
        decision = self.passage.decision
        return {
            "input": self.input,
            "decision": decision.outcome.value,
            "reason": decision.reason.value,
            "rule": decision.rule,
            "subject": decision.subject_id,
            "status": None if decision.status is None else decision.status.value,
            "alarms": [alarm.reason.value for alarm in decision.alarms],
            "evidence": plain_evidence(self.passage.evidence),
            "barrier": list(self.barrier),
            "latency_ms": self.passage.latency_ms,
        }


def plain_evidence(evidence: Evidence) -> dict[str, Any]:
    """Evidence as a flat table; None where nothing was seen of the kind."""
    face, code = evidence.face, evidence.code
    return {
        "direction": evidence.direction.value,
        "face": None if face is None else (face.problem or face.finding).value,
        "face_score": None if face is None else face.score,
        "runner_up": None if face is None else face.runner_up,
        "pass_score": None if face is None else face.pass_score,
        "liveness": None if face is None else face.liveness,
        "liveness_frames": 0 if face is None else face.liveness_frames,
        "challenge": None if face is None or face.challenge is None else face.challenge.value,
        "frames": 0 if face is None else face.frames,
        "pass_verdict": None if code is None else code.verdict.value,
        "pass_detail": "" if code is None else code.detail,
        "pass_id": None if code is None else code.pass_id,
    }


def replay(
    configuration: GateConfiguration,
    inputs: Sequence[Path],
    at: datetime | None = None,
    *,
    notify: Callable[[News], None] | None = None,
) -> Iterator[ReplayResult]:
    """Decide on `inputs` as the gate would at `at` (aware; now by default), in order.

    A picture stands alone and is one answer; a video has as many as there were encounters in it, and one
    without a passage where there was none. `notify` is called with the registry's news. The gate's own
    journal and registry folder stay as they are. Raises GatepostError where the configuration cannot be used.
    """
    with ExitStack() as opened:
        bench = _Bench(configuration, at or datetime.now(UTC), opened, notify or _ignore)
        passages = 0
        for report in play(files_of(inputs), configuration.vision):
            if isinstance(report, Sighting):
                for answer in bench.handle(report):
                    passages += 1
                    yield answer
            elif isinstance(report, InputRefused):
                passages += 1
                yield ReplayResult(report.input, None, refused=report.reason)
            elif isinstance(report, CameraReport) and report.state is CameraState.FINISHED:
                last = bench.finish()
                if last is not None:
                    yield last
                elif passages == 0:
                    yield ReplayResult(report.detail, None)
                passages = 0


class _Bench:
    """A gate on the bench: real registry, decision, journal and lane; simulated pins and time."""

    def __init__(
        self,
        configuration: GateConfiguration,
        at: datetime,
        opened: ExitStack,
        notify: Callable[[News], None],
    ) -> None:
        scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="gatepost-replay-")))
        board: Board = load_board(configuration.lane.board)
        pins = simulated_pins()
        release_all(board, pins)
        self._clock = FixedClock(at, ClockTrust.TRUSTED)
        self._said: list[LaneReport] = []
        self._lane = LaneDriver(board, pins, self._said.append, self._clock.monotonic)
        self._lane.open()
        opened.callback(self._lane.close)
        journal = open_journal(scratch / "journal.sqlite", configuration.gate.id)
        opened.callback(journal.close)
        registry_service = _registry_service(configuration, scratch, self._clock, notify)
        registry_service.load()
        self._alone = AccessController(
            configuration,
            self._clock,
            journal,
            self._lane,
            registry_service.holdings,
            frames=1,
        )
        self._stream = AccessController(
            configuration, self._clock, journal, self._lane, registry_service.holdings
        )
        self._moved = 0

    def handle(self, sighting: Sighting) -> Iterator[ReplayResult]:
        controller = self._alone if sighting.still else self._stream
        passage = controller.handle(sighting)
        if passage is not None:
            yield self._answer(passage)
        if sighting.still:
            last = self._alone.finish()
            if last is not None and passage is None:
                yield self._answer(last)

    def finish(self) -> ReplayResult | None:
        passage = self._stream.finish()
        return None if passage is None else self._answer(passage)

    def _answer(self, passage: AccessEvent) -> ReplayResult:
        """Let the lane act, note what moved, and wait until it is at rest."""
        self._said.clear()
        self._lane.pump()
        new = self._lane.moved_since(self._moved)
        moved = tuple(f"{move.output} {'on' if move.active else 'off'}" for move in new)
        self._come_to_rest()
        self._moved = self._lane.movements
        for report in self._said:
            if isinstance(report.said, Record):
                self._stream.notify(report.said)
        return ReplayResult(passage.input, passage, moved)

    def _come_to_rest(self) -> None:
        """Let simulated time pass, deadline by deadline, until the lane stands as it began."""
        ends = self._clock.monotonic() + _QUIET
        while (now := self._clock.monotonic()) < ends:
            self._clock.advance(max(0.01, self._lane.pump() - now))
            state = self._lane.state
            shows = state.notice is not None and self._clock.monotonic() < state.notice.until
            if state.phase in RESTING and not shows:
                return


def _registry_service(
    configuration: GateConfiguration,
    scratch: Path,
    clock: FixedClock,
    notify: Callable[[News], None],
) -> RegistryService:
    """The registry that the gate holds or would install now, copied to a folder of its own."""
    section = configuration.registry
    for pattern in HELD:
        for held in section.folder.glob(pattern):
            shutil.copy(held, scratch)
    if (section.folder / "lists").is_dir():
        shutil.copytree(section.folder / "lists", scratch / "lists")
    engine = ENGINE_NAMES[configuration.vision.faces]
    gate = configuration.gate
    return registry_service_of(section, gate.site, engine, clock.wall, notify, gate=gate.id, folder=scratch)


def _ignore(_: News) -> None:
    return
