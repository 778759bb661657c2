"""What a face has to show of being a living one: by the policy, and by what the gate can do."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from edge.decision.evidence import FaceEvidence
from edge.decision.policy import LivenessMode, LivenessRule

VETO = -5.0
"""The mean of the veto net (logits: alive less picture) below which a face fails, whatever the others say."""


class LivenessMeans(StrEnum):
    """What a gate can do to see that a face is a living one."""

    NETS = "nets"  # measure it
    MOVES = "moves"  # not measure it: only ask for moves
    PASS = "pass"  # neither: it asks for the pass


class LivenessNeeds(NamedTuple):
    """What a face has to show at a gate."""

    measured: bool
    moves: bool


def needs_of(rule: LivenessRule, means: LivenessMeans) -> LivenessNeeds:
    """What `rule` comes to at a gate that can do so much: never less than the policy asks for.

    Where nothing can be measured, moves stand for the measure, of a passive policy too. Where they cannot be
    asked for either, a measure is needed that nobody has: the face opens nothing.
    """
    if rule.mode is LivenessMode.OFF:
        return LivenessNeeds(measured=False, moves=False)
    if means is LivenessMeans.MOVES:
        return LivenessNeeds(measured=False, moves=True)
    active = rule.mode is LivenessMode.ACTIVE
    return LivenessNeeds(measured=True, moves=active and means is LivenessMeans.NETS)


def looks_alive(face: FaceEvidence, rule: LivenessRule) -> bool | None:
    """Whether the measures take the face for a living one; None where too little was measured."""
    if rule.veto and face.veto is not None and not face.veto >= VETO:
        return False
    if face.liveness is not None and not face.liveness >= rule.threshold:
        return False
    return None if face.liveness is None or (rule.veto and face.veto is None) else True
