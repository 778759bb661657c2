"""The newest time that central told on a link: what is older was recorded by somebody, and counts no more.
PURE.
"""

from __future__ import annotations


class ToldTimes:
    """The times that central told on the current link, in microseconds since 1970 UTC."""

    def __init__(self) -> None:
        self._newest: int | None = None

    def begin_link(self) -> None:
        """Begin another link: central's clock may have been set meanwhile."""
        self._newest = None

    def is_news(self, at: int) -> bool:
        """Whether central told nothing newer than `at` on this link; if so, it is noted."""
        if self._newest is not None and at < self._newest:
            return False
        self._newest = at
        return True
