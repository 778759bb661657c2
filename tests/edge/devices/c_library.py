"""In place of lgpio's C functions: what is asked of each output line, told to whoever keeps the lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Lines(Protocol):
    def asked(self, what: str, line: int, level: int) -> None:
        """An output was claimed at a level, written, or freed at the level it has."""
        ...

    def level(self, line: int) -> int:
        """The level of any line."""
        ...


class _Callback:
    def cancel(self) -> None:
        return


def stand_in(lines: Lines, put: Callable[[Any, str, Any], None]) -> None:
    """Replace the functions, by `put(where, name, function)`. No edge is ever reported."""
    import lgpio
    from gpiozero.pins.lgpio import LGPIOFactory

    outputs: set[int] = set()

    def claim_output(_handle: int, line: int, level: int = 0, *_: int) -> int:
        lines.asked("claim", line, int(level))
        outputs.add(line)
        return 0

    def write(_handle: int, line: int, level: int) -> int:
        lines.asked("write", line, int(level))
        return 0

    def claim_input(_handle: int, line: int, *_: int) -> int:
        outputs.discard(line)
        return 0

    def free(_handle: int, line: int) -> int:
        if line in outputs:
            lines.asked("free", line, lines.level(line))
            outputs.discard(line)
        return 0

    replaced: dict[str, Any] = {
        "gpiochip_open": lambda *_: 1,
        "gpiochip_close": lambda *_: 0,
        "gpio_claim_output": claim_output,
        "gpio_write": write,
        "gpio_free": free,
        "gpio_claim_input": claim_input,
        "gpio_claim_alert": lambda *_: 0,
        "gpio_set_debounce_micros": lambda *_: 0,
        "gpio_get_mode": lambda _handle, line: 2 if line in outputs else 0,
        "gpio_read": lambda _handle, line: lines.level(line),
        "callback": lambda *_: _Callback(),
    }
    for name, function in replaced.items():
        put(lgpio, name, function)
    put(LGPIOFactory, "_get_revision", lambda _: 0xC03111)
