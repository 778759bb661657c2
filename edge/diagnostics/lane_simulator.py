"""Runs a script of timed inputs against the real driver and machine, on simulated pins.

Time is simulated as well: ten minutes of a stuck button take a fraction of a second, and the same script
gives the same timeline every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from edge.boards.files import load_board
from edge.boards.format import RELAYS, Board, OutputName
from edge.devices.clock import FixedClock
from edge.devices.pins import Outputs
from edge.devices.simulated import drive, release_all, simulated_pins
from edge.diagnostics.core import GiveSignal, Restart, Script, ScriptEnd, ScriptStep, StepClock, Touch
from edge.errors import ConfigurationError, DeviceError
from edge.journal.format import fields_of
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import (
    FAST,
    NOTHING,
    Due,
    LaneMemory,
    Light,
    Prompt,
    Record,
    Sound,
    deadlines,
    light,
    sound,
)
from edge.support.toml_words import in_words

AFTERWARDS = 3600.0
"""Seconds for which a script without `end` goes on, at most, until nothing more can happen."""

_RESTART_TAKES = 1.0
"""Seconds from the end of a process to the next one's start: `lane rest`, then RestartSec of the unit."""

_SHOWN_LINES = RELAYS | {OutputName.INTERLOCK}
_BLINKS = "blinks"


@dataclass(frozen=True)
class TimelineLine:
    """One line of the timeline: `at` seconds from the start; `given` marks what the script itself did."""

    at: float
    text: str
    given: bool = False

    def __str__(self) -> str:
        return f"{self.at:9.3f}  {'> ' if self.given else '  '}{self.text}"


def simulate(script: Script) -> tuple[TimelineLine, ...]:
    """The timeline of a script. Raises ConfigurationError for an invalid board or setting."""
    return tuple(_Bench(script).run())


def differences(expected: tuple[str, ...], timeline: tuple[TimelineLine, ...]) -> tuple[tuple[str, ...], ...]:
    """What a script expects and what happened, as lines to compare, without the script's own steps."""
    wanted = tuple(" ".join(line.split()) for line in expected)
    return (
        tuple(line for line in wanted if line.split()[1:2] != [">"]),
        tuple(" ".join(str(item).split()) for item in timeline if not item.given),
    )


