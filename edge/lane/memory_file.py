"""Keeps a lane's memory between two processes: a small file, replaced whole when something changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from edge.lane.machine import NOTHING, LaneMemory
from edge.support.decoding import json_of
from edge.support.due import NEVER
from edge.support.files import Durability, read_bounded, set_aside, write_aside

FILE_NAME = "lane-memory.json"

_MOST_BYTES = 4096
_AGAIN_AFTER = 5.0
"""Seconds until a write that failed is tried again: a full card must not slow the main loop down."""
_UNREADABLE = LaneMemory(fault="what it remembered could not be read")
"""Counts as a fault: an arm found half-way is not moved before a person resets the lane."""


class LaneMemoryFile:
    """One gate's memory of its lane. One process writes it, in one thread."""

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._monotonic = monotonic
        self._saved: LaneMemory | None = None
        self._not_before = float("-inf")
        self._log = structlog.get_logger("edge.lane")

    def read(self) -> tuple[LaneMemory, str]:
        """The lane's memory, and what is wrong with the file (empty: nothing).

        Never raises: the lane starts in any case. A file that cannot be read is set aside beside it.
        """
        try:
            memory = json_of(read_bounded(self._path, _MOST_BYTES), LaneMemory)
        except FileNotFoundError:
            return NOTHING, ""
        except Exception as error:  # noqa: BLE001 - the lane starts whatever the file holds
            return _UNREADABLE, f"{self._path}: {error}; {set_aside(self._path)}"
        self._saved = memory
        return memory, ""

    def save(self, memory: LaneMemory) -> float:
        """Write the memory if it changed; a failure is logged, and tried again after a few seconds.

        Returns when to try again (monotonic seconds).
        """
        now = self._monotonic()
        if memory == self._saved:
            return NEVER
        if now < self._not_before:
            return self._not_before
        try:
            write_aside(self._path, msgspec.json.encode(memory), durability=Durability.LASTING)
        except OSError as error:
            self._not_before = now + _AGAIN_AFTER
            self._log.error("lane_memory_not_kept", path=str(self._path), error=str(error))
            return self._not_before
        self._saved = memory
        return NEVER
