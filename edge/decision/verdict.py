"""A decision with what it rests on."""

from __future__ import annotations

import msgspec

from edge.decision.decision import Decision
from edge.decision.evidence import Evidence
from edge.decision.policy import Mode, Outcome
from edge.decision.situation import Situation
from edge.decision.subject import Subject


class AccessVerdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided of one encounter: by what `evidence`, of which `subject` (None: nobody that the
    registry knows), in which `situation` and `mode`, by which version of the `registry` (None: none).
    """

    evidence: Evidence
    subject: Subject | None
    decision: Decision
    mode: Mode
    situation: Situation
    registry: int | None = None

    @property
    def grants(self) -> bool:
        return self.decision.outcome is Outcome.GRANT
