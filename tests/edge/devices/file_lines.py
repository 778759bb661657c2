"""GPIO lines as files, for whole processes: stands where lgpio's C functions are, in a process of its own.

`python -m tests.edge.devices.file_lines FOLDER WORDS…` runs `gatepost WORDS…` with them. A line's level is
the file FOLDER/level-N; every claim, write and release is a line of FOLDER/calls. A killed process leaves
its lines as they were, as Raspberry Pi OS without `strict_gpiod` does: the worst case.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


class FileLines:
    """The lines in a folder, from inside a gate (`install`) and from outside it (`press`, `level`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._outputs: set[int] = set()

    # --- from outside --------------------------------------------------------------------------

    def level(self, line: int) -> int:
        try:
            return int((self.folder / f"level-{line}").read_text() or "0")
        except FileNotFoundError:
            return 0

    def put(self, line: int, level: int) -> None:
        fresh = self.folder / f"fresh-{line}-{os.getpid()}"
        fresh.write_text(str(level))
        fresh.rename(self.folder / f"level-{line}")

    def calls(self) -> list[tuple[str, int, int]]:
        """Everything that was asked of the lines, oldest first."""
        path = self.folder / "calls"
        rows = [row.split() for row in path.read_text().splitlines()] if path.exists() else []
        return [(what, int(line), int(level)) for what, line, level in rows]

    # --- in place of the C library -------------------------------------------------------------

    def install(self) -> None:
        import lgpio
        from gpiozero.pins.lgpio import LGPIOFactory

        class Callback:
            def cancel(self) -> None:
                return

        replaced: dict[str, Any] = {
            "gpiochip_open": lambda *_: 1,
            "gpiochip_close": lambda *_: 0,
            "gpio_claim_output": self._claim_output,
            "gpio_write": self._write,
            "gpio_free": self._free,
            "gpio_claim_input": self._claim_input,
            "gpio_claim_alert": lambda *_: 0,  # no edge is ever reported: the lane reads its lines besides
            "gpio_set_debounce_micros": lambda *_: 0,
            "gpio_get_mode": lambda _handle, line: 2 if line in self._outputs else 0,
            "gpio_read": lambda _handle, line: self.level(line),
            "callback": lambda *_: Callback(),
        }
        for name, function in replaced.items():
            setattr(lgpio, name, function)
        LGPIOFactory._get_revision = lambda _: 0xC03111

    def _claim_output(self, _handle: int, line: int, level: int = 0, *_: int) -> int:
        self._outputs.add(line)
        return self._note("claim", line, level)

    def _write(self, _handle: int, line: int, level: int) -> int:
        return self._note("write", line, int(level))

    def _claim_input(self, _handle: int, line: int, *_: int) -> int:
        self._outputs.discard(line)
        return 0

    def _free(self, _handle: int, line: int) -> int:
        if line in self._outputs:
            self._outputs.discard(line)
            self._note("free", line, self.level(line))
        return 0

    def _note(self, what: str, line: int, level: int) -> int:
        self.put(line, level)
        with (self.folder / "calls").open("a") as calls:
            calls.write(f"{what} {line} {level}\n")
        return 0


if __name__ == "__main__":
    FileLines(Path(sys.argv[1])).install()
    from edge.cli.main import main

    sys.argv = ["gatepost", *sys.argv[2:]]
    main()
