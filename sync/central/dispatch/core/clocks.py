"""The clocks of a task: since when it is where it is, what bound it has there, and what is due."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sync.central.dispatch.core.life import TaskState
from sync.central.units import MINUTE


@dataclass(frozen=True)
class Bounds:
    """Microseconds: in which the centre chooses somebody before that is done by itself, in which a worker
    answers before the next is asked, and in which they arrive.
    """

    choose: int = 0
    answer: int = 3 * MINUTE
    arrive: int = 10 * MINUTE


@dataclass(frozen=True)
class Times:
    """When a task came where (microseconds since 1970 UTC), and when it is due at all."""

    state: TaskState
    opened_at: int
    due_at: int
    sent_at: int | None = None
    accepted_at: int | None = None
    on_way_at: int | None = None
    arrived_at: int | None = None


@dataclass(frozen=True)
class Dial:
    """A clock as it is shown: it runs `since`, and is over at `bound` (None: it has none)."""

    since: int
    bound: int | None

    def is_over(self, now: int) -> bool:
        return self.bound is not None and now > self.bound

    def share(self, now: int) -> float:
        """How much of the time is used, from 0 to 1."""
        if self.bound is None:
            return 0.0
        return min(1.0, max(0.0, (now - self.since) / max(1, self.bound - self.since)))


class TaskDue(StrEnum):
    """What is to happen with a task by itself."""

    SEND = "send"
    GO_ON = "go_on"


def dial_of(times: Times, bounds: Bounds) -> Dial:
    """The clock of a task where it is now: nobody has to be chosen, or to arrive, before the task is due."""
    if times.state is TaskState.SENT and times.sent_at is not None:
        return Dial(times.sent_at, times.sent_at + bounds.answer)
    if times.state in {TaskState.ACCEPTED, TaskState.ON_WAY}:
        since = times.on_way_at or times.accepted_at or times.opened_at
        return Dial(since, max(since + bounds.arrive, times.due_at))
    if times.state is TaskState.ARRIVED:
        return Dial(times.arrived_at or times.opened_at, None)
    return Dial(times.opened_at, max(times.opened_at + bounds.choose, times.due_at))


def due_now(times: Times, bounds: Bounds, now: int) -> TaskDue | None:
    """What is due with a task; None: nothing by itself."""
    if times.state is TaskState.OPEN:
        # Somebody is asked as soon as that may be: what is due tonight is planned now.
        return TaskDue.SEND if now >= times.opened_at + bounds.choose else None
    dial = dial_of(times, bounds)
    if times.state is TaskState.SENT and dial.bound is not None and now >= dial.bound:
        return TaskDue.GO_ON
    return None
