"""What reaches the pins, in order, at the boundary to the C library: nobody's relay clicks by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.boards.files import refuse_dangerous
from edge.boards.format import (
    Barrier,
    BarrierKind,
    Board,
    Computer,
    Drive,
    Input,
    InputName,
    LineLevel,
    Output,
    OutputName,
    Pull,
)
from edge.boards.format.board import Rest
from edge.decision import Direction
from edge.devices.pins import Outputs, PinFactory, gpio_pins
from edge.errors import ConfigurationError
from edge.lane.driver import LaneDriver
from tests.edge.devices.c_library import Kernel, stand_in

RELAY, LAMP, BUTTON = 17, 22, 5


class Recorded:
    """Stands where gpiod's C library is and writes down what is asked of the lines."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self.levels: dict[int, int] = {}
        self.kernel: Kernel
        self.before_each: Callable[[], None] = lambda: None

    def asked(self, what: str, line: int, level: int) -> None:
        self.before_each()
        self.calls.append((what, line, level))
        if what != "free":
            self.levels[line] = level

    def level(self, line: int) -> int:
        return self.levels.get(line, 1)

    def of(self, line: int) -> list[tuple[str, int]]:
        return [(what, level) for what, number, level in self.calls if number == line]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorded:
    recorded = Recorded()
    recorded.kernel = stand_in(recorded, monkeypatch.setattr, tmp_path)
    return recorded


@pytest.fixture
def pins(lines: Recorded) -> Iterator[PinFactory]:
    with closing(gpio_pins(Computer.PI_4)) as factory:
        yield factory
        lines.before_each = lambda: None


def board(active: LineLevel) -> Board:
    rest = LineLevel.HIGH if active is LineLevel.LOW else LineLevel.LOW
    pull = Pull.UP if rest is LineLevel.HIGH else Pull.DOWN
    return Board(
        "test",
        Computer.PI_4,
        Barrier(BarrierKind.MAGNETIC_LOCK, Drive.HOLD),
        {
            OutputName.RELAY_OPEN: Output(RELAY, active, pull, Rest.RELEASED, Rest.SECURED),
            OutputName.LAMP_RED: Output(LAMP),
        },
        {InputName.OVERRIDE: Input(BUTTON)},
    )


@pytest.mark.parametrize("active", list(LineLevel))
def test_a_relay_is_never_energised_at_start_or_stop(
    lines: Recorded, pins: PinFactory, active: LineLevel
) -> None:
    energised = int(active is LineLevel.HIGH)
    now = [100.0]
    lane = LaneDriver(board(active), pins, lambda _: None, lambda: now[0])
    lane.open()
    assert lines.of(RELAY)[0] == ("claim", 1 - energised), "claimed at rest, not at 0 and then written"
    lane.pump()
    lane.close()
    assert ("write", energised) not in lines.of(RELAY)
    assert ("claim", energised) not in lines.of(RELAY)
    assert lines.of(RELAY)[-1] == ("free", 1 - energised), "given back at rest"


@pytest.mark.parametrize("active", list(LineLevel))
def test_a_grant_energises_once_and_a_stop_lets_go_first(
    lines: Recorded, pins: PinFactory, active: LineLevel
) -> None:
    energised = int(active is LineLevel.HIGH)
    now = [100.0]
    lane = LaneDriver(board(active), pins, lambda _: None, lambda: now[0])
    lane.open()
    lane.grant("1", Direction.ENTRY)
    lane.pump()
    assert lines.levels[RELAY] == energised
    lane.close()
    assert lines.of(RELAY)[-2:] == [("write", 1 - energised), ("free", 1 - energised)]
    relay_rests = lines.calls.index(("write", RELAY, 1 - energised))
    first_free = next(
        place for place, call in enumerate(lines.calls) if call[0] == "free" and call[1] != BUTTON
    )
    assert relay_rests < first_free, "every line rests before any is given back"


def test_an_active_low_relay_is_refused_where_it_would_click_at_boot() -> None:
    with pytest.raises(ConfigurationError, match="active-low"):
        refuse_dangerous(board(LineLevel.LOW))


class PowerCut(BaseException):
    """Nothing is caught, nothing is closed: the supply is gone."""


def life(levels: Recorded, pins: PinFactory, moved: Callable[[], None]) -> None:
    """A start, an opening, a second one, and a stop."""
    now = [100.0]
    lane = LaneDriver(board(LineLevel.HIGH), pins, lambda _: None, lambda: now[0])
    levels.before_each = moved
    lane.open()
    for _ in range(2):
        lane.grant("1", Direction.ENTRY)
        lane.pump()
        now[0] += 6.0
        lane.pump()
    lane.close()


def test_a_brown_out_at_any_write_opens_nothing_at_the_next_start(lines: Recorded) -> None:
    with closing(gpio_pins(Computer.PI_4)) as pins:
        life(lines, pins, lambda: None)
    writes = len(lines.calls)
    assert writes > 10
    for cut in range(writes):
        lines.calls.clear()
        lines.levels.clear()

        def fail(limit: int = cut) -> None:
            if len(lines.calls) >= limit:
                raise PowerCut

        with closing(gpio_pins(Computer.PI_4)) as pins:
            with pytest.raises(PowerCut):
                life(lines, pins, fail)
            lines.kernel.lose_power()
        lines.levels.clear()  # without power every line follows its resistor: down
        lines.calls.clear()
        lines.before_each = lambda: None
        with closing(gpio_pins(Computer.PI_4)) as pins:
            lane = LaneDriver(board(LineLevel.HIGH), pins, lambda _: None, lambda: 500.0)
            lane.open()
            lane.pump()
            assert lines.of(RELAY)[0] == ("claim", 0)
            assert all(level == 0 for _, level in lines.of(RELAY)), f"cut at write {cut}"
            lane.close()


def test_the_rest_command_claims_every_output_inactive_and_lets_it_go(
    lines: Recorded, pins: PinFactory
) -> None:
    lines.levels[RELAY] = 1  # as a killed process left it
    outputs = Outputs(board(LineLevel.HIGH), pins)
    outputs.claim()
    outputs.release()
    assert lines.of(RELAY) == [("claim", 0), ("write", 0), ("free", 0)]
