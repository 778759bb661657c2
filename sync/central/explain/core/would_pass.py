"""Whether somebody can pass a gate at a time: with face and pass, or with one of them alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge.decision import (
    Decision,
    Direction,
    Evidence,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Situation,
    Subject,
)
from sync.central.explain.core.instead import living_face
from sync.central.explain.core.moment import Moment


@dataclass(frozen=True)
class Passing:
    """What a gate decides of somebody who shows their pass and their face, both accepted; and whether one of
    the two alone is enough.
    """

    decision: Decision
    by_pass: bool
    by_face: bool


def passing(
    policy: Policy, identity: str, subject: Subject | None, direction: Direction, situation: Situation
) -> Passing:
    """What the gate of `situation` decides of `identity`, whose record is `subject` (None: it has none)."""
    bare = Moment(policy, subject, Evidence(direction), situation)
    code = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, subject_id=identity)
    face = living_face(bare, identity)
    both = replace(bare, evidence=Evidence(direction, face=face, code=code))
    return Passing(
        both.decide(),
        _grants(replace(bare, evidence=Evidence(direction, code=code))),
        _grants(replace(bare, evidence=Evidence(direction, face=face))),
    )


def _grants(moment: Moment) -> bool:
    return moment.decide().outcome is Outcome.GRANT
