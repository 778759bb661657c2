"""One simulated gate: a journal that is in no file, and the real sync process of a gate beside it."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Self

from msgspec.structs import replace

from edge.decision import ClockTrust, Direction
from edge.journal.format import Acknowledgement, Told, ask_of, encoded
from edge.signing.key_files import read_private_key
from sync.agent.agent import Agent
from sync.agent.configuration import (
    DeviceSection,
    LimitsSection,
    SyncConfiguration,
    SyncJournalSection,
    TrustedCentralSection,
)
from sync.dispatch.handler import StatelessHandler
from sync.simulation.core import (
    FleetTally,
    SimulatedFact,
    VirtualJournal,
    backlog_fact,
    befallen,
    next_passage,
    passage,
)
from sync.simulation.task import GateFiles, ProcessTask
from sync.simulation.troubled import Troubles, opening
from sync.transport.clock import wall
from sync.transport.connection import Host, OpenLink
from sync.transport.core import LinkState
from sync.wire import Channel, ClockQuestion, ReceivedMessage, SealedMessage, seal_message

_MONTH = 30 * 86_400.0
_GOES_BACK = 20
"""Events that a forked card has forgotten."""
_FLOOD = 1_000.0
"""Messages a second."""


@dataclass(frozen=True)
class Surroundings:
    """What all gates of a process share: monotonic clock (s), how links are opened, the sums."""

    clock: Callable[[], float]
    open_link: OpenLink
    tally: FleetTally


class _Channel:
    """The way to a journal that lies in the same process."""

    where = "the simulated journal"

    def __init__(self, journal: VirtualJournal) -> None:
        self._journal = journal

    @property
    def changes(self) -> int:
        return self._journal.changes

    def ask(self, packet: bytes) -> bytes:
        return encoded(self._journal.page(ask_of(packet)))

    def close(self) -> None:
        """Nothing is open."""


class _Hearing(StatelessHandler):
    """Hears the welcomes and acknowledgements that the sync process has verified."""

    channels = frozenset({Channel.ACKNOWLEDGEMENT, Channel.WELCOME})

    def __init__(self, hear: Callable[[Acknowledgement, float], None]) -> None:
        self._hear = hear
        self.is_welcomed = False

    def open_conversation(self, now: float) -> Self:  # noqa: ARG002
        self.is_welcomed = False
        return self

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for item in messages:
            if isinstance(item.message, Acknowledgement):
                self._hear(item.message, now)
            else:
                self.is_welcomed = True
        return ()


class SimulatedGate:
    """Gate `files` of the task. Call `poll` when `next_due` says so, or its link has something."""

    def __init__(self, files: GateFiles, task: ProcessTask, around: Surroundings) -> None:
        load = task.load
        self._load, self._tally, self._clock = load, around.tally, around.clock
        self._chances = chances = Random(f"{load.seed} {files.device}")  # noqa: S311
        # Another epoch in each run.
        self._entropy = Random(f"{load.run} {files.device}").randbytes  # noqa: S311
        self.fate = fate = befallen(files.number, load.gates, load.faults, load.seconds, chances.random)
        self._off = round(1e6 * fate.clock_off)
        self._trust = ClockTrust.TRUSTED if not self._off else ClockTrust.UNTRUSTED
        self._direction = (Direction.ENTRY, Direction.EXIT)[files.number % 2]
        self.journal = VirtualJournal(
            files.gate,
            self._entropy(16),
            keeps=1 if fate.fork_at is None else 2 * _GOES_BACK,
        )
        self.troubles = Troubles(late=fate.late, twice=fate.twice)
        self._told_at: deque[tuple[int, float]] = deque()
        self._begun: float | None = None
        self._comes_at = float("inf")
        self._follows: list[tuple[float, int, Told]] = []
        self._losses = deque(fate.lost_at)
        self._fork_at = fate.fork_at
        self.device = files.device
        host = Host(
            clock=around.clock,
            sleep=lambda _: None,
            chance=chances.random,
            open_link=opening(around.open_link, self.troubles, around.clock),
            wall=self._wall,
            entropy=self._entropy,
        )
        configuration = _configuration(files, task)
        self._hearing = _Hearing(self._hear)
        self.agent = Agent(configuration, [self._hearing], host=host, journal=_Channel(self.journal))
        if fate.floods:
            question = ClockQuestion(self._entropy(16))
            self.troubles.flood = seal_message(question, files.device, read_private_key(files.key))

    @property
    def is_linked(self) -> bool:
        """Whether it has a link on which central has answered."""
        return self.agent.link_state is LinkState.READY and self._hearing.is_welcomed

    @property
    def waits_for(self) -> str:
        """What its sync process waits for, in words."""
        return self.agent.waiting_reason() or self.agent.status

    def run(self, now: float) -> None:
        """People come from now on; who was away for a month is back."""
        count, at = self._load.month_events, self._wall()
        if self.fate.month and count:
            self.journal.lay_by(count, lambda number: backlog_fact(number, count, at, _MONTH))
        self._begun, self._comes_at = now, now
        self._come_next()
        self.troubles.flood_rate = _FLOOD if self.troubles.flood is not None else 0.0

    def rest(self) -> None:
        """Nobody comes any more, and nothing befalls it any more; who is there passes at the next poll."""
        self._comes_at = float("inf")
        self._follows = [
            (float("-inf"), place, told) for place, (_, _, told) in enumerate(sorted(self._follows))
        ]
        self._losses.clear()
        self.troubles.late, self.troubles.twice, self.troubles.flood_rate = 0.0, False, 0.0

    def poll(self, now: float) -> None:
        self._befall(now)
        while self._comes_at <= now:
            for after, told in passage(self._direction, None, self._chances.random):
                at = self._comes_at + after / max(1.0, self._load.speed / 10.0)
                heapq.heappush(self._follows, (at, len(self._follows), told))
            self._come_next()
        while self._follows and self._follows[0][0] <= now:
            self._write(heapq.heappop(self._follows)[2], now)
        self.agent.poll(0.0)
        self.troubles.cut = self.troubles.cut and self.troubles.cut_until > now

    def next_due(self) -> float:
        """When it is to be polled next although nothing arrives (monotonic, in seconds)."""
        times = [self.agent.next_due(), self._comes_at, *self.troubles.due]
        if self._follows:
            times.append(self._follows[0][0])
        if self._begun is not None:
            times += [self._begun + self._losses[0]] if self._losses else []
            times += [] if self._fork_at is None else [self._begun + self._fork_at]
        if self.troubles.cut:
            times.append(self.troubles.cut_until)
        return min(times)

    # --- inside ----------------------------------------------------------------------------

    def _wall(self) -> int:
        return wall() + self._off

    def _come_next(self) -> None:
        load, begun = self._load, self._begun or 0.0
        after = next_passage(
            load.curve,
            load.rate,
            self._comes_at - begun,
            self._chances.random,
            from_hour=load.from_hour,
            speed=load.speed,
        )
        self._comes_at = begun + after

    def _write(self, told: Told, now: float) -> None:
        sequence = self.journal.append(SimulatedFact(told, self._wall(), self._trust, now))
        self._told_at.append((sequence, now))

    def _befall(self, now: float) -> None:
        if self._begun is None:
            return
        since = now - self._begun
        if self._losses and self._losses[0] <= since:
            self._losses.popleft()
            self.cut(now)
        if self._fork_at is not None and self._fork_at <= since:
            self.fork(now)

    def fork(self, now: float) -> None:
        """Go on from a copy of the card, on another link: central has other events of the same numbers."""
        self._fork_at = None
        self.journal.go_back(_GOES_BACK)
        self._told_at.clear()
        self.cut(now)

    def cut(self, now: float, until: float | None = None) -> None:
        """Lose the link now, and reach nobody `until` then."""
        self.troubles.cut, self.troubles.cut_until = True, now if until is None else until
        self._tally.losses += 1

    def _hear(self, heard: Acknowledgement, now: float) -> None:
        if heard.epoch != self.journal.epoch or not heard.sequence:
            return
        mine = self.journal.hash_of(heard.sequence)
        if heard.sequence > self.journal.newest or (mine is not None and mine != heard.hash):
            self._told_at.clear()
            self.journal.begin_epoch(self._entropy(16))
            return
        for took in self.troubles.in_flight.take_acknowledged(heard.epoch, heard.sequence, now):
            self._tally.on_wire.add(took)
        before = self.journal.confirmed
        self.journal.note_acknowledged(heard.sequence)
        if self.journal.confirmed == before:
            return
        self._tally.confirmed += self.journal.confirmed - before
        while self._told_at and self._told_at[0][0] <= heard.sequence:
            self._tally.to_ack.add(now - self._told_at.popleft()[1])


def _configuration(files: GateFiles, task: ProcessTask) -> SyncConfiguration:
    place = task.folder / files.device
    return SyncConfiguration(
        DeviceSection(files.device, files.key),
        replace(task.broker, certificate=files.certificate, key=files.tls_key),
        TrustedCentralSection((task.central_key,)),
        SyncJournalSection(place / "journal.sock", place / "acknowledged"),
        limits=LimitsSection(linger=task.load.linger),
    )
