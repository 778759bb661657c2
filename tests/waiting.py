"""Waiting in tests: for what happens, never for a time. How long is said here and nowhere else.

`PATIENT` only ends a test that would wait for ever; no machine is so busy that it bites. What a test may ask
of the clock is whether something was waited for that must not be: `sooner_than`, with a wait that is long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TypeVar

Item = TypeVar("Item")

PATIENT = 60.0
"""Seconds until what a test waits for is taken to come no more."""
SHORTEST_LONG_WAIT = 60.0
_BETWEEN_LOOKS = 0.02


def pause(seconds: float) -> None:
    """Let time pass where a test plays somebody who takes it: a person, a camera. Never to wait for one."""
    time.sleep(seconds)  # noqa: TID251 - what is banned elsewhere is here


def soon(
    condition: Callable[[], object],
    why: str = "",
    *,
    within: float = PATIENT,
    meanwhile: Callable[[], object] | None = None,
) -> None:
    """Wait until `condition()` holds, doing `meanwhile()` between looks; fails with `why` after `within`."""
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, f"not within {within:g} s: {why or 'what was waited for'}"
        if meanwhile is None:
            pause(_BETWEEN_LOOKS)
        else:
            meanwhile()


def first_of(
    queue: Queue[Item], wanted: Callable[[Item], bool] = lambda _: True, *, within: float = PATIENT
) -> Item:
    """The first item of `queue` that is `wanted`; those before it are dropped."""
    until = time.monotonic() + within
    while True:
        try:
            item = queue.get(timeout=max(0.01, until - time.monotonic()))
        except Empty:
            raise AssertionError(f"nothing that was wanted came within {within:g} s") from None
        if wanted(item):
            return item


@contextmanager
def sooner_than(seconds: float, why: str = "") -> Iterator[None]:
    """What is done in here does not wait for something that takes `seconds`.

    A machine that is busy is slow by seconds, so the wait that is told apart from it has to be long.
    """
    assert seconds >= SHORTEST_LONG_WAIT, "too short to be told from a machine that is busy"
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds / 2, f"it took {took:.1f} s: {why or 'something was waited for'}"
