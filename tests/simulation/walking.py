"""How somebody goes through a lane: first one beam, then both, then the other; or into it and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from edge.boards.format import BarrierKind, InputName
from tests.simulation.lane_world import LaneWorld
from tests.simulation.scheduler import Scheduler

_STRIDE = (0.15, 0.4)
"""Seconds from one beam's change to the next; a running child and an old man."""


def walk(
    scheduler: Scheduler,
    lane: LaneWorld,
    random: Random,
    seen: Callable[[], None],
    done: Callable[[], None],
    *,
    inward: bool,
) -> float:
    """Have somebody walk through from now on; returns the seconds until they are out of the first beam.

    `seen` is called at every change of a beam, `done` when they are through.
    """
    near, far = _beams(inward=inward)
    strides = [random.uniform(*_STRIDE) for _ in range(3)]
    lane.barrier.somebody_passes()
    lane.activate(near)
    at = 0.0
    for stride, change in zip(strides, _through(lane, near, far), strict=True):
        at += stride
        scheduler.after(at, _both(change, seen))
    scheduler.after(at, _both(lane.barrier.somebody_passed, done))
    return strides[0] + strides[1]


def turn_back(
    scheduler: Scheduler, lane: LaneWorld, random: Random, done: Callable[[], None], *, inward: bool
) -> None:
    """Have somebody step into the lane, as far as the first beam or the second, and go back."""
    near, far = _beams(inward=inward)
    deep = random.random() < 0.5
    stride = random.uniform(*_STRIDE)
    lane.barrier.somebody_passes()
    lane.activate(near)
    if deep:
        scheduler.after(stride, lambda: lane.activate(far))
        scheduler.after(2.0 * stride, lambda: lane.release(far))
    scheduler.after(3.0 * stride, lambda: lane.release(near))
    scheduler.after(3.0 * stride, _both(lane.barrier.somebody_passed, done))


def _through(lane: LaneWorld, near: InputName, far: InputName) -> Iterator[Callable[[], None]]:
    """What changes, stride by stride, once the first beam is broken; between the two one is under the arm."""
    if lane.board.barrier.kind is BarrierKind.SWING:  # whose obstacle sensor looks where its leaf swings
        yield from (lambda: lane.activate(far), lambda: lane.release(near))
    else:
        under = InputName.OBSTACLE
        yield _both(lambda: lane.activate(far), lambda: lane.activate(under))
        yield _both(lambda: lane.release(near), lambda: lane.release(under))
    yield lambda: lane.release(far)


def _beams(*, inward: bool) -> tuple[InputName, InputName]:
    """The beam on one's own side, and the other."""
    outer, inner = InputName.BEAM_OUTER, InputName.BEAM_INNER
    return (outer, inner) if inward else (inner, outer)


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        first()
        second()

    return call
