"""A process with its share of a simulated fleet: many gates in one thread, on real links to a real broker.

It is told by its standard input, a line each, and says what it counted on its standard output.
"""

from __future__ import annotations

import gc
import heapq
import logging
import resource
import sys
import threading
import time
from queue import Empty, SimpleQueue
from random import Random

import structlog

from edge.errors import GatepostError
from sync.simulation.core import FleetTally, outage_of
from sync.simulation.gate import SimulatedGate, Surroundings
from sync.simulation.task import (
    DRAIN,
    DRAINED,
    END,
    LINK,
    MADE,
    RUN,
    RUNS,
    ProcessSaid,
    ProcessTask,
    SimulationFailed,
    line_of,
    task_of,
)
from sync.transport.many import ManyLinks

_SAYS_EVERY = 0.5
_LONGEST_WAIT = 0.1
_SHORTEST_STALL = 1.0
_FILES_BESIDE = 64
_LINKS_A_SECOND = 100.0
"""Gates of all processes that connect for the first time."""


class Share:
    """The gates of `task`. `poll` does one turn of those that have something to do."""

    def __init__(self, task: ProcessTask, links: ManyLinks) -> None:
        self.tally = FleetTally(gates=len(task.gates))
        self._load = task.load
        self._links = links
        around = Surroundings(time.monotonic, links.open_link, self.tally)
        self.gates = [SimulatedGate(files, task, around) for files in task.gates]
        self._by_device = {gate.device: gate for gate in self.gates}
        self._due: list[tuple[float, str]] = []
        self._waits: dict[str, float] = {}
        self._begun: float | None = None
        self._outage: tuple[float, float] | None = None
        self._away: set[str] = set()
        self._back_from = 0.0
        self._moved_at = time.monotonic()
        self._stalls: list[tuple[float, float]] = []

    def link_up(self, now: float) -> None:
        """Let the gates connect, one after the other."""
        chances = Random(self._load.seed)  # noqa: S311
        spread = self._load.gates / _LINKS_A_SECOND
        for gate in self.gates:
            self._schedule(gate, now + spread * chances.random())

    def run(self, now: float) -> None:
        self._begun = self._moved_at = now
        self._outage = outage_of(self._load.faults, self._load.seconds)
        for gate in self.gates:
            gate.run(now)
            self._schedule(gate, gate.next_due())

    def rest(self) -> None:
        self._have_outage(time.monotonic())
        self._outage = None
        for gate in self.gates:
            gate.rest()
            self._schedule(
                gate, time.monotonic()
            )  # what it has left to write is written before it is counted

    def poll(self) -> None:
        """Wait for links and times, and let those gates have their turn."""
        now = time.monotonic()
        wait = min(_LONGEST_WAIT, max(0.0, self._due[0][0] - now)) if self._due else _LONGEST_WAIT
        ready = self._links.wait(wait)
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            at, device = heapq.heappop(self._due)
            if self._waits.get(device) == at:
                ready.add(device)
        before = self.tally.confirmed
        self._have_outage(now)
        for device in ready:
            gate = self._by_device[device]
            gate.poll(time.monotonic())
            self._note_back(gate, now)
            self._schedule(gate, max(gate.next_due(), now + 0.002))
        self._note_stall(before, time.monotonic())

    def counted(self, *, of_each: bool) -> FleetTally:
        """The sums so far; those `of_each` gate too."""
        tally, gates = self.tally, self.gates
        tally.linked = sum(gate.is_linked for gate in gates)
        tally.backlog = sum(gate.journal.backlog for gate in gates)
        tally.written = sum(gate.journal.appended for gate in gates) + tally.backlog
        tally.waiting = sum(gate.journal.waiting for gate in gates)
        tally.forfeited = sum(gate.journal.forfeited for gate in gates)
        tally.batches = sum(gate.troubles.batches for gate in gates)
        tally.sent_bytes = sum(gate.troubles.sent_bytes for gate in gates)
        tally.floods = sum(gate.troubles.flooded for gate in gates)
        tally.links = sum(gate.troubles.links for gate in gates)
        tally.cpu = time.process_time()
        now = time.monotonic()
        still = [] if self._begun is None or now - self._moved_at < _SHORTEST_STALL else [self._stall(now)]
        tally.stalls = [*self._stalls, *still]
        if of_each:
            tally.written_of = {gate.device: (gate.journal.written, gate.journal.confirmed) for gate in gates}
            tally.away = {device: self._by_device[device].waits_for for device in sorted(self._away)}
        return tally

    def close(self) -> None:
        for gate in self.gates:
            gate.agent.close()

    # --- inside ----------------------------------------------------------------------------

    def _schedule(self, gate: SimulatedGate, at: float) -> None:
        self._waits[gate.device] = at
        heapq.heappush(self._due, (at, gate.device))

    def _have_outage(self, now: float) -> None:
        if self._outage is None or self._begun is None or now < self._begun + self._outage[0]:
            return
        until = self._begun + self._outage[1]
        self._outage = None
        self._away = {gate.device for gate in self.gates}
        self._back_from = until
        for gate in self.gates:
            gate.cut(now, until)
            self._schedule(gate, now)

    def _note_back(self, gate: SimulatedGate, now: float) -> None:
        if gate.device in self._away and now >= self._back_from and gate.is_linked:
            self._away.discard(gate.device)
            self.tally.back.append(round(now - self._back_from, 3))

    def _note_stall(self, before: int, now: float) -> None:
        moved = self.tally.confirmed != before or self._begun is None
        if moved or not any(gate.journal.waiting for gate in self.gates):
            if self._begun is not None and now - self._moved_at >= _SHORTEST_STALL:
                self._stalls.append(self._stall(now))
            self._moved_at = now

    def _stall(self, now: float) -> tuple[float, float]:
        """The one that lasts: since when of the run, and how long by now."""
        return round(self._moved_at - (self._begun or 0.0), 3), round(now - self._moved_at, 3)


