"""The place before one gate: who stands there, who waits behind, and what becomes of each of them.

Everybody acts by what they are told and by what they see: the gate opens, and they walk, or turn back; it
refuses them, or says nothing, and they leave. Who follows unasked waits beside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Protocol

from edge.boards.format import InputName
from edge.decision import Decision, Outcome, Reason
from edge.vision.reports import Sighting
from tests.simulation.camera import EMPTY_EVERY, EMPTY_FRAMES, InView, empty
from tests.simulation.faces import Faces
from tests.simulation.lane_world import LaneWorld
from tests.simulation.observations import Came, Left, Observation, Told, Walked
from tests.simulation.passes import ShownPass
from tests.simulation.plan import How, Visit
from tests.simulation.scheduler import Scheduler, Timer
from tests.simulation.walking import turn_back, walk

FOLLOWS_WITHIN = 60.0
"""Seconds for which somebody waits for another to be let through, to follow them."""

_PATIENCE = (12.0, 20.0)
"""Seconds before the gate after which one leaves, if it has decided nothing."""

_STEPS_ASIDE = 0.3
"""Seconds that somebody keeps from who walked before, and after which they look again."""

_WAITS_FOR_OPEN = 10.0
"""Seconds that somebody who was let through waits for the barrier."""


_ASKS_FOR_A_PASS = frozenset({Reason.CODE_REQUIRED, Reason.SECOND_FACTOR_REQUIRED})


class GateFront(Protocol):
    """A gate as people meet it: how it sees them, and its lane."""

    @property
    def device(self) -> str: ...

    @property
    def lane(self) -> LaneWorld: ...

    @property
    def lives(self) -> bool:
        """Whether its gate process works."""
        ...

    def monotonic(self) -> float:
        """What its computer's clock says of a frame that is taken now."""
        ...

    def see(self, sighting: Sighting) -> None:
        """Report a frame, as its vision worker would; nothing happens where none works."""
        ...


@dataclass
class Visitor:
    """Somebody on a visit: what they show, what they have with them if they are asked for a pass, and whether
    they go in. They draw by a seed of their own.
    """

    number: int
    visit: Visit
    person: str
    face: str
    shown: ShownPass | None
    pocket: ShownPass | None
    inward: bool
    random: Random
    since: float = 0.0
    decided: bool = False
    goes: bool = False
    timer: Timer | None = field(default=None, repr=False)


