"""The challenges of a gate that cannot judge a command by time: asked for, and echoed once. PURE.

Who asks gets the one that is out already, so that a flood of those who ask costs one. They are held in
memory: a restart takes them back, and who echoes one gets another.
"""

from __future__ import annotations

from collections.abc import Callable

LIFETIME = 300.0
"""Seconds for which a challenge may be echoed, by the monotonic clock."""


class Challenges:
    """The challenges that one gate has out; `make` makes one that nobody can foretell."""

    def __init__(self, monotonic: Callable[[], float], make: Callable[[], bytes]) -> None:
        self._monotonic = monotonic
        self._make = make
        self._made: dict[bytes, float] = {}

    def ask(self) -> bytes:
        """A challenge that can be echoed for half its lifetime at least."""
        now = self._forget_old()
        for challenge, made in self._made.items():
            if now - made <= LIFETIME / 2:
                return challenge
        challenge = self._make()
        self._made[challenge] = now
        return challenge

    def use(self, challenge: bytes) -> bool:
        """Whether this one is out; it is not any more."""
        self._forget_old()
        return self._made.pop(challenge, None) is not None

    def _forget_old(self) -> float:
        now = self._monotonic()
        self._made = {held: made for held, made in self._made.items() if now - made < LIFETIME}
        return now