def run_share(task: ProcessTask) -> None:
    """Play the gates of `task`, as the lines of standard input say. Raises GatepostError."""
    _allow_files(len(task.gates) + _FILES_BESIDE)
    told: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_hear, args=(told,), daemon=True).start()
    links = ManyLinks()
    share = Share(task, links)
    gc.freeze()  # thousands of gates that stay: nothing to look for among them
    phase, said_at = MADE, float("-inf")
    try:
        while phase != END:
            with_word = _told(told)
            now, before = time.monotonic(), phase
            if with_word == LINK:
                share.link_up(now)
            elif with_word == RUN:
                share.run(now)
                phase = RUNS
            elif with_word == DRAIN:
                share.rest()
                phase = DRAINED
            elif with_word == END:
                phase = END
            share.poll()
            if phase != before or time.monotonic() >= said_at + _SAYS_EVERY:
                said_at = time.monotonic()
                _say(ProcessSaid(phase, share.counted(of_each=phase == DRAINED)))
    finally:
        share.close()
        links.close()


def _hear(told: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        told.put(line.strip())
    told.put(END)


def _told(told: SimpleQueue[str]) -> str | None:
    try:
        return told.get_nowait()
    except Empty:
        return None


def _say(said: ProcessSaid) -> None:
    sys.stdout.buffer.write(line_of(said))
    sys.stdout.buffer.flush()


def _allow_files(wanted: int) -> None:
    """Let this process open so many files. Raises SimulationFailed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SimulationFailed(
            f"{wanted} open files are needed, this system allows {hard}",
            where="ulimit -n",
            remedy="raise the hard limit (limits.conf, LimitNOFILE), or simulate fewer gates",
        )
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    task = task_of(sys.stdin.readline())
    try:
        run_share(task)
    except GatepostError as error:
        _say(ProcessSaid(END, FleetTally(), str(error)))


if __name__ == "__main__":
    main()
