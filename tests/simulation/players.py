"""Processes that play plans side by side, each with the same hash seed, folder and silence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Self

import msgspec

from tests.conftest import REPOSITORY
from tests.simulation.plan import Plan
from tests.simulation.player import READY, Played, Request, failed

WORLD = "tests.simulation.world:play"
PLAYS_A_PROCESS = 50
"""Then another process takes its place, whatever the plays have left behind in it."""
STUCK = 10.0
"""A play that lasts for this many times its CPU time waits for what never comes."""
_AHEAD = 4
_TAIL = 4000
_MEMORY = Path("/dev/shm")  # noqa: S108 - a world syncs its cards thousands of times


def most_cpu_seconds(plan: Plan) -> float:
    """The CPU time that a play may take: some ten times the usual."""
    return 60.0 + plan.hours * len(plan.town.gates)


class Players:
    """`count` processes that play; each is started when there is something to play, and ended on `close`."""

    def __init__(
        self,
        count: int,
        play: str = WORLD,
        most_cpu: Callable[[Plan], float] = most_cpu_seconds,
        stuck: float = STUCK,
    ) -> None:
        self._folder = tempfile.mkdtemp(
            prefix="gatepost-simulation-", dir=_MEMORY if _MEMORY.is_dir() else None
        )
        self._most_cpu, self._stuck = most_cpu, stuck
        self._ahead = count * _AHEAD
        self._threads = ThreadPoolExecutor(count)
        self._processes: SimpleQueue[_Process] = SimpleQueue()
        self._all = [_Process(play, Path(self._folder), number) for number in range(count)]
        for process in self._all:
            self._processes.put(process)

    def one(self, plan: Plan, mutants: tuple[str, ...] = ()) -> Played:
        """What came of this plan."""
        return self._soon(plan, mutants).result()

    def each(self, plans: Iterable[Plan], mutants: tuple[str, ...] = ()) -> Iterator[tuple[Plan, Played]]:
        """What came of each plan, in their order. Who wants no more leaves none that has not begun."""
        waiting: deque[tuple[Plan, Future[Played]]] = deque()
        try:
            for plan in plans:
                waiting.append((plan, self._soon(plan, mutants)))
                if len(waiting) >= self._ahead:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            for _, future in waiting:
                future.cancel()

    def _soon(self, plan: Plan, mutants: tuple[str, ...]) -> Future[Played]:
        most_cpu = self._most_cpu(plan)
        return self._threads.submit(self._play, Request(plan, mutants, most_cpu, most_cpu * self._stuck))

    def _play(self, request: Request) -> Played:
        process = self._processes.get()
        try:
            return process.play(request)
        finally:
            self._processes.put(process)

    def close(self) -> None:
        """End every process, also in the middle of a play."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._all:
            process.end()
        self._threads.shutdown()
        for process in self._all:
            process.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _first(waiting: deque[tuple[Plan, Future[Played]]]) -> tuple[Plan, Played]:
    plan, future = waiting.popleft()
    return plan, future.result()


class CannotPlay(Exception):
    """No plan can be played: what plays them could not be loaded."""


class _Process:
    """One process at a time, replaced when it has died or has played often enough."""

    def __init__(self, play: str, folder: Path, number: int) -> None:
        self._play = play
        self._folder = folder / str(number)
        self._ended = False
        self._starting = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._plays = 0

    def play(self, request: Request) -> Played:
        child = self._started()
        self._plays += 1
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            child.stdin.flush()
            answer = child.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            status = child.wait()
            self.close()
            if self._ended:
                raise InterruptedError("this play was ended: its players are closed")
            return Played(failed("died", f"the process ended with {status}\n{self._last_words()}"))
        if self._plays >= PLAYS_A_PROCESS:
            self.close()
        return msgspec.json.decode(answer, type=Played)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._ended:
                raise InterruptedError("these players are closed: open others")
            if self._child is None:
                self._child = self._start()
            return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        self._plays = 0
        with self._words.open("wb") as words:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.simulation.player", self._play],
                cwd=REPOSITORY,
                env=os.environ | {"PYTHONHASHSEED": "0", "TMPDIR": str(self._folder)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                process_group=0,  # an interrupt is for whoever asked, who then ends this process
            )
        assert child.stdout is not None
        if child.stdout.readline() != READY:
            closed(child)
            raise CannotPlay(f"{self._play} cannot be loaded:\n{self._last_words()}")
        return child

    @property
    def _words(self) -> Path:
        return self._folder.with_suffix(".stderr")

    def _last_words(self) -> str:
        return self._words.read_text(errors="replace")[-_TAIL:]

    def end(self) -> None:
        """End the process for good, also in the middle of a play."""
        with self._starting:
            self._ended = True
            if self._child is not None:
                self._child.kill()

    def close(self) -> None:
        """End the process between two plays; the next play starts another."""
        child, self._child = self._child, None
        if child is not None:
            closed(child)


def closed(child: subprocess.Popen[bytes]) -> None:
    """End it, whatever it does, and close its pipes."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        with suppress(BrokenPipeError):  # what was written when it died is sent on in closing
            if pipe is not None:
                pipe.close()
