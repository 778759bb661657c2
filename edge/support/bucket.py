"""How much may be sent or served in a while."""

from __future__ import annotations


class Bucket:
    """A cap on bytes a second, with a burst of so many seconds saved up; `rate` 0: no cap."""

    def __init__(self, rate: float, *, seconds_saved: float = 2.0) -> None:
        self._rate = rate
        self._most = rate * seconds_saved
        self._held = self._most
        self._at: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until something may be sent."""
        if not self._rate:
            return 0.0
        if self._at is not None:
            self._held = min(self._most, self._held + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._held > 0 else -self._held / self._rate + 1e-6

    def take(self, size: int) -> None:
        """`size` bytes were sent. A large message may overdraw; the next waits longer."""
        if self._rate:
            self._held -= size
