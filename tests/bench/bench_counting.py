"""A day of 50,000 passages at 24 gates, with kills in between: is the count exact, and what does it cost?

python tests/bench/bench_counting.py [PASSAGES] [GATES]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter as Multiset
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.counting.configuration import CountsSection
from edge.counting.counter import Counter
from edge.counting.exchange import CountExchange, CountsNews, correction_file
from edge.counting.projection import CountedLane
from edge.counting.recovery import STORE_NAME, restored
from edge.counting.store import LedgerStore, open_store
from edge.decision import ClockTrust, Direction, OccupancyRule, PassbackKind, Policy, WallTime
from edge.decision.policy import AntiPassbackRule
from edge.journal.factory import open_journal
from edge.journal.format import Event, LanePassed
from edge.journal.store import Journal
from tests.events import decided

SITE = "green-court"
MORNING = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)  # four o'clock at the site
POLICY = Policy(
    occupancy=OccupancyRule(warn=800, stop=1000, relief=20),
    anti_passback=AntiPassbackRule(PassbackKind.SOFT),
)


@dataclass
class Gate:
    """One gate's journal and count, with the main loop's few lines; `kill` leaves everything as it is."""

    name: str
    folder: Path
    exchange: Path
    starts: int = 0
    now: float = 0.0
    counter: Counter = field(init=False)
    journal: Journal = field(init=False)
    store: LedgerStore = field(init=False)
    link: CountExchange = field(init=False)
    told: Multiset[str] = field(default_factory=Multiset)

    def start(self) -> None:
        self.starts += 1
        path = self.folder / "journal.sqlite"
        self.journal = open_journal(path, self.name)
        section = CountsSection(self.exchange, self.exchange / f"{self.name}.json")
        self.store = open_store(self.folder / STORE_NAME)
        lane = CountedLane(SITE, self.name, None, beams=True, alone=False)
        projection, place, unsure = restored(lane, path, self.journal.epoch, *self.store.load())
        assert not unsure, unsure
        self.link = CountExchange(section, SITE, correction_file(path), self._receive)
        self.counter = Counter(
            lane, projection, place, self.store, self.link, lambda: POLICY, lambda _: frozenset()
        )

    def _receive(self, news: CountsNews) -> None:
        self.counter.receive(news, self.now)

    def kill(self) -> None:
        """As kill -9: nothing is kept that was not."""
        self.store.close()
        self.journal.close()

    def turn(self, at: datetime) -> None:
        wall = WallTime(at, ClockTrust.TRUSTED)
        for event in self.counter.due(wall, self.now):
            self.note(event, at)

    def note(self, event: Event, at: datetime) -> int:
        wall = WallTime(at, ClockTrust.TRUSTED)
        entry = self.journal.append(event, wall)
        self.counter.happened(event, wall, entry, self.now)
        self.told[event.kind] += 1
        return entry.sequence

    def pass_through(self, subject: str, direction: Direction, at: datetime) -> None:
        reference = str(self.note(decided(subject=subject), at))
        self.note(LanePassed(direction, "counted", "grant", reference), at)


@dataclass
class Day:
    """What a simulated day came to, beside what was true."""

    gates: list[Gate]
    inside: int
    truth: dict[str, list[int]]
    where: dict[str, Direction]
    kills: int = 0

    def wrong(self) -> list[str]:
        """Every figure of every gate that is not the truth."""
        found = []
        for gate in self.gates:
            figures = gate.counter.figures()
            if (figures.inside, figures.counted) != (self.inside, True):
                found.append(f"{gate.name}: {figures.inside} inside, {figures.certainty}, not {self.inside}")
            told = {item.gate: [item.entered, item.left] for item in figures.gates}
            if told != self.truth:
                found.append(f"{gate.name}: {told}, not {self.truth}")
            for subject, direction in self.where.items():
                last = gate.counter.last_access(subject)
                if last is None or last.direction is not direction:
                    found.append(f"{gate.name}: {subject} went {direction}, known is {last}")
        return found


def simulate(folder: Path, passages: int, gates: int, kill_every: int, seed: int = 7) -> Day:
    """People come in the morning and go in the evening; gates are killed, and hear of each other late."""
    chance = random.Random(seed)
    exchange = folder / "exchange"
    exchange.mkdir(parents=True)
    everybody = [Gate(f"gate-{number:02}", folder / f"{number:02}", exchange) for number in range(gates)]
    for gate in everybody:
        gate.start()
    day = Day(everybody, 0, {gate.name: [0, 0] for gate in everybody}, {})
    inside: list[str] = []
    strangers = 0
    for number in range(passages):
        at = MORNING + timedelta(seconds=86_000 * number / passages)
        comes = not inside or chance.random() > 0.98 * number / passages
        gate = chance.choice(everybody)
        gate.now = (at - MORNING).total_seconds()
        if comes:
            strangers += 1
            subject = f"person-{strangers}"
            inside.append(subject)
        else:
            subject = inside.pop(chance.randrange(len(inside)))
        direction = Direction.ENTRY if comes else Direction.EXIT
        gate.pass_through(subject, direction, at)
        day.truth[gate.name][not comes] += 1
        day.where[subject] = direction
        gate.turn(at)
        if chance.random() < 0.1:
            gate.link.poll()
        if chance.random() * kill_every < 1:
            gate.kill()
            gate.start()
            day.kills += 1
    day.inside = len(inside)
    for _ in range(2):
        for gate in everybody:
            gate.now += 5.0
            gate.turn(MORNING + timedelta(seconds=86_100))
            gate.link.poll()
            gate.turn(MORNING + timedelta(seconds=86_200))
    return day


def cost(folder: Path, passages: int = 5_000) -> tuple[float, float, float]:
    """Microseconds a passage: the journal's two events, the count of them, the turn that keeps it."""
    gate = Gate("cost", folder / "cost", folder)
    gate.start()
    wall = WallTime(MORNING, ClockTrust.TRUSTED)
    spent = [0.0, 0.0, 0.0]
    for number in range(passages):
        granted = decided(subject=f"person-{number % 700}")
        began = time.perf_counter()
        entry = gate.journal.append(granted, wall)
        through = LanePassed(Direction.ENTRY, "counted", "grant", str(entry.sequence))
        passed = gate.journal.append(through, wall)
        written = time.perf_counter()
        gate.counter.happened(granted, wall, entry, gate.now)
        gate.counter.happened(through, wall, passed, gate.now)
        counted = time.perf_counter()
        gate.now += 2.0
        gate.turn(MORNING)
        kept = time.perf_counter()
        for index, took in enumerate((written - began, counted - written, kept - counted)):
            spent[index] += took
    gate.kill()
    return tuple(1e6 * total / passages for total in spent)  # type: ignore[return-value] # three stay three


def main() -> int:
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    gates = int(sys.argv[2]) if len(sys.argv) > 2 else 24
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        day = simulate(Path(scratch) / "day", passages, gates, kill_every=200)
        took = time.perf_counter() - began
        wrong = day.wrong()
        print(f"passages {passages}, gates {gates}, kills {day.kills}, simulated in {took:.0f} s")
        print(f"inside at the end {day.inside}; figures that are wrong: {len(wrong)}")
        for line in wrong[:10]:
            print(line)
        began = time.perf_counter()
        gate = day.gates[0]
        gate.kill()
        (gate.folder / STORE_NAME).unlink()
        gate.start()
        took = time.perf_counter() - began
        last = gate.journal.last()
        events = 0 if last is None else last.sequence
        print(f"one gate's count made again from {events} events {took:.2f} s")
        journal, count, turn = cost(Path(scratch))
        print(f"a passage: journal {journal:.0f} µs, count {count:.1f} µs, turn with keeping {turn:.0f} µs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
