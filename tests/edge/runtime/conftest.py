"""A gate on the bench: a real site, registry, journal and lane; simulated pins; sightings by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest, issue_pass
from edge.admin.site_admin import REGISTRY_LIFETIME, SiteAdmin, SiteFile, init_site, open_site_admin
from edge.boards.files import load_board
from edge.boards.format import OutputName
from edge.configuration import GateConfiguration, load_configuration
from edge.decision import (
    ClockTrust,
    Policy,
    Status,
    StatusRecord,
    Subject,
    decide,
    identified_by,
)
from edge.devices.clock import FixedClock
from edge.devices.simulated import release_all, simulated_pins
from edge.journal.factory import open_journal
from edge.journal.format import AccessDecided, event_of
from edge.journal.store import Journal
from edge.lane.configuration import LaneDirection
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Record
from edge.liveness import LivenessReading
from edge.ports import AccessEvent
from edge.runtime.access_controller import AccessController
from edge.runtime.machine import NoVision, Vision
from edge.runtime.registry_service import News, RegistryService, registry_service_of
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName, WorkerTask
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting
from tests.events import check_journal

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)  # noon at the site
ENGINE = ENGINE_NAMES[FaceEngineName.SFACE]


def without_vision(_: WorkerTask) -> Vision:
    """A vision that starts no worker, which takes half a second of CPU, and sees nothing."""
    return NoVision()


def face_of(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=128)
    return (values / np.linalg.norm(values)).astype(np.float32)


@dataclass
class Bench:
    """One gate and the hand that shows it things. Time passes as it is told to."""

    admin: SiteAdmin
    configuration: GateConfiguration
    clock: FixedClock
    journal: Journal
    lane: LaneDriver
    registry_service: RegistryService
    controller: AccessController
    news: list[News]
    said: list[LaneReport]
    frame: int = 0
    heard: int = 0
    open_lines: list[OutputName] = field(default_factory=list)

    def pass_text(self, request: PassRequest) -> str:
        return issue_pass(self.admin, request, self.clock.wall().at).text

    def publish(self) -> None:
        self.admin.build(self.clock.wall().at, REGISTRY_LIFETIME)
        self.registry_service.look()

    def show(self, *codes: str, faces: tuple[int, ...] = (), seconds: float = 0.5) -> list[AccessEvent]:
        """Show codes and faces for a while; what was decided."""
        passages = []
        for _ in range(max(1, round(seconds / 0.1))):
            self.frame += 1
            sighting = Sighting(
                self.frame,
                self.clock.monotonic(),
                "camera",
                640,
                480,
                tuple(
                    FaceSighting(
                        track=seed,
                        box=Box(260, 100, 120, 150),
                        confidence=0.9,
                        landmarks=((float(self.frame), float(seed)),),  # no two frames are alike
                        engine=ENGINE,
                        template=face_of(seed).tobytes(),
                        liveness=LivenessReading(0.9),
                    )
                    for seed in faces
                ),
                tuple(CodeSighting(text, len(text)) for text in codes),
            )
            passage = self.controller.handle(sighting)
            self.pump()
            if passage is not None:
                self.decides_again(passage)
                passages.append(passage)
            self.clock.advance(0.1)
        return passages

    def decides_again(self, passage: AccessEvent) -> None:
        """Insist that what was written of a passage, and the registry's record, give the same decision."""
        if passage.entry is None:
            return
        event, holdings = event_of(passage.entry), self.registry_service.holdings()
        assert isinstance(event, AccessDecided)
        policy, subject = Policy(), None
        if holdings is not None:
            policy = holdings.registry.policy
            subject = holdings.registry.subjects.get(identified_by(event.evidence) or "")
        assert (holdings and holdings.registry.version) == event.registry
        assert event.circumstances is not None
        assert event.circumstances.known == (subject is not None)
        situations = [event.situation("green-court", gate) for gate in ("main", "out")]  # it may be either
        again = [decide(policy, subject, event.evidence, item) for item in situations if item is not None]
        assert event.decision in again

    def leave(self, seconds: float = 30.0) -> None:
        """Everybody goes; the lane comes to rest."""
        ends = self.clock.monotonic() + seconds
        self.show(seconds=0.1)
        while self.clock.monotonic() < ends:
            self.clock.advance(max(0.05, self.pump() - self.clock.monotonic()))

    def pump(self) -> float:
        """Step the lane, and let the controller hear what it says; when to step it again at the latest."""
        until = self.lane.pump()
        for report in self.said[self.heard :]:
            if isinstance(report.said, Record):
                self.controller.notify(report.said)
        self.heard = len(self.said)
        return until

    @property
    def barrier_is_open(self) -> bool:
        return OutputName.RELAY_OPEN in self.lane.state.driven


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two gates and two residents, its registry published: each test has a copy."""
    gates = {"main": LaneDirection.ENTRY, "out": LaneDirection.EXIT}
    admin = init_site(tmp_path_factory.mktemp("founded") / "site", SiteFile("green-court"), gates, NOON)
    green = StatusRecord(Status.GREEN, "office", "", "r", NOON - timedelta(days=9))
    for seed, name in enumerate(("ann", "bob"), start=1):
        subject = Subject(name, groups=frozenset({"resident"}), status=green)
        admin.store.add(subject, (face_of(seed),), ENGINE)
    admin.build(NOON, REGISTRY_LIFETIME)
    return admin.folder


@pytest.fixture
def bench(tmp_path: Path, founded: Path) -> Iterator[Bench]:
    admin = open_site_admin(copytree(founded, tmp_path / "site"))
    configuration = load_configuration(admin.folder / "gates" / "main" / "gate.toml")
    clock = FixedClock(NOON, ClockTrust.TRUSTED)
    board, pins = load_board(configuration.lane.board), simulated_pins()
    release_all(board, pins)
    said: list[LaneReport] = []
    lane = LaneDriver(board, pins, said.append, clock.monotonic)
    lane.open()
    journal = open_journal(configuration.journal.path, "main")
    news: list[News] = []
    registry_service = registry_service_of(
        configuration.registry,
        "green-court",
        ENGINE,
        clock.wall,
        news.append,
        gate="main",
        monotonic=clock.monotonic,
    )
    registry_service.load()
    controller = AccessController(configuration, clock, journal, lane, registry_service.holdings)
    made = Bench(admin, configuration, clock, journal, lane, registry_service, controller, news, said)
    yield made
    lane.close()
    made.journal.close()  # a test may have put another in its place
    check_journal(configuration.journal.path)


def changed(subject: Subject, **fields: object) -> Subject:
    return replace(subject, **fields)


@pytest.fixture
def tries_again_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be done is tried again after moments, where the test waits for it."""
    monkeypatch.setattr("edge.runtime.gate_at_work._TRY_AGAIN_AFTER", 0.3)
    monkeypatch.setattr("edge.journal.retrying.TRY_AGAIN_AFTER", 0.3)
