"""Gives what is installed its owner and mode, and says what that changed."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from edge.errors import GatepostError
from edge.support.counted import counted
from edge.support.owners import own_all
from sync.installing.plan import Step


class StepState(StrEnum):
    """What became of a step."""

    MADE = "made"
    THERE = "there"
    MENDED = "mended"  # it was there, with another owner, mode or content of ours
    LEFT = "left"  # somebody changed it: it stays as it is
    YOURS = "to do"  # it cannot be done here: a person has to


@dataclass(frozen=True)
class StepDone:
    """A step, and what became of it; `note` is for people."""

    step: Step
    state: StepState
    note: str = ""


def own(path: Path, step: Step) -> bool:
    """Give a path its owner and mode; returns whether it had others. Never through a link."""
    user, _, group = step.owner.partition(":")
    try:
        uid, gid = pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
    except KeyError:
        raise GatepostError(
            f"no user or group {step.owner} is known here",
            where=str(path),
            remedy="apt-get install mosquitto, or --without-broker where it runs elsewhere",
        ) from None
    # Never through a link, which a service may have laid in a folder of its own for root to follow.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        there = os.fstat(descriptor)
        mode = step.mode if step.mode is not None else stat.S_IMODE(there.st_mode)
        if (there.st_uid, there.st_gid, stat.S_IMODE(there.st_mode)) == (uid, gid, mode):
            return False
        os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
    return True


def settled(step: Step, *, made: bool) -> StepDone:
    """What became of a step, once what it made or found has its owner and mode."""
    changed = own(step.path, step)
    if step.deep and (others := own_all(step.path)):
        changed = True
        if not made:
            note = f"owner of {counted(others, 'file')} in it"
            return StepDone(step, StepState.MENDED, note)
    if made:
        return StepDone(step, StepState.MADE)
    return StepDone(step, StepState.MENDED, "owner or mode") if changed else StepDone(step, StepState.THERE)
