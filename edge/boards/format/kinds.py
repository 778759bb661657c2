"""Kinds of barrier as data: how they are driven, how long they take, and whether they can hurt someone."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class BarrierKind(StrEnum):
    """What is moved."""

    MAGNETIC_LOCK = "magnetic_lock"
    STRIKE = "strike"
    BOOM = "boom"
    SWING = "swing"
    FLAP = "flap"


class Drive(StrEnum):
    """How the relays move it."""

    HOLD = "hold"  # open as long as relay_open is on; it shuts or locks when the relay goes off
    PULSE = "pulse"  # one impulse opens; it closes by itself, by its own controller
    UP_STOP_DOWN = "up_stop_down"  # an impulse each to raise, to halt and to lower
    UP_DOWN = "up_down"  # an impulse each to raise and to lower; its controller may be reversed at once


class Interlock(StrEnum):
    """A gate's role in a mantrap, where only one gate may be open. If both ask, `first` goes first."""

    NONE = "none"
    FIRST = "first"
    SECOND = "second"


class BreakInEnds(StrEnum):
    """What ends the alarm of a barrier that was forced open."""

    RESET = "reset"  # a person, by name and with a reason
    SHUT = "shut"  # that, or the barrier having been shut for `break_in_shut`


class Barrier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is moved, and its times in seconds (monotonic; set per board, as EN 60839-11-1 asks).

    `pulse`        the length of an impulse.
    `travel`       how long a powered barrier takes to open or to close.
    `open_time`    how long it waits for the person: a lock released, a powered barrier open.
    `held_time`    after which a barrier that still stands open is an alarm.
    `clear_time`   how long the lane must be clear before a powered barrier closes.
    `long_press`   after which the override button's press holds the barrier open,
    `hold_time`    and for how long.
    `stuck_time`   after which an input that stays active is called stuck.
    `interlock`    the gate's part in a mantrap; `interlock_settle` is how long it claims the right to open
                   before it looks at the other gate's line again (longer than that line takes to be
                   noticed), `interlock_wait` how long somebody waits for the other gate to be shut.
    `settle_time`  within which a barrier that has just shut may open again without being called forced: a
                   latch that does not catch, an arm that bounces on its end switch.
    `warning`      how long a powered barrier warns before it closes without anybody having asked: at a start,
                   and after a fault that a person cleared.
    `fire_quiet`   how long the fire input must be quiet before the release ends; with `fire_reset` a person
                   has to end it as well, by name.
    `break_in_ends` what ends the alarm of a forced barrier, `break_in_shut` after which time shut the barrier
                   ends it by itself (where that is so), `siren_time` how long the buzzer sounds for it.
    """

    kind: BarrierKind
    drive: Drive
    pulse: float = 0.5
    travel: float = 1.5
    open_time: float = 5.0
    held_time: float = 20.0
    clear_time: float = 1.0
    long_press: float = 2.0
    hold_time: float = 300.0
    stuck_time: float = 60.0
    interlock: Interlock = Interlock.NONE
    interlock_settle: float = 0.5
    interlock_wait: float = 15.0
    settle_time: float = 2.0
    warning: float = 3.0
    fire_quiet: float = 10.0
    fire_reset: bool = False
    break_in_ends: BreakInEnds = BreakInEnds.RESET
    break_in_shut: float = 60.0
    siren_time: float = 180.0

    @property
    def powered(self) -> bool:
        """Whether it closes under power, and so can hurt somebody."""
        return self.kind in _POWERED

    @property
    def halts(self) -> bool:
        """Whether it can be stopped where it is."""
        return self.drive is Drive.UP_STOP_DOWN

    @property
    def lowered(self) -> bool:
        """Whether a relay of its own closes it."""
        return self.drive in {Drive.UP_STOP_DOWN, Drive.UP_DOWN}

    def durations(self) -> dict[str, float]:
        """Every time by its key in the board file."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if type(value) is float}


_POWERED: frozenset[BarrierKind] = frozenset({BarrierKind.BOOM, BarrierKind.SWING, BarrierKind.FLAP})
