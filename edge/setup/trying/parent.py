"""Starts the process that tries, hears what it says, and bounds it."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any

import msgspec

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.setup.core import TrialOutcome
from edge.setup.trying.wire import MOST_LINE, TryingSaid, TryThis
from edge.support.decoding import Undecodable, json_of
from edge.support.escaping import escaped
from edge.support.isolated import isolated

_CHILD = isolated("edge.setup.trying.child")
_BESIDES = 90.0
"""Seconds besides those of the trial itself: a lane that warns, opens and closes; a camera that starts."""
_MOST_CHECKING = 180.0
_MOST_SAID = 2000
_TAIL = 400


@dataclass(frozen=True)
class GateUser:
    """Whom trials run as. `name` None: who calls."""

    name: str | None = None

    def arguments(self) -> dict[str, Any]:
        """What a process of that user is started with."""
        if self.name is None or os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam(self.name)
        kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("LC_")}
        return {
            "user": entry.pw_uid,
            "group": entry.pw_gid,
            "extra_groups": [*os.getgrouplist(entry.pw_name, entry.pw_gid), *_of_units()],
            "env": {**kept, "HOME": entry.pw_dir},
            "cwd": "/",
        }


_KEPT = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "GATEPOST_MODELS"})


def _of_units() -> Iterator[int]:
    """The groups that gatepost-gate.service adds: where sysusers made the user they are its own already."""
    for name in ("gpio", "video", "i2c", "dialout", "input", "audio"):
        try:
            yield grp.getgrnam(name).gr_gid
        except KeyError:
            continue


def tried(asked: TryThis, user: GateUser, tell: Callable[[str], None]) -> TrialOutcome:
    """How a trial came out; `tell` is told what is said on the way."""
    assert asked.trial is not None  # noqa: S101 - that is a check's
    name, outcome, tail = asked.trial.name, None, ""
    for said in _said(asked, user, asked.seconds + _BESIDES):
        if isinstance(said, str):
            tail = said
        elif said.text:
            tell(escaped(said.text))
        outcome = outcome if isinstance(said, str) else said.outcome or outcome
    if outcome is not None:
        return outcome
    return TrialOutcome(name, False, problem=f"the trial did not end: {tail or 'it took too long'}")


def checked(gate_file: str, user: GateUser, *, beside: bool) -> tuple[CheckResult, ...]:
    """What `gatepost gate check` finds as that user; `beside`: of a gate that runs."""
    found: list[CheckResult] = []
    for said in _said(TryThis(gate_file=gate_file, beside=beside), user, _MOST_CHECKING):
        if isinstance(said, str):
            found.append(CheckResult(Verdict.BAD, "check", f"did not end: {said or 'it took too long'}"))
        elif said.check is not None:
            found.append(said.check)
    return tuple(found)


def _said(asked: TryThis, user: GateUser, seconds: float) -> Iterator[TryingSaid | str]:
    """What the process says; where it does not end well, last the end of its standard error."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                _CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, **user.arguments()
            )
        except (OSError, KeyError) as error:
            yield f"it cannot be started as user {user.name}: {error}"
            return
        timer = Timer(seconds, process.kill)
        timer.start()
        try:
            with process:
                yield from _heard(process, asked)
        finally:
            timer.cancel()
            process.kill()
        if process.returncode:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
            lines = errors.read().decode("utf-8", "replace").strip().splitlines()
            yield escaped(lines[-1]) if lines else ""


def _heard(process: subprocess.Popen[bytes], asked: TryThis) -> Iterator[TryingSaid]:
    """Each line that it says, so many at most and each bounded: it runs as somebody with fewer rights."""
    assert process.stdin is not None  # noqa: S101 - a pipe was asked for
    assert process.stdout is not None  # noqa: S101
    # It may have ended, having said something all the same; the close writes what is left.
    with suppress(BrokenPipeError):
        process.stdin.write(msgspec.json.encode(asked, enc_hook=str))
    with suppress(BrokenPipeError):
        process.stdin.close()
    for _ in range(_MOST_SAID):
        line = process.stdout.readline(MOST_LINE)
        if not line:
            return
        try:
            yield json_of(line, TryingSaid)
        except Undecodable:
            return
    process.kill()
