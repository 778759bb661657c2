"""One encounter as the rules see it, and the objections that rules raise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from edge.decision.evidence import Direction, Evidence, FaceFinding, PassKind, PassVerdict
from edge.decision.policy import GatePolicy, Mode, Outcome, Policy
from edge.decision.reasons import Reason
from edge.decision.schedule import local_time, period_holds
from edge.decision.situation import ClockTrust, Situation
from edge.decision.status import Status, StatusRecord, status_at
from edge.decision.subject import Subject


@dataclass(frozen=True)
class Objection:
    outcome: Outcome
    reason: Reason
    rule: str
    grounds: StatusRecord | None = None
    alarm: bool = False


@dataclass(frozen=True)
class Case:
    """One encounter with everything that the rules need, computed once."""

    policy: Policy
    gate: GatePolicy
    subject: Subject | None
    evidence: Evidence
    situation: Situation
    mode: Mode
    mode_rule: str
    status: Status | None

    @property
    def now(self) -> datetime:
        return self.situation.wall.at

    @property
    def clock_unsure(self) -> bool:
        return self.situation.wall.trust is ClockTrust.UNTRUSTED

    @property
    def earliest(self) -> datetime:
        """The latest time that has passed for certain: now, by a clock that can be believed; else the issue
        of the registry, which is signed. Without a registry nothing has.
        """
        if not self.clock_unsure:
            return self.now
        return _issued(self.situation)

    @property
    def visitor(self) -> bool:
        code = self.evidence.code
        return code is not None and code.verdict is PassVerdict.GENUINE and code.kind is PassKind.VISITOR

    @property
    def identified(self) -> str | None:
        return identified_by(self.evidence)

    @property
    def face_confirms(self) -> bool:
        """Whether the face is that of the person whom the pass names."""
        face = self.evidence.face
        return face is not None and face.confirms and face.finding is not FaceFinding.SPOOF

    @property
    def genuine(self) -> bool:
        """Whether a genuine pass was shown."""
        code = self.evidence.code
        return code is not None and code.verdict is PassVerdict.GENUINE

    @property
    def needs_both(self) -> bool:
        """Whether a subject with a look-alike is at a gate that would accept the face or the code."""
        flagged = self.subject is not None and self.subject.second_factor
        return flagged and self.mode in {Mode.FACE, Mode.FACE_OR_CODE}

    @property
    def face_in_doubt(self) -> bool:
        """Whether the face was matched no better than one that staff here said was somebody else's."""
        limit, face = self.situation.face_doubted, self.evidence.face
        if limit is None or face is None or self.mode not in {Mode.FACE, Mode.FACE_OR_CODE}:
            return False
        return face.finding is FaceFinding.MATCHED and in_doubt(face.score, limit)

    @property
    def needs_face_with_code(self) -> bool:
        """Whether a code alone does not suffice: at this gate, for this pass, or for its subject."""
        bound = self.evidence.code is not None and self.evidence.code.face_bound
        return self.mode is Mode.FACE_AND_CODE or bound or self.needs_both


_NO_POLICY = GatePolicy(Mode.LOCKED)
"""The mode of a gate that the policy does not name."""


def case_of(policy: Policy, subject: Subject | None, evidence: Evidence, situation: Situation) -> Case:
    gate = policy.gates.get(situation.gate, _NO_POLICY)
    mode, rule = mode_at(policy, gate, evidence.direction, situation, situation.gate)
    status = None
    if subject is not None:
        status = _status(subject.status, situation)
    return Case(policy, gate, subject, evidence, situation, mode, rule, status)


def _status(record: StatusRecord | None, situation: Situation) -> Status:
    """The status now; with an untrusted clock the recorded one, unless it ended before the registry."""
    if situation.wall.trust is not ClockTrust.UNTRUSTED:
        return status_at(record, situation.wall.at)
    if record is None:
        return Status.ABSENT
    ended = record.until is not None and record.until <= _issued(situation)
    return Status.EXPIRED if ended else record.value


_NEVER = datetime.min.replace(tzinfo=UTC)


def _issued(situation: Situation) -> datetime:
    """When the registry was issued, whatever the clock says: its age is counted by the same clock."""
    age = situation.registry_age
    return _NEVER if age is None else situation.wall.at - age


def identified_by(evidence: Evidence) -> str | None:
    """The id of the subject in the evidence: by a genuine pass, else by a matched face, else None.

    A test code names nobody.
    """
    code, face = evidence.code, evidence.face
    if code is not None and code.verdict is PassVerdict.GENUINE and code.kind is not PassKind.PROBE:
        return code.subject_id
    if face is not None and face.finding is FaceFinding.MATCHED:
        return face.subject_id
    return None


def in_doubt(score: float | None, limit: float | None) -> bool:
    """Whether a face of this similarity does not count alone; `limit` None: nobody was mistaken here."""
    return limit is not None and (score is None or not score > limit)


def mode_at(
    policy: Policy, gate: GatePolicy, direction: Direction, situation: Situation, gate_id: str
) -> tuple[Mode, str]:
    """The mode of the gate now, and the policy key that sets it.

    A mode that the centre ordered by a command comes first. With an untrusted clock a schedule cannot be read
    and the gate's default holds.
    """
    if situation.ordered_mode is not None:
        return situation.ordered_mode, "command.set_mode"
    if situation.wall.trust is not ClockTrust.UNTRUSTED:
        local = local_time(situation.wall.at, policy.time_zone)
        for index, item in enumerate(gate.schedule):
            if item.direction in {None, direction} and period_holds(item.period, local, policy.holidays):
                return item.mode, f"gates.{gate_id}.schedule[{index}]"
    return gate.mode, f"gates.{gate_id}.mode"