class _Bench:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._board = _board_of(script)
        self._pins = simulated_pins()
        self._clock = FixedClock(datetime(2026, 3, 3, 8, tzinfo=UTC), monotonic=0.0)
        self._reports: list[LaneReport] = []
        self._shown: tuple[Light, Sound] | None = None
        self._moves = 0
        self._restart_waits = False
        release_all(self._board, self._pins)
        self._lane = self._new_lane()

    def run(self) -> Iterator[TimelineLine]:
        self._lane.open()
        yield from self._news()
        ended = False
        for step in self._script.steps:
            yield from self._until(step.at)
            if isinstance(step.action, ScriptEnd):
                ended = True
                break
            if step.text:
                yield TimelineLine(step.at, step.text, given=True)
            yield from self._do(step)
        if not ended:
            yield from self._until(self._now + AFTERWARDS, until_quiet=True)
        self._lane.close()

    # --- inside --------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._clock.monotonic()

    def _do(self, step: ScriptStep) -> Iterator[TimelineLine]:
        match step.action:
            case Touch(line=line, active=active):
                try:
                    drive(self._board, self._pins, line, active=active)
                except DeviceError as error:
                    raise ConfigurationError(error.what, where=error.where, remedy=error.remedy) from None
            case GiveSignal(signal=signal):
                self._lane.submit(signal)
            case StepClock(seconds=seconds):
                self._clock.step_wall(timedelta(seconds=seconds))
            case Restart(killed=killed):
                yield from self._restart(killed)

    def _restart(self, killed: bool) -> Iterator[TimelineLine]:
        """End the process and start it again. Killed, it cleans up nothing; systemd runs `gatepost lane
        rest`.
        """
        if not killed and self._lane.must_go_on:
            self._restart_waits = True
            yield TimelineLine(self._now, "the restart waits for the fire to end")
            return
        self._restart_waits = False
        was = self._lane.state.driven
        if not killed:
            self._lane.close()
        rest = Outputs(self._board, self._pins)
        rest.claim()
        rest.release()
        for relay in sorted(was & RELAYS):
            yield TimelineLine(self._now, f"{relay} off")
        self._clock.advance(_RESTART_TAKES)
        self._lane, self._moves = self._new_lane(self._lane.memory), 0
        self._lane.open()
        yield from self._news()

    def _new_lane(self, remembered: LaneMemory = NOTHING) -> LaneDriver:
        return LaneDriver(self._board, self._pins, self._reports.append, self._clock.monotonic, remembered)

    def _until(self, end: float, *, until_quiet: bool = False) -> Iterator[TimelineLine]:
        """Let time pass to `end`, deadline by deadline."""
        while True:
            wake = self._lane.pump()
            yield from self._news()
            if self._restart_waits and not self._lane.must_go_on:
                yield from self._restart(killed=False)
                continue
            now = self._now
            if now >= end or (until_quiet and self._quiet()):
                return
            self._clock.advance(min(end, max(wake, now + 0.0005)) - now)

    def _quiet(self) -> bool:
        """Whether nothing more can happen by itself, but lamps that blink and impulses that are renewed."""
        state = self._lane.state
        shows = state.notice is not None and self._now < state.notice.until
        return not shows and self._settled() and all(what is Due.RENEWAL for what, _ in deadlines(state))

    def _settled(self) -> bool:
        """Whether every line has stood for as long as it takes to count."""
        last = max((step.at for step in self._script.steps), default=0.0)
        return self._now > last + 1.0

    def _news(self) -> Iterator[TimelineLine]:
        """What moved, lit, sounded and was prompted since the last call."""
        for moved in self._lane.moved_since(self._moves):
            if moved.output in _SHOWN_LINES:
                yield TimelineLine(moved.at, f"{moved.output} {'on' if moved.active else 'off'}")
        self._moves = self._lane.movements
        yield from self._signs()
        for report in self._reports:
            yield TimelineLine(report.at, _in_words(report))
        self._reports.clear()

    def _signs(self) -> Iterator[TimelineLine]:
        state, now = self._lane.state, self._now
        shown = (light(state, now), sound(state, now))
        before, self._shown = self._shown, shown
        if before is None or shown[0] != before[0]:
            yield TimelineLine(now, _lamp(shown[0]))
        if (before is not None or shown[1] is not Sound.SILENCE) and (
            before is None or shown[1] != before[1]
        ):
            yield TimelineLine(now, f"buzzer {shown[1]}")


def _board_of(script: Script) -> Board:
    board = load_board(script.board)
    try:
        barrier = msgspec.convert(
            msgspec.to_builtins(board.barrier) | dict(script.settings), type(board.barrier)
        )
    except msgspec.ValidationError as error:
        known = ", ".join(board.barrier.durations())
        raise ConfigurationError(
            in_words(error, type(board.barrier)), where="set", remedy=f"known: {known}"
        ) from None
    inputs = {name: line for name, line in board.inputs.items() if name not in script.without}
    return msgspec.structs.replace(board, barrier=barrier, inputs=inputs)


def _lamp(shown: Light) -> str:
    names = " and ".join(lamp.value.removeprefix("lamp_") for lamp in shown.lamps)
    if shown.half is None:
        return f"lamp {names}"
    return f"lamp {names} {_BLINKS} {'fast' if shown.half == FAST else 'slowly'}"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _in_words(report: LaneReport) -> str:
    match report.said:
        case Record(event=event):
            fields = (f"{name}={_plain(value)}" for name, value in fields_of(event).items() if value)
            return " ".join((event.kind.value, *fields))
        case Prompt(reason=reason):
            return f"says {reason}"
