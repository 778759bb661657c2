"""Whether the evidence of a face is as good as it will get: so long nothing is held against it.

Somebody who walks up is small and blurred first, and unlike themselves for a look or two. A face that is not
clearly alive is measured on. All of it is bounded: nobody stands there unheard for long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean

from edge.decision import FaceEvidence, FaceFinding, LivenessMeans, LivenessRule, looks_alive, needs_of
from edge.liveness import LONGEST_MEASURED, MOST_MEASURED
from edge.vision.reports import FaceSighting

APPROACHES_FOR = 3.0
"""Seconds from the first sight of a face for which nothing is asked of one that grows."""
RIPENS_FOR = 1.5
"""Seconds from the first usable look at a face for which a better one is waited for."""

_NOTICED = 0.4
"""Seconds after which quality that has not risen will not."""
_BETTER = 1.05
"""How much better a look is, times the best before, that says that a better one may come."""
_GROWS = 1.03
"""How much wider a face is, times what it was a third of a second ago, that comes nearer."""
_SPAN = 0.6


@dataclass(frozen=True)
class Ripening:
    """What the frames of one face have shown of its getting better; times in monotonic seconds.

    `looked` is when it could be used first, None while it could not; `widths` are those of the last moment.
    """

    began: float
    looked: float | None = None
    best: float = 0.0
    best_at: float = 0.0
    widths: tuple[tuple[float, float], ...] = ()


def after(before: Ripening, face: FaceSighting, now: float) -> Ripening:
    """The ripening of a face after one more frame of it."""
    widths = (*(one for one in before.widths if now - one[0] <= _SPAN), (now, face.box.width))
    before = replace(before, widths=widths)
    if face.problem is not None or not (face.template or before.looked is not None):
        return before
    first = before.looked is None
    if first or face.quality > _BETTER * before.best:
        before = replace(before, best=face.quality, best_at=now)
    return replace(before, looked=now) if first else before


def is_ripe(
    ripening: Ripening, face: FaceEvidence, rule: LivenessRule, means: LivenessMeans, now: float
) -> bool:
    """Whether more frames would show no more of this `face`, or have had their time to."""
    if _is_measured_on(ripening, face, rule, means, now):
        return False
    if face.finding is FaceFinding.MATCHED:
        return True
    if now - ripening.began < APPROACHES_FOR and _grows(ripening, now):
        return False
    if ripening.looked is None or now - ripening.looked >= RIPENS_FOR:
        return True
    return face.enough and now - ripening.best_at >= _NOTICED


def _is_measured_on(
    ripening: Ripening, face: FaceEvidence, rule: LivenessRule, means: LivenessMeans, now: float
) -> bool:
    if not needs_of(rule, means).measured or looks_alive(face, rule) is True or ripening.looked is None:
        return False
    return face.liveness_frames < MOST_MEASURED and now - ripening.looked < LONGEST_MEASURED


def _grows(ripening: Ripening, now: float) -> bool:
    """Whether the face is wider in the newer half of the last moment than in the older one."""
    middle = now - _SPAN / 2.0
    older = [width for at, width in ripening.widths if at <= middle]
    newer = [width for at, width in ripening.widths if at > middle]
    return bool(older and newer) and fmean(newer) >= _GROWS * fmean(older)
