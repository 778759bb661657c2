"""A barrier as a thing that moves: relays start it, it takes its time, and its contact says when it is away.

It knows nothing of the lane's state machine: an arm that is told nothing falls shut, whoever stands there.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.boards.format import Barrier, Drive, OutputName
from tests.simulation.scheduler import Scheduler, Timer

_PLAY = 0.1
"""Seconds from when it begins to move until its contact notices."""

_OF_ITS_TIME = 0.9
"""It takes this share of the time that its board allows it: at the end of that it counts as broken."""

_WIDE_ENOUGH = 0.8
"""From this share of its way on, somebody can walk through."""

_FALLS_SHUT = 1.5
"""Seconds after which a door that nobody holds is shut again."""


class PhysicalBarrier:
    """`at_contact` hears whether it is away from its closed position, whenever that changes; `blocked` says
    whether somebody is in its way, which only a controller of its own looks at.
    """

    def __init__(
        self,
        barrier: Barrier,
        scheduler: Scheduler,
        at_contact: Callable[[bool], None],
        blocked: Callable[[], bool],
    ) -> None:
        self._barrier = barrier
        self._travel = _OF_ITS_TIME * barrier.travel
        self._scheduler = scheduler
        self._at_contact = at_contact
        self._blocked = blocked
        self._position, self._speed, self._since = 0.0, 0.0, 0.0
        self._away = self._unlocked = False
        self._held_by = 0
        self._timers: dict[str, Timer] = {}
        self._waiting: list[Callable[[], None]] = []

    @property
    def passable(self) -> bool:
        """Whether somebody can walk through now."""
        if not self._barrier.powered:
            return self._unlocked or self._away
        return self._now_at() >= _WIDE_ENOUGH

    def once_passable(self, call: Callable[[], None]) -> None:
        """Have `call` called when somebody can walk through: at once, or as soon as it is open."""
        if self.passable:
            call()
        else:
            self._waiting.append(call)

    def relay(self, output: OutputName, active: bool) -> None:
        """A relay went on or off."""
        if not self._barrier.powered:
            self._unlocked = active or (self._barrier.drive is Drive.PULSE and self._unlocked)
            if active:
                self._opened()
                self._after("lock", self._barrier.open_time, self._lock_again)
        elif self._barrier.drive is Drive.HOLD:
            self._head_for(1.0 if active else 0.0)
        elif active:
            self._impulse(output)

    def somebody_passes(self) -> None:
        """Somebody begins to walk through: a door is opened by hand."""
        self._held_by += 1
        if not self._barrier.powered:
            self._cancel("door")
            self._contact(away=True)

    def somebody_passed(self) -> None:
        """They are through: a door that nobody else holds falls shut."""
        self._held_by -= 1
        if not self._barrier.powered and not self._held_by:
            self._after("door", _FALLS_SHUT, lambda: self._contact(away=False))

    # --- inside --------------------------------------------------------------------------------

    def _impulse(self, output: OutputName) -> None:
        if output is OutputName.RELAY_OPEN:
            self._head_for(1.0)
            if self._barrier.drive is Drive.PULSE:
                self._after("own", self._barrier.travel + self._barrier.open_time, self._close_by_itself)
        elif output is OutputName.RELAY_CLOSE:
            self._head_for(0.0)
        else:
            self._head_for(self._now_at())

    def _close_by_itself(self) -> None:
        if self._blocked():
            self._after("own", 1.0, self._close_by_itself)
        else:
            self._head_for(0.0)

    def _lock_again(self) -> None:
        if self._barrier.drive is Drive.PULSE:
            self._unlocked = False

    def _now_at(self) -> float:
        moved = self._speed * (self._scheduler.now - self._since)
        return min(1.0, max(0.0, self._position + moved))

    def _head_for(self, target: float) -> None:
        here = self._now_at()
        way = target - here
        self._position, self._since = here, self._scheduler.now
        self._speed = 0.0 if way == 0.0 else (1.0 if way > 0.0 else -1.0) / self._travel
        self._cancel("arrive")
        if way == 0.0:
            return
        if target > 0.0 and not self._away:
            self._after("leave", _PLAY, lambda: self._contact(away=True))
        self._after("arrive", abs(way) * self._travel, lambda: self._arrive(target))

    def _arrive(self, target: float) -> None:
        self._position, self._speed, self._since = target, 0.0, self._scheduler.now
        if target > 0.0:
            self._opened()
        else:
            self._cancel("leave")
            self._contact(away=False)

    def _opened(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def _contact(self, *, away: bool) -> None:
        if away is not self._away:
            self._away = away
            self._at_contact(away)

    def _after(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        self._cancel(name)
        self._timers[name] = self._scheduler.after(seconds, call)

    def _cancel(self, name: str) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()
