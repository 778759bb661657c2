"""The codes before one gate: each is read once while it stays in view, and a flood of them is not read.

Pure: time comes with the frames (monotonic seconds). A screen that flashes ten thousand codes a minute
costs no more than one that shows thirty, and leaves one event a minute in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.credentials.reuse import Throttle, admitted
from edge.vision.sighting import CodeSighting

TOLD_EVERY = 60.0
"""Seconds between two accounts of codes that were not read."""


@dataclass(frozen=True)
class Flood:
    """So many codes were shown that were not even read, over so many seconds."""

    ignored: int
    seconds: float


class CodesInView:
    """Which codes are new. A code stays known until it was out of view for `gone_after` seconds."""

    def __init__(self, gone_after: float) -> None:
        self._gone_after = gone_after
        self._last_seen: dict[str, float] = {}
        self._throttle = Throttle()
        self._ignored = 0
        self._ignored_since = 0.0
        self._told = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._last_seen)

    def new(self, codes: Sequence[CodeSighting], now: float) -> Iterator[CodeSighting]:
        """Those that are to be read. What a flood keeps from being read is new again in the next frame."""
        for code in codes:
            if code.text not in self._last_seen:
                self._throttle, admit = admitted(self._throttle, now)
                if not admit:
                    self._ignore(now)
                    continue
                yield code
            self._last_seen[code.text] = now

    def forget(self, now: float) -> None:
        """Forget what is out of view."""
        for text, seen in list(self._last_seen.items()):
            if now - seen > self._gone_after:
                del self._last_seen[text]

    def clear(self) -> None:
        """Forget the codes, not how many there were."""
        self._last_seen.clear()

    def flood(self, now: float) -> Flood | None:
        """What was not read since the last account of it: at once, then once in `TOLD_EVERY` seconds."""
        if not self._ignored or now - self._told < TOLD_EVERY:
            return None
        told = Flood(self._ignored, round(now - self._ignored_since, 1))
        self._ignored, self._told = 0, now
        return told

    def _ignore(self, now: float) -> None:
        if not self._ignored:
            self._ignored_since = now
        self._ignored += 1
