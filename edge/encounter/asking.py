"""When somebody is asked for something: so that they can read it, do it, and are not asked for its opposite.

What is missing can change from frame to frame, where a face is at a limit. What is said holds for a while, is
not repeated, and gives way only to what most frames of the last second say. A decision needs no leave.
"""

from __future__ import annotations

from collections import Counter, deque

HOLDS = 1.5
"""Seconds for which nothing replaces what was said."""
AGAIN = 3.0
"""Seconds within which the same is not asked for again."""
MOST, MOST_WITHIN = 3, 10.0
"""No more than three prompts in ten seconds."""

_WINDOW = 1.0
"""Seconds of frames that say what is missing."""
_FIRM = 0.3
"""Seconds since which something has to be missing: what the next frames mend is not said."""
_REPLACES = 2.0 / 3.0
"""The share of frames that something else has to be missing in, before it is asked for instead."""


class Asking:
    """What the people before one gate were asked for, one encounter after another."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._faces: frozenset[int] = frozenset()
        self._prompts = 0
        self._recent: deque[tuple[float, str]] = deque()
        self._said: dict[str, float] = {}
        self._times: deque[float] = deque(maxlen=MOST)
        self._latest = ""
        self._done = 0
        self._until = float("-inf")

    def asks(
        self,
        began: float,
        missing: str,
        now: float,
        *,
        at_once: bool,
        faces: frozenset[int] = frozenset(),
        done: int = 0,
    ) -> bool:
        """Whether to ask for what is `missing` in this frame of the encounter that `began` then.

        A move of the head is asked for `at_once`: the gate waits for it; `done` were done before, so that the
        same move twice is asked for twice. Where none of the `faces` (tracks)
        was there before, it may be others who stand there, and have heard nothing.
        """
        self._follow(began, faces)
        changed = not self._recent or self._recent[-1][1] != missing or done != self._done
        self._done = done
        self._recent.append((now, missing))
        while now - self._recent[0][0] > _WINDOW:
            self._recent.popleft()
        if not (changed if at_once else self._may(missing, now)):
            return False
        self._prompts += 1
        self.said(missing, now)
        if not at_once:
            self._times.append(now)
        return True

    def said(self, what: str, now: float) -> None:
        """Something is said at `now` and holds: a decision, or a prompt."""
        self._latest, self._until = what, now + HOLDS
        self._said = {known: at for known, at in self._said.items() if now - at < AGAIN} | {what: now}

    def prompts(self, began: float) -> int:
        """How many prompts there were in the encounter that `began` then."""
        return self._prompts if began == self._began else 0

    def _follow(self, began: float, faces: frozenset[int]) -> None:
        if began != self._began:
            self._began, self._prompts, self._latest, self._faces = began, 0, "", frozenset()
            self._recent.clear()
        if faces and self._faces and faces.isdisjoint(self._faces):
            self._latest = ""
        self._faces = faces or self._faces

    def _may(self, missing: str, now: float) -> bool:
        again = missing == self._latest or now - self._said.get(missing, float("-inf")) < AGAIN
        many = len(self._times) == MOST and now - self._times[0] < MOST_WITHIN
        return not again and not many and now >= self._until and self._is_firm(missing, now)

    def _is_firm(self, missing: str, now: float) -> bool:
        """Whether the frames of the last second agree, more or less, on what is missing."""
        counted = Counter(what for _, what in self._recent)
        since = next(at for at, what in self._recent if what == missing)
        if now - since < _FIRM:
            return False
        if self._latest:
            return counted[missing] >= _REPLACES * len(self._recent)
        return counted[missing] == max(counted.values())
