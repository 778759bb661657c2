"""Plays a simulated fleet: starts the processes with its gates, listens to them, and says what came of it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread

from edge.support.decoding import Undecodable
from edge.support.isolated import isolated
from sync.central.journals.stored import stored_of
from sync.central.store import Store
from sync.simulation.core import FleetTally, merged, outage_of
from sync.simulation.making import PREFIX
from sync.simulation.result import Result, result_of
from sync.simulation.task import (
    DRAIN,
    DRAINED,
    END,
    LINK,
    RUN,
    RUNS,
    Load,
    ProcessSaid,
    ProcessTask,
    SimulationFailed,
    line_of,
    said_of,
)

GATES_OF_A_PROCESS = 500
_MADE_WITHIN = 300.0
_ENDS_WITHIN = 30.0


class Fleet:
    """The processes of a fleet, each with its share of the gates."""

    def __init__(self, tasks: Sequence[ProcessTask]) -> None:
        self._heard: SimpleQueue[tuple[int, ProcessSaid | None]] = SimpleQueue()
        self._newest: dict[int, ProcessSaid] = {}
        self._processes = [
            subprocess.Popen(isolated("sync.simulation.share"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in tasks
        ]
        self._hearing = [
            Thread(target=self._hear, args=(place, process), daemon=True)
            for place, process in enumerate(self._processes)
        ]
        for thread, process, task in zip(self._hearing, self._processes, tasks, strict=True):
            thread.start()
            _tell(process, line_of(task))

    @property
    def tally(self) -> FleetTally:
        """The sums of all that was heard last."""
        return merged([said.tally for said in self._newest.values()])

    def tell(self, word: str) -> None:
        for process in self._processes:
            _tell(process, f"{word}\n".encode())

    def listen(self, until: float, done: Callable[[], bool] = lambda: False) -> bool:
        """Listen `until` then (monotonic, in seconds), or until it is `done`; whether it is.

        Raises SimulationFailed where a process has ended.
        """
        while not done():
            left = until - time.monotonic()
            if left <= 0.0:
                return False
            with suppress(Empty):
                place, said = self._heard.get(timeout=min(left, 0.25))
                if said is None or said.problem:
                    what = "a process of simulated gates has ended" if said is None else said.problem
                    raise SimulationFailed(what, remedy="fewer gates, or fewer in a process")
                self._newest[place] = said
        return True

    def all_are(self, condition: Callable[[ProcessSaid], bool]) -> bool:
        """Whether every process has said something for which it is so."""
        newest = self._newest
        return len(newest) == len(self._processes) and all(map(condition, newest.values()))

    def forget(self) -> None:
        """Count on what is said from now on alone."""
        self._newest.clear()

    def close(self) -> None:
        for process in self._processes:
            with suppress(OSError):
                _tell(process, f"{END}\n".encode())
        until = time.monotonic() + _ENDS_WITHIN
        for process, thread in zip(self._processes, self._hearing, strict=True):
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            thread.join(1.0)
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()

    def _hear(self, place: int, process: subprocess.Popen[bytes]) -> None:
        with suppress(ValueError, Undecodable):  # closed; or it says something else, and is given up
            for line in process.stdout or ():
                self._heard.put((place, said_of(line)))
        self._heard.put((place, None))


def play(
    tasks: Sequence[ProcessTask],
    store: Store | None,
    stop: Event,
    say: Callable[[FleetTally, float], None],
    *,
    every: float = 5.0,
    drain: float = 120.0,
    broker_away: Callable[[bool], None] = lambda _: None,
) -> Result:
    """Play the fleet of `tasks` and return what came of it; `say` is told the sums `every` few seconds.

    `store` is the centre's, by which the count is checked; `broker_away` takes the broker away where that is
    ours, and brings it back. After the load it waits for acknowledgements, and for the gates that an outage
    took away, for `drain` seconds at most. Raises SimulationFailed.
    """
    before = _stored(store)
    fleet = Fleet(tasks)
    load = tasks[0].load
    try:
        _link_up(fleet, tasks, load)
        fleet.tell(RUN)
        fleet.listen(time.monotonic() + _MADE_WITHIN, lambda: fleet.all_are(lambda said: said.phase == RUNS))
        began = time.monotonic()
        _run(fleet, load, began, stop, say, every, broker_away)
        ran = time.monotonic() - began
        fleet.tell(DRAIN)
        fleet.forget()
        until = time.monotonic() + drain
        drained = fleet.listen(
            until, lambda: fleet.all_are(lambda said: said.phase == DRAINED and said.tally.waiting == 0)
        )
        took = time.monotonic() - began
        fleet.listen(
            max(until, time.monotonic() + 1.0),
            lambda: fleet.all_are(lambda said: said.phase == DRAINED and not said.tally.away),
        )
        tally = fleet.tally
    finally:
        fleet.close()
    return result_of(tally, ran, took, before, _stored(store), drained=drained)


def _link_up(fleet: Fleet, tasks: Sequence[ProcessTask], load: Load) -> None:
    if not fleet.listen(time.monotonic() + _MADE_WITHIN, lambda: fleet.all_are(lambda _: True)):
        raise SimulationFailed(f"the gates were not made within {_MADE_WITHIN:.0f} s", remedy="fewer gates")
    fleet.tell(LINK)
    within = tasks[0].linked_within
    fleet.listen(time.monotonic() + within, lambda: fleet.tally.linked == load.gates)
    if not fleet.tally.linked:
        broker = tasks[0].broker
        raise SimulationFailed(
            f"no gate came through within {within:.0f} s",
            where=f"{broker.host}:{broker.port}",
            remedy="gatepost sync check says why, with the files of one gate",
        )


def _run(
    fleet: Fleet,
    load: Load,
    began: float,
    stop: Event,
    say: Callable[[FleetTally, float], None],
    every: float,
    broker_away: Callable[[bool], None],
) -> None:
    """Let the load run, and say how it is; take the broker away where that was asked for."""
    outage = outage_of(load.faults, load.seconds)
    turns = [] if outage is None else [(began + outage[0], True), (began + outage[1], False)]
    ends, says_at = began + load.seconds, began + every
    while time.monotonic() < ends and not stop.is_set():
        while turns and turns[0][0] <= time.monotonic():
            broker_away(turns.pop(0)[1])
        if says_at <= time.monotonic():
            say(fleet.tally, time.monotonic() - began)
            says_at += every
        fleet.listen(min([ends, says_at, *(at for at, _ in turns[:1])]), stop.is_set)
    if turns and not turns[0][1]:
        broker_away(False)


def _stored(store: Store | None) -> dict[str, int] | None:
    if store is None:
        return None
    with store.reading() as connection:
        return stored_of(connection, PREFIX)


def _tell(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it was opened with one
    process.stdin.write(line)
    process.stdin.flush()
