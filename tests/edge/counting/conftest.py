"""One gate's count on its real journal and store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from edge.counting.configuration import CountsSection
from edge.counting.counter import Counter
from edge.counting.exchange import (
    CountExchange,
    CountsNews,
    correction_file,
)
from edge.counting.projection import CountedLane
from edge.counting.recovery import STORE_NAME, restored
from edge.counting.store import LedgerStore, open_store
from edge.decision import (
    ClockTrust,
    Direction,
    PassbackKind,
    Policy,
    WallTime,
)
from edge.decision.policy import AntiPassbackRule
from edge.journal.factory import open_journal
from edge.journal.format import (
    Entry,
    Event,
    LanePassed,
)
from edge.journal.store import Journal
from tests.events import decided

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


IN, OUT = Direction.ENTRY, Direction.EXIT


_Told = TypeVar("_Told", bound=Event)


SOFT = AntiPassbackRule(PassbackKind.SOFT)


@dataclass
class Gate:
    """One gate's count on its real journal and store, with the main loop's few lines."""

    folder: Path
    lane: CountedLane
    policy: Policy = field(default_factory=Policy)
    at: datetime = NOON
    trust: ClockTrust = ClockTrust.TRUSTED
    now: float = 100.0
    groups: frozenset[str] = frozenset()
    disk_full: bool = False
    events: list[Event] = field(default_factory=list)
    news: list[CountsNews] = field(default_factory=list)
    counter: Counter = field(init=False)
    journal: Journal = field(init=False)
    store: LedgerStore = field(init=False)
    exchange: CountExchange = field(init=False)

    def start(self, section: CountsSection | None = None) -> Gate:
        path = self.folder / "journal.sqlite"
        self.journal = open_journal(path, self.lane.gate)
        self.store = open_store(self.folder / STORE_NAME)
        projection, position, unsure = restored(self.lane, path, self.journal.epoch, *self.store.load())
        corrections = correction_file(path)
        self.exchange = CountExchange(
            section or CountsSection(), self.lane.site, corrections, self.news.append
        )
        self.counter = Counter(
            self.lane,
            projection,
            position,
            self.store,
            self.exchange,
            lambda: self.policy,
            lambda _: self.groups,
            unsure=unsure,
        )
        self.turn()
        return self

    def kill(self) -> None:
        self.store.close()
        self.journal.close()

    def restart(self) -> None:
        self.kill()
        self.start()

    def note(self, event: Event) -> Entry | None:
        wall = WallTime(self.at, self.trust)
        entry = None if self.disk_full else self.journal.append(event, wall)
        self.counter.happened(event, wall, entry, self.now)
        self.events.append(event)
        return entry

    def turn(self, seconds: float = 2.0) -> None:
        self.now += seconds
        self.at += timedelta(seconds=seconds)
        for event in self.counter.due(WallTime(self.at, self.trust), self.now):
            self.note(event)

    def look(self) -> None:
        """The link's thread looks once; the main loop takes up what it brought."""
        self.exchange.poll()
        for news in self.news:
            self.counter.receive(news, self.now)
        self.news.clear()
        self.turn()

    def crosses(self, direction: Direction | None, *, subject: str = "", estimated: bool = False) -> None:
        reference = ""
        if subject:
            entry = self.note(decided(subject=subject))
            reference = "unrecorded" if entry is None else str(entry.sequence)
        self.note(LanePassed(direction, "estimated" if estimated else "counted", "grant", reference))

    def told(self, kind: type[_Told]) -> list[_Told]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def inside(self) -> int:
        return self.counter.figures().inside


MakeGate = Callable[..., Gate]


@pytest.fixture
def make_gate(tmp_path: Path) -> Iterator[MakeGate]:
    made: list[Gate] = []

    def make(
        name: str = "main",
        *,
        way: Direction | None = None,
        beams: bool = True,
        alone: bool = True,
        section: CountsSection | None = None,
        **rules: Any,
    ) -> Gate:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        lane = CountedLane("green-court", name, way, beams, alone)
        made.append(Gate(folder, lane, Policy(**rules)).start(section))
        return made[-1]

    yield make
    for gate in made:
        gate.kill()
