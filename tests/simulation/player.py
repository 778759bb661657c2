"""A process that plays one plan after another: requests on stdin, what came of each on stdout, a line each.

    python -m tests.simulation.player MODULE:PLAY

Whatever a play raises, and a play without an end, is a violation like any other: the next seed's turn comes.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import msgspec
import structlog

from tests.simulation.observations import Violation
from tests.simulation.plan import Plan
from tests.simulation.result import Play, Result

READY = b"ready\n"
"""Said before the first answer: the play could be loaded."""
_AGAIN = 1.0
"""Seconds of CPU after which a play is told once more that it is over: it may have caught the first."""


class Request(msgspec.Struct, frozen=True):
    """A play that waits is ended together with its process after `stuck_seconds` by the wall's clock."""

    plan: Plan
    mutants: tuple[str, ...]
    cpu_seconds: float
    stuck_seconds: float


class Played(msgspec.Struct, frozen=True):
    """A play's result, and what it cost."""

    result: Result
    cpu_seconds: float = 0.0


class TookTooLong(BaseException):
    """A play has used up its CPU time. No `Exception`: the product may catch each of those."""


def play_by_name(name: str) -> Play:
    module, _, function = name.partition(":")
    found: Play = getattr(import_module(module), function)
    return found


def played(play: Play, request: Request) -> Played:
    """What came of a play, be it an exception."""
    began = time.process_time()
    try:
        with _at_most(request.cpu_seconds, request.stuck_seconds):
            result = play(request.plan, request.mutants)
    except KeyboardInterrupt:
        raise
    except TookTooLong:
        result = failed("cpu-time", f"more than {request.cpu_seconds:g} s of CPU\n{traceback.format_exc()}")
    except BaseException as error:  # noqa: BLE001 - a process of the world that was killed is one, too
        result = failed(f"raised-{type(error).__name__}", traceback.format_exc())
    return Played(result, time.process_time() - began)


def failed(checker: str, what: str) -> Result:
    return Result(violations=(Violation(checker, 0.0, what),))


@contextmanager
def _at_most(cpu_seconds: float, stuck_seconds: float) -> Iterator[None]:
    def over(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds, _AGAIN)
    faulthandler.dump_traceback_later(stuck_seconds, exit=True, file=2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before)


def silence_logs() -> None:
    """Take the product's log away: a world writes some thousand lines."""
    logging.disable()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
    )


def main(play: Play) -> None:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what the product prints is no answer
    silence_logs()
    answers.write(READY)
    for line in sys.stdin.buffer:
        answer = played(play, msgspec.json.decode(line, type=Request))
        answers.write(msgspec.json.encode(answer) + b"\n")


if __name__ == "__main__":
    main(play_by_name(sys.argv[1]))
