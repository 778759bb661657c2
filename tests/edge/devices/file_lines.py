"""GPIO lines as files, for whole processes: stands where gpiod's C library is, in a process of its own.

`python -m tests.edge.devices.file_lines FOLDER WORDS…` runs `gatepost WORDS…` with them. A line's level is
the file FOLDER/level-N; every claim, write and release is a line of FOLDER/calls. A killed process leaves
its lines as they were, as Raspberry Pi OS without `strict_gpiod` does: the worst case.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.edge.devices.c_library import stand_in


class FileLines:
    """The lines in a folder, for the gate that drives them and for anyone who looks on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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

    def asked(self, what: str, line: int, level: int) -> None:
        self.put(line, level)
        with (self.folder / "calls").open("a") as calls:
            calls.write(f"{what} {line} {level}\n")


def gatepost_on_lines(folder: Path, *words: str) -> None:
    """`gatepost WORDS…`, whose pins are the lines in the folder; for a process that does nothing else."""
    stand_in(FileLines(folder), setattr, folder)
    from edge.cli.main import main

    sys.argv = ["gatepost", *words]
    main()


if __name__ == "__main__":
    gatepost_on_lines(Path(sys.argv[1]), *sys.argv[2:])
