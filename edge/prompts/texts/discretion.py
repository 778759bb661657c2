"""What of a reason those who stand by may read and hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from edge.decision import Guidance, Outcome, Reason
from edge.prompts.texts.catalogue import DISCREET_DENIAL, DISCREET_REFERRAL, text_of, why_of

OF_HEALTH: frozenset[str] = frozenset(
    {
        *(reason for reason in Reason if reason.startswith("status_")),
        Reason.HOME_ISOLATION,
        Reason.TEMPERATURE_HIGH,
    }
)
"""Reasons whose very instruction tells others of somebody's health."""

_STANDS_FOR: Mapping[Outcome | None, str] = {
    Outcome.DENY: DISCREET_DENIAL,
    Outcome.REFER: DISCREET_REFERRAL,
    None: DISCREET_REFERRAL,
}


class ToldReason(NamedTuple):
    """What a person is told: its `code` names the recordings."""

    code: str
    guidance: Guidance

    @property
    def recordings(self) -> tuple[str, ...]:
        """The recordings to play, in their order."""
        return (self.code,) if self.guidance.why is None else (self.code, why_of(self.code))


def told_of(code: str, outcome: Outcome | None, *, discreet: bool) -> ToldReason | None:
    """What to tell for a code that led to `outcome` (None: something is asked); None for an unknown code.

    Discreet, there is no why, and what concerns somebody's health reads as every denial or referral for
    health does.
    """
    if discreet and code in OF_HEALTH:
        code = _STANDS_FOR.get(outcome, code)
    guidance = text_of(code)
    if guidance is None:
        return None
    return ToldReason(code, Guidance(guidance.do) if discreet else guidance)