class Forecourt:
    """Before one gate. `went` hears of everybody who is done: whether they went through."""

    def __init__(
        self,
        scheduler: Scheduler,
        front: GateFront,
        faces: Faces,
        tell: Callable[[Observation], None],
        went: Callable[[Visitor, bool], None],
    ) -> None:
        self._scheduler = scheduler
        self._front = front
        self._faces = faces
        self._tell = tell
        self._went = went
        self._queue: deque[Visitor] = deque()
        self._standing: Visitor | None = None
        self._next_comes: Timer | None = None
        self._followers: list[Visitor] = []
        self._in_lane: list[Visitor] = []
        self._free_since = 0.0
        self._view: InView | None = None
        self._camera: Timer | None = None
        self._frame = self._track = self._empty = 0

    # --- who comes -----------------------------------------------------------------------------

    def come(self, visitor: Visitor) -> None:
        """Somebody arrives."""
        match visitor.visit.how:
            case How.TAILGATE:
                self._wait_to_follow(visitor)
            case How.EXIT_BUTTON:
                self._front.lane.hold(InputName.EXIT_REQUEST, visitor.random.uniform(0.15, 0.5))
                self._go_once_open(visitor)
            case _:
                self._queue.append(visitor)
                self._step_up()

    def told(self, decision: Decision) -> None:
        """The gate has decided on whoever stands there."""
        self._say(decision.reason.value, decision.outcome.value)
        visitor = self._standing
        if visitor is None or visitor.goes:
            return
        visitor.decided = True
        if decision.outcome is Outcome.GRANT:
            visitor.goes = True
            self._set(visitor, abs(visitor.visit.walks), lambda: self._go_once_open(visitor))
        else:
            self._set(visitor, visitor.random.uniform(2.0, 4.0), lambda: self._leave(visitor))

    def prompted(self, reason: str) -> None:
        """The gate has said something else; who is asked for a pass and has one shows it after a moment."""
        self._say(reason)
        visitor = self._standing
        if visitor is not None and visitor.pocket is not None and reason in _ASKS_FOR_A_PASS:
            self._scheduler.after(visitor.random.uniform(0.8, 2.5), lambda: self._take_out(visitor))

    def _take_out(self, visitor: Visitor) -> None:
        if self._standing is visitor and self._view is not None and visitor.pocket is not None:
            self._view.hold_up(visitor.pocket)
            visitor.pocket = None

    # --- before the camera -----------------------------------------------------------------------

    def _step_up(self) -> None:
        if self._standing is not None or self._next_comes is not None or not self._queue:
            return
        visitor = self._standing = self._queue.popleft()
        visitor.since = now = self._scheduler.now
        self._track += 1
        at = self._front.monotonic()
        self._view = InView(at, self._track, self._faces, visitor.face, visitor.shown, visitor.random)
        shown = "" if visitor.shown is None else visitor.shown.id
        how = visitor.visit.how.value
        self._tell(Came(now, self._front.device, visitor.person, how, visitor.number, shown))
        self._set(visitor, visitor.random.uniform(*_PATIENCE), lambda: self._leave(visitor))
        self._look()

    def _out_of_view(self, visitor: Visitor, next_after: float) -> None:
        """Nobody stands there; the next in line steps up after a moment."""
        if self._standing is not visitor:
            return
        self._standing = self._view = None
        self._empty = 0
        self._look_in(EMPTY_EVERY)
        self._next_comes = self._scheduler.after(next_after, self._next_steps_up)

    def _next_steps_up(self) -> None:
        self._next_comes = None
        self._step_up()

    def _look(self) -> None:
        """Take a frame now, and the next when it matters."""
        self._frame += 1
        at = self._front.monotonic()
        if self._standing is None or self._view is None:
            self._empty += 1
            self._front.see(empty(self._frame, at))
            if self._empty < EMPTY_FRAMES:
                self._look_in(EMPTY_EVERY)
            return
        visitor = self._standing
        self._front.see(self._view.sighting(self._frame, at))
        if self._standing is visitor:
            self._look_in(self._pace(visitor))

    def _look_in(self, seconds: float) -> None:
        if self._camera is not None:
            self._camera.cancel()
        self._camera = self._scheduler.after(seconds, self._look)

    def _pace(self, visitor: Visitor) -> float:
        """Seconds to the next frame that may matter."""
        if visitor.decided:
            return 1.0
        return 0.25 if self._scheduler.now - visitor.since < 2.0 else 0.5

    # --- going through ---------------------------------------------------------------------------

    def _go_once_open(self, visitor: Visitor) -> None:
        """They go when the barrier is open; one that does not open is not waited for."""
        self._set(visitor, _WAITS_FOR_OPEN, lambda: self._leave(visitor))
        waiting = visitor.timer

        def go() -> None:
            if waiting is not None and visitor.timer is waiting:
                waiting.cancel()
                self._go_once_free(visitor)

        self._front.lane.barrier.once_passable(go)

    def _go_once_free(self, visitor: Visitor) -> None:
        """They wait until the lane has been free a moment, but not for a barrier that closes meanwhile."""
        if self._in_lane or self._scheduler.now < self._free_since + _STEPS_ASIDE:
            self._set(visitor, _STEPS_ASIDE, lambda: self._go_once_free(visitor))
        elif self._front.lane.barrier.passable:
            self._go(visitor)
        else:
            self._leave(visitor)

    def _go(self, visitor: Visitor) -> None:
        self._out_of_view(visitor, next_after=visitor.random.uniform(1.5, 2.5))
        if visitor.visit.walks < 0.0:
            self._turn_back(visitor)
        else:
            self._be_followed(self._walk(visitor))

    def _turn_back(self, visitor: Visitor) -> None:
        def back() -> None:
            self._out_of_lane(visitor)
            self._left(visitor, False)

        self._in_lane.append(visitor)
        turn_back(self._scheduler, self._front.lane, visitor.random, back, inward=visitor.inward)

    def _walk(self, visitor: Visitor) -> float:
        """Seconds until they are out of the first beam."""
        self._in_lane.append(visitor)
        lived, seen = [self._front.lives], [self._front.lane.sees_everybody]

        def look() -> None:
            lived.append(self._front.lives)
            seen.append(self._front.lane.sees_everybody)

        def through(apart: bool) -> None:
            self._out_of_lane(visitor)
            self._tell(
                Walked(
                    self._scheduler.now,
                    self._front.device,
                    visitor.person,
                    visitor.inward,
                    beams_worked=apart and all(seen),
                    gate_lived=all(lived),
                )
            )
            self._left(visitor, True)

        lane = self._front.lane
        return walk(self._scheduler, lane, visitor.random, look, through, inward=visitor.inward)

    def _out_of_lane(self, visitor: Visitor) -> None:
        self._in_lane.remove(visitor)
        self._free_since = self._scheduler.now

    # --- who follows -----------------------------------------------------------------------------

    def _wait_to_follow(self, visitor: Visitor) -> None:
        if self._front.lane.barrier.passable:
            self._follow(visitor)
            return
        self._followers.append(visitor)
        self._set(visitor, FOLLOWS_WITHIN, lambda: self._give_up_following(visitor))

    def _give_up_following(self, visitor: Visitor) -> None:
        self._followers.remove(visitor)
        self._left(visitor, False)

    def _be_followed(self, after: float) -> None:
        """Those who wait follow, one behind the other."""
        followers, self._followers = self._followers, []
        for follower in followers:
            after += follower.random.uniform(0.05, 0.9)
            self._set(follower, after, partial(self._follow, follower))
            after += 0.8

    def _follow(self, visitor: Visitor) -> None:
        """They go close behind others, and not against them."""
        if any(other.inward is not visitor.inward for other in self._in_lane):
            self._set(visitor, _STEPS_ASIDE, lambda: self._follow(visitor))
        elif self._front.lane.barrier.passable:
            self._walk(visitor)
        else:
            self._left(visitor, False)

    # --- the end of a visit ----------------------------------------------------------------------

    def _leave(self, visitor: Visitor) -> None:
        self._out_of_view(visitor, next_after=visitor.random.uniform(0.5, 2.0))
        self._left(visitor, False)

    def _left(self, visitor: Visitor, through: bool) -> None:
        visitor.timer = None
        if visitor.visit.how not in {How.TAILGATE, How.EXIT_BUTTON}:
            self._tell(Left(self._scheduler.now, self._front.device, visitor.person, visitor.number))
        self._went(visitor, through)

    def _say(self, reason: str, outcome: str = "") -> None:
        self._tell(Told(self._scheduler.now, self._front.device, reason, outcome))

    def _set(self, visitor: Visitor, seconds: float, call: Callable[[], None]) -> None:
        """What they do next, instead of what they were about to."""
        if visitor.timer is not None:
            visitor.timer.cancel()
        visitor.timer = self._scheduler.after(seconds, call)
