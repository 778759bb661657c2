"""Which of several codes in view is the one that is meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from edge.decision import PassEvidence, PassVerdict
from edge.encounter.configuration import Patience

INCONCLUSIVE = frozenset({PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG, PassVerdict.INCOMPLETE})
"""Codes that perhaps nobody meant to show (a poster, a parcel), or not all of them yet: wait for better."""

STILL_THERE = 0.5
"""Seconds since it was last read within which a code counts as held up: a reader misses one now and then."""


@dataclass(frozen=True)
class HeldCode:
    """A code that is held up: what it is, its names (see `Shown`), since when and when last it was in view.

    `told`: it has been decided on before, since it came into view.
    """

    evidence: PassEvidence
    names: frozenset[str]
    since: float
    last: float
    told: bool = False


def chosen(codes: Iterable[HeldCode], whose: str | None, now: float, patience: Patience) -> HeldCode | None:
    """The code that counts among those of one encounter; None where there is none.

    What was put away before another was shown counts no more. A genuine pass counts before anything else in
    view: a sticker beside it, a telephone that flashes. Of the passes of several people that of `whose` face
    it is counts, then the one that is still there, then the one that is held up while others come and go.
    Else they are nobody's: one pass at a time.
    """
    shown = tuple(codes)
    everything = tuple(code for code in shown if not _put_away(code, shown, now))
    genuine = [code for code in everything if code.evidence.verdict is PassVerdict.GENUINE]
    if not genuine:
        conclusive = (code for code in everything if code.evidence.verdict not in INCONCLUSIVE)
        return next(conclusive, None) or next(iter(everything), None)
    there = [code for code in genuine if now - code.last <= STILL_THERE]
    held_up = [code for code in there if now - code.since >= patience.evidence_within]
    theirs = [code for code in genuine if code.evidence.subject_id == whose]
    for some in (genuine, theirs, there, held_up):
        if _people(some) == 1:
            return some[0]
    return as_one(genuine, PassEvidence(PassVerdict.SEVERAL))


def _put_away(code: HeldCode, codes: Collection[HeldCode], now: float) -> bool:
    """Whether something else that speaks for itself came into view after `code` was seen last."""
    return now - code.last > STILL_THERE and any(
        other.since > code.last and other.evidence.verdict not in INCONCLUSIVE for other in codes
    )


def as_one(codes: Collection[HeldCode], evidence: PassEvidence) -> HeldCode:
    """What several codes come to together."""
    names = frozenset(name for code in codes for name in code.names)
    since, last = min(code.since for code in codes), max(code.last for code in codes)
    return HeldCode(evidence, names, since, last, told=all(code.told for code in codes))


def _people(codes: Collection[HeldCode]) -> int:
    return len({code.evidence.subject_id for code in codes})
