"""The four values that a decision rests on."""

from __future__ import annotations

from dataclasses import dataclass

from edge.decision import AskedRule, Decision, Evidence, Policy, Situation, Subject, asked, decide


@dataclass(frozen=True)
class Moment:
    """What `decide` is given: rules, the registry's record (None: none), what was seen, what else was so."""

    policy: Policy
    subject: Subject | None
    evidence: Evidence
    situation: Situation

    def decide(self) -> Decision:
        """What a gate decides."""
        return decide(self.policy, self.subject, self.evidence, self.situation)

    def asked(self) -> tuple[AskedRule, ...]:
        """Every rule that it asks, with the answer."""
        return asked(self.policy, self.subject, self.evidence, self.situation)
