"""A task is polled when it is due and when it is woken, whatever it raises, until it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from edge.support.due import NEVER
from edge.support.tasks import Running, in_thread
from tests.waiting import soon


@contextmanager
def polled(poll: Callable[[], float]) -> Iterator[Running]:
    running = in_thread("task", poll)
    try:
        yield running
    finally:
        running.stop()


class Counted:
    """Counts its polls; `due` says when the next is due."""

    def __init__(self, due: Callable[[], float]) -> None:
        self.times = 0
        self.due = due

    def poll(self) -> float:
        self.times += 1
        return self.due()


@pytest.mark.parametrize("due", [lambda: 0.0, time.monotonic, lambda: time.monotonic() + 0.01])
def test_a_task_is_polled_again_when_it_is_due(due: Callable[[], float]) -> None:
    task = Counted(due)
    with polled(task.poll):
        soon(lambda: task.times > 3)


@pytest.mark.parametrize("due", [NEVER, 1e12])
def test_a_task_that_is_not_due_waits_to_be_woken(due: float) -> None:
    task = Counted(lambda: due)
    with polled(task.poll) as running:
        soon(lambda: task.times == 1)
        running.wake()
        soon(lambda: task.times == 2)


def test_what_arrives_while_a_task_is_polled_is_not_forgotten() -> None:
    """It is woken in the middle of a poll that has seen nothing yet."""
    began, go_on, polls = threading.Event(), threading.Event(), []

    def poll() -> float:
        polls.append(1)
        began.set()
        go_on.wait(60.0)
        return NEVER

    with polled(poll) as running:
        assert began.wait(60.0)
        running.wake()
        go_on.set()
        soon(lambda: len(polls) == 2)


def test_a_task_that_fails_is_polled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.support.tasks._AGAIN_AFTER", 0.01)

    def fail() -> float:
        raise ZeroDivisionError("a bug")

    task = Counted(fail)
    with polled(task.poll):
        soon(lambda: task.times > 3)


def test_a_stopped_task_is_polled_no_more_and_its_thread_is_over() -> None:
    task = Counted(lambda: 0.0)
    running = in_thread("stopped", task.poll)
    soon(lambda: task.times > 3)
    running.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "stopped"]
    running.stop()
