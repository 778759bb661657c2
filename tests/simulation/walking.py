"""How somebody goes through a lane: first one beam, then both, then the other; or into it and back."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge.boards.format import BarrierKind, InputName
from tests.simulation.lane_world import AT_REST, LaneWorld
from tests.simulation.scheduler import Scheduler

_STRIDE = (0.15, 0.4)
"""Seconds from one beam's change to the next; a running child and an old man."""


def walk(
    scheduler: Scheduler,
    lane: LaneWorld,
    random: Random,
    look: Callable[[], None],
    done: Callable[[bool], None],
    *,
    inward: bool,
) -> float:
    """Have somebody walk through from now on; returns the seconds until they are out of the first beam.

    `look` is called at every change of a beam. `done` hears, when they are through, whether both beams could
    show them as one person: not where somebody was in one of them already.
    """
    near, far = _beams(inward=inward)
    strides = [random.uniform(*_STRIDE) for _ in range(3)]
    apart: list[bool] = []

    def into(line: InputName, then: Callable[[], None]) -> None:
        if lane.has_just_cleared(line):  # perhaps seen as two, perhaps as one: nobody walks so close
            scheduler.after(AT_REST, lambda: into(line, then))
            return
        apart.append(lane.activate(line))
        look()
        then()

    def in_the_first() -> None:
        scheduler.after(strides[0], lambda: into(far, in_both))

    def in_both() -> None:
        _under_the_arm(lane, somebody=True)
        scheduler.after(strides[1], out_of_the_first)

    def out_of_the_first() -> None:
        lane.release(near)
        _under_the_arm(lane, somebody=False)
        look()
        scheduler.after(strides[2], through)

    def through() -> None:
        lane.release(far)
        look()
        lane.barrier.somebody_passed()
        done(all(apart))

    lane.barrier.somebody_passes()
    into(near, in_the_first)
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

    def back() -> None:
        lane.release(near)
        lane.barrier.somebody_passed()
        done()

    scheduler.after(3.0 * stride, back)


def _under_the_arm(lane: LaneWorld, *, somebody: bool) -> None:
    """Tell the obstacle sensor; that of a leaf looks where it swings, where nobody is."""
    if lane.board.barrier.kind is BarrierKind.SWING:
        return
    if somebody:
        lane.activate(InputName.OBSTACLE)
    else:
        lane.release(InputName.OBSTACLE)


def _beams(*, inward: bool) -> tuple[InputName, InputName]:
    """The beam on one's own side, and the other."""
    outer, inner = InputName.BEAM_OUTER, InputName.BEAM_INNER
    return (outer, inner) if inward else (inner, outer)
