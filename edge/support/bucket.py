"""A token bucket: how much may be sent or served in a while."""

from __future__ import annotations


class Bucket:
    """Caps a rate (bytes or requests a second), with a burst of `seconds_saved` seconds; `rate` 0: no cap."""

    def __init__(self, rate: float, *, seconds_saved: float = 2.0) -> None:
        self._rate = rate
        self._most = rate * seconds_saved
        self._held = self._most
        self._at: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until the next may be sent; 0.0: now."""
        if not self._rate:
            return 0.0
        if self._at is not None:
            self._held = min(self._most, self._held + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._held > 0 else -self._held / self._rate + 1e-6

    def take(self, size: int) -> None:
        """Take `size`, which was just sent. A large message may overdraw; the next one then waits longer."""
        if self._rate:
            self._held -= size
