"""Numbers the links of a device, and counts what it stamps on each. PURE."""

from __future__ import annotations

from collections.abc import Callable

from edge.signing.cose import NO_STAMP, Stamp

_MOST_EPOCH = 2**62
"""No link reaches it; beyond it there would soon be no number for the next one."""


class LinkStamps:
    """The stamps of one device; `wall` reads its clock, in microseconds since 1970 UTC.

    No file keeps them: the clock is ahead of the links of an earlier process, and where it is not, central
    tells the highest epoch that it has heard of.
    """

    def __init__(self, wall: Callable[[], int]) -> None:
        self._wall = wall
        self._newest = NO_STAMP
        self._heard = 0

    @property
    def is_behind(self) -> bool:
        """Whether central has heard of a later link: what is stamped on this one counts nowhere."""
        return self._heard > self._newest.epoch

    def begin_link(self) -> Stamp:
        """Begin another link; returns the stamp of its will."""
        self._newest = Stamp(max(self._newest.epoch + 1, self._wall(), self._heard + 1), 0)
        return self._newest

    def next(self) -> Stamp:
        """The stamp of the next message on this link."""
        self._newest = Stamp(self._newest.epoch, self._newest.counter + 1)
        return self._newest

    def note_heard(self, epoch: int) -> None:
        """Note the highest epoch that central had heard of; one that no link can have is ignored."""
        if epoch <= _MOST_EPOCH:
            self._heard = max(self._heard, epoch)
