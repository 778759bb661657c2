"""Limits how many refusals of genuine commands are answered: each command once, and a number a minute. PURE.

The answer is an event in the journal. A command that somebody recorded and replays again and again counts as
one; many recorded ones are limited in number.
"""

from __future__ import annotations

from collections.abc import Callable

MOST_A_MINUTE = 30
_MINUTE = 60.0


class Refusals:
    """Remembers the commands that were refused within the last minute, by their nonces."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._refused: dict[bytes, float] = {}

    def is_first(self, nonce: bytes) -> bool:
        """Whether this command was not refused within a minute, and not too many others were."""
        now = self._monotonic()
        self._refused = {held: at for held, at in self._refused.items() if now - at < _MINUTE}
        if nonce in self._refused or len(self._refused) >= MOST_A_MINUTE:
            return False
        self._refused[nonce] = now
        return True
