"""Which previews a worker may send: those wished for, blurred as wished, and no more than agreed."""

from __future__ import annotations

from edge.support.bucket import Bucket
from edge.vision.reports import MOST_PREVIEWS_A_SECOND, WISH_LASTS, Blur, PreviewFrame

_ON_ITS_WAY = 2.0
"""Seconds after a wish has ended, or changed, in which a picture of before may still arrive."""
_SAVED = 4.0
"""Seconds of previews that may arrive at once, at a gate that was busy."""


class PreviewsDue:
    """Remembers what was wished for. Told by one thread, asked by another: its state is one value."""

    def __init__(self) -> None:
        self._wish: tuple[Blur, float, float] | None = None  # how, since when it is so, when it was renewed
        self._rate = Bucket(MOST_PREVIEWS_A_SECOND, seconds_saved=_SAVED)

    def wish(self, blur: Blur, now: float) -> None:
        """Note that previews were asked for, blurred so."""
        before = self._wish
        since = now if before is None or before[0] is not blur else before[1]
        self._wish = (blur, since, now)

    def problem_of(self, frame: PreviewFrame, now: float) -> str | None:
        """Why a worker that does as it is told does not send `frame`; None where it may."""
        wish = self._wish
        if wish is None or now - wish[2] > WISH_LASTS + _ON_ITS_WAY:
            return "a preview that nobody asked for"
        if not self.shows(frame) and now - wish[1] > _ON_ITS_WAY:
            return "a preview with faces that were to be blurred"
        if self._rate.wait(now) > 0.0:
            return f"more than {MOST_PREVIEWS_A_SECOND} previews a second"
        self._rate.take(1)
        return None

    def shows(self, frame: PreviewFrame) -> bool:
        """Whether `frame` is blurred as was wished last: one of before another wish is not shown."""
        return self._wish is not None and frame.blurred in {Blur.ALL, self._wish[0]}
