"""The clocks of a task, and what is due by them."""

from __future__ import annotations

import pytest

from sync.central.dispatch.core.clocks import Bounds, TaskDue, Times, dial_of, due_now
from sync.central.dispatch.core.life import TaskState
from sync.central.units import MINUTE

BOUNDS = Bounds(choose=2 * MINUTE, answer=3 * MINUTE, arrive=10 * MINUTE)
OPEN = Times(TaskState.OPEN, 0, 0)
SENT = Times(TaskState.SENT, 0, 0, sent_at=MINUTE)
ON_WAY = Times(TaskState.ON_WAY, 0, 0, sent_at=MINUTE, accepted_at=2 * MINUTE, on_way_at=2 * MINUTE)
ARRIVED = Times(TaskState.ARRIVED, 0, 0, MINUTE, 2 * MINUTE, 2 * MINUTE, 5 * MINUTE)
VISIT = Times(TaskState.ON_WAY, 0, 60 * MINUTE, sent_at=0, accepted_at=0, on_way_at=0)


@pytest.mark.parametrize(
    ("times", "since", "bound"),
    [
        (OPEN, 0, 2 * MINUTE),
        (Times(TaskState.OPEN, 0, 9 * MINUTE), 0, 9 * MINUTE),
        (SENT, MINUTE, 4 * MINUTE),
        (ON_WAY, 2 * MINUTE, 12 * MINUTE),
        (ARRIVED, 5 * MINUTE, None),
        (VISIT, 0, 60 * MINUTE),  # nobody is late before it is due
    ],
)
def test_each_column_has_its_clock_and_its_bound(times: Times, since: int, bound: int | None) -> None:
    dial = dial_of(times, BOUNDS)
    assert (dial.since, dial.bound) == (since, bound)
    assert not dial.is_over(since)
    if bound is not None:
        assert dial.is_over(bound + 1)
        assert (dial.share(since), dial.share(bound), dial.share(10 * bound)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("times", "minute", "due"),
    [
        (OPEN, 1, None),
        (OPEN, 2, TaskDue.SEND),
        (Times(TaskState.OPEN, 0, 9 * MINUTE), 2, TaskDue.SEND),
        (SENT, 3, None),
        (SENT, 4, TaskDue.GO_ON),
        (ON_WAY, 90, None),
        (ARRIVED, 90, None),
    ],
)
def test_what_is_due_by_itself(times: Times, minute: int, due: TaskDue | None) -> None:
    assert due_now(times, BOUNDS, minute * MINUTE) is due


def test_where_nobody_chooses_somebody_is_sent_at_once() -> None:
    assert due_now(OPEN, Bounds(), 0) is TaskDue.SEND
