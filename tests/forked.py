"""`gatepost` as a process of its own, forked of one that has loaded all: the start of a centre took two
seconds of CPU, that of a gate one. It is killed, ended and waited for as any other.

What shows how it is started and what it loads then (`tests/sync/cli/test_command_line.py`, the first story of
`tests/scenarios/test_newcomer.py`) starts it anew.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sync.cli.main import main

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(
    [
        __name__,
        "tests.sync.writing_child",
        "tests.sync.central.processes.serving",
        "sync.agent.agent",
        "edge.gate",
    ]
)


def gatepost(words: Iterable[str | Path], out: Path, log: Path) -> ForkServerProcess:
    """`gatepost WORDS`, started; what it prints and logs is appended to two files."""
    return forked(_called, ["gatepost", *map(str, words)], out=out, log=log)


def forked(work: Callable[..., object], *arguments: object, out: Path, log: Path) -> ForkServerProcess:
    """`work(*arguments)` in a process, started; what it prints and logs is appended to two files."""
    process = FORKING.Process(target=_at_work, args=(out, log, work, *arguments))
    process.start()
    return process


def wait(process: ForkServerProcess, within: float) -> int:
    """How it ended: its exit code; of a signal the negative number. Fails if it goes on for longer."""
    process.join(within)
    ended = process.exitcode
    if ended is None:  # else Python waits for it when all tests have ended
        process.kill()
    assert ended is not None, f"{process.name} goes on after {within:g} s"
    return ended


def _at_work(out: Path, log: Path, work: Callable[..., object], *arguments: object) -> None:
    for stream, file in ((1, out), (2, log)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    with suppress(KeyboardInterrupt):
        work(*arguments)


def _called(line: list[str]) -> None:
    sys.argv = line
    main()
