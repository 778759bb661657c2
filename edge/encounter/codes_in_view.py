"""The codes before one gate: each is read once while it stays in view, and a flood of them is not read.

Pure: time comes with the frames (monotonic seconds). A screen that flashes ten thousand codes a minute
costs no more than one that shows thirty, leaves one event a minute in the journal, and does not keep a pass
beside it from being read: of the codes that wait, the one that has been in view for longest is next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.credentials.reuse import CodeBudget, admitted
from edge.vision.reports import CodeSighting

TOLD_EVERY = 60.0
"""Seconds between two accounts of codes that were not read."""


@dataclass(frozen=True)
class Flood:
    """So many codes were shown that were not even read, over so many seconds."""

    ignored: int
    seconds: float


@dataclass(frozen=True)
class TimeInView:
    """When a code came into view, and when it was seen last (monotonic seconds)."""

    since: float
    last: float


class CodesInView:
    """Which codes are new. A code stays known until it was out of view for `gone_after` seconds."""

    def __init__(self, gone_after: float) -> None:
        self._gone_after = gone_after
        self._read: dict[str, TimeInView] = {}
        self._waiting: dict[str, TimeInView] = {}
        self._throttle = CodeBudget()
        self._ignored = 0
        self._ignored_since = 0.0
        self._told = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._read)

    @property
    def flooded(self) -> bool:
        """Whether there are codes that were not read, and nobody was told."""
        return self._ignored > 0

    def __contains__(self, text: str) -> bool:
        return text in self._read

    def time_of(self, text: str) -> TimeInView:
        """Since when a code that was read has been in view, and when last; KeyError where it is not."""
        return self._read[text]

    def new(self, codes: Sequence[CodeSighting], now: float) -> Iterator[CodeSighting]:
        """Those that are to be read. What a flood keeps from being read is new again in the next frame."""
        fresh = TimeInView(now, now)
        for code in sorted(codes, key=lambda code: self._waiting.get(code.text, fresh).since):
            text = code.text
            since = self._read.get(text) or self._waiting.get(text, fresh)
            if text not in self._read:
                self._throttle, admit = admitted(self._throttle, now)
                if not admit:
                    self._waiting[text] = TimeInView(since.since, now)
                    self.ignore(1, now)
                    continue
                self._waiting.pop(text, None)
                yield code
            self._read[text] = TimeInView(since.since, now)

    def forget(self, now: float, but: frozenset[str] = frozenset()) -> None:
        """Forget what is out of view, `but` these."""
        for known in (self._read, self._waiting):
            for text, time in list(known.items()):
                if now - time.last > self._gone_after and text not in but:
                    del known[text]

    def clear(self) -> None:
        """Forget the codes, not how many there were."""
        self._read.clear()
        self._waiting.clear()

    def flood(self, now: float) -> Flood | None:
        """What was not read since the last account of it: at once, then once in `TOLD_EVERY` seconds."""
        if not self._ignored or now - self._told < TOLD_EVERY:
            return None
        told = Flood(self._ignored, round(now - self._ignored_since, 1))
        self._ignored, self._told = 0, now
        return told

    def ignore(self, codes: int, now: float) -> None:
        """Count so many codes that are not read."""
        if codes and not self._ignored:
            self._ignored_since = now
        self._ignored += codes
