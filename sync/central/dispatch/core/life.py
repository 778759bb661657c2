"""How far a task has come: what a worker told of an offer, in whatever order and however often it arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TaskState(StrEnum):
    """Where a task is. It waits for somebody while it is open; `taken_back`: its cause ended."""

    OPEN = "open"
    SENT = "sent"
    ACCEPTED = "accepted"
    ON_WAY = "on_way"
    ARRIVED = "arrived"
    DONE = "done"
    TAKEN_BACK = "taken_back"


TAKEN: Final = (TaskState.ACCEPTED, TaskState.ON_WAY, TaskState.ARRIVED)
"""Somebody has said that they see to it."""


class WorkerAct(StrEnum):
    """What a worker tells of a task."""

    ACCEPT = "accept"
    DECLINE = "decline"
    ON_WAY = "on_way"
    ARRIVE = "arrive"
    DONE = "done"


class OfferEnd(StrEnum):
    """Why a worker has a task no more."""

    NO_ANSWER = "no_answer"
    NOT_DELIVERED = "not_delivered"  # nothing that was sent to them arrived, and their page was not open
    DECLINED = "declined"
    HANDED_ON = "handed_on"
    TAKEN_BACK = "taken_back"
    DONE = "done"


_STEPS: Final = (WorkerAct.ACCEPT, WorkerAct.ON_WAY, WorkerAct.ARRIVE, WorkerAct.DONE)
_STATES: Final = {
    WorkerAct.ACCEPT: TaskState.ACCEPTED,
    WorkerAct.ON_WAY: TaskState.ON_WAY,
    WorkerAct.ARRIVE: TaskState.ARRIVED,
    WorkerAct.DONE: TaskState.DONE,
}


@dataclass(frozen=True)
class Told:
    """One thing that a worker told of an offer: under a key of its own, so that it counts once."""

    key: str
    act: WorkerAct
    at: int
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True)
class OfferProgress:
    """What an offer has come to. A later step says that the earlier ones were: who has arrived was on the
    way. Times are microseconds since 1970 UTC.
    """

    state: TaskState
    accepted_at: int | None = None
    on_way_at: int | None = None
    arrived_at: int | None = None
    done_at: int | None = None
    outcome: str = ""
    note: str = ""
    declined: bool = False


def progress_of(told: Iterable[Told]) -> OfferProgress:
    """What all that was told of one offer comes to: a function of the set, not of the order.

    A step's time is the earliest at which it, or a later one, was told. No counts only where no step was
    told; of two ends the first counts.
    """
    items = [*told]
    accepted, on_way, arrived, done = (_earliest(items, step) for step in range(len(_STEPS)))
    times = (accepted, on_way, arrived, done)
    reached = [act for act, at in zip(_STEPS, times, strict=True) if at is not None]
    if not reached:
        declined = any(item.act is WorkerAct.DECLINE for item in items)
        return OfferProgress(TaskState.OPEN if declined else TaskState.SENT, declined=declined)
    ends = [(item.at, item.key, item.outcome, item.note) for item in items if item.act is WorkerAct.DONE]
    _, _, outcome, note = min(ends, default=(0, "", "", ""))
    return OfferProgress(_STATES[reached[-1]], accepted, on_way, arrived, done, outcome, note)


def _earliest(told: Iterable[Told], step: int) -> int | None:
    return min((item.at for item in told if item.act in _STEPS[step:]), default=None)


def act_time(age: int, received_at: int, offered_at: int) -> int:
    """When a worker did something of which their phone says how long ago that was: never after it arrived
    here, never before they were asked. What hour the phone thinks it is has no part in it.
    """
    return max(min(received_at - max(age, 0), received_at), min(offered_at, received_at))
