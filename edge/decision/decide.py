"""The decision: from what is known and what was seen to grant, deny or refer, by one stated order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from edge.decision.evidence import Cover, Direction, Evidence, FaceFinding, PassKind, PassVerdict
from edge.decision.moves import ChallengeState, Move
from edge.decision.passback import passed_back
from edge.decision.policy import (
    AccessRule,
    GatePolicy,
    LivenessMode,
    MaskedFace,
    Mode,
    Outcome,
    PassbackKind,
    Policy,
)
from edge.decision.reasons import Reason
from edge.decision.schedule import local_time, period_holds
from edge.decision.situation import ClockTrust, Crowding, Situation
from edge.decision.status import Status, StatusRecord, status_at
from edge.decision.subject import Subject

VISITORS = "visitor"
"""The group of those who come with a visitor pass; access rules name it to let them in."""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gate does, with the one reason and the rule of the policy that gave it.

    `grounds` is the status record that a status decision rests on, so that it can be appealed.
    `alarm` says that operations must hear of it at once.
    """

    outcome: Outcome
    reason: Reason
    rule: str
    subject_id: str | None = None
    status: Status | None = None
    grounds: StatusRecord | None = None
    alarm: bool = False


def decide(policy: Policy, subject: Subject | None, evidence: Evidence, situation: Situation) -> Decision:
    """Decide about one encounter. Pure: the same four values always give the same decision.

    `subject` is the registry's record of whom `identified_by(evidence)` names, None where it names
    nobody or the registry does not know them.

    Order of evaluation (the contract):

    1. the gate: no registry, no policy for this gate, locked, registry too old, clock unsure;
    2. the code: any verdict but genuine, another gate, used before, too old a registry for it;
    3. the face: covered, not live, not usable, unknown, ambiguous, another person than the pass names; not
       shown to be alive as the policy asks;
    4. what the mode asks for and was not shown; the second factor of who looks like somebody else;
    5. the person: not in the registry, validity, home isolation, status;
    6. the passage: group and gate, hours, anti-passback, a full site;
    7. temperature; a staffed gate.

    Every rule is asked; at a free gate only isolation, status, a full site and temperature. The first
    **deny** in this order wins over every refer; the first **refer** wins over a grant; only where no
    rule objects is there a **grant**. An empty policy denies.
    """
    gate = policy.gates.get(situation.gate)
    if situation.registry_age is None:
        return Decision(Outcome.DENY, Reason.REGISTRY_MISSING, "registry")
    if gate is None:
        return Decision(Outcome.DENY, Reason.POLICY_MISSING, f"gates.{situation.gate}")
    case = _case(policy, gate, subject, evidence, situation)
    rules = _FREE_RULES if case.mode is Mode.FREE else _RULES
    objections = [objection for rule in rules for objection in rule(case)]
    for outcome in (Outcome.DENY, Outcome.REFER):
        first = next((objection for objection in objections if objection.outcome is outcome), None)
        if first is not None:
            return case.decision(first)
    return case.decision(_Objection(Outcome.GRANT, _grant_reason(case), case.mode_rule))


def identified_by(evidence: Evidence) -> str | None:
    """The id of whom the evidence names: a genuine pass before a matched face, else nobody."""
    code, face = evidence.code, evidence.face
    if code is not None and code.verdict is PassVerdict.GENUINE:
        return code.subject_id
    if face is not None and face.finding is FaceFinding.MATCHED:
        return face.subject_id
    return None


def mode_at(
    policy: Policy, gate: GatePolicy, direction: Direction, situation: Situation, gate_id: str
) -> tuple[Mode, str]:
    """What the gate asks for now, and the policy key that says so.

    With an untrusted clock a schedule cannot be read and the gate's default holds.
    """
    if situation.wall.trust is not ClockTrust.UNTRUSTED:
        local = local_time(situation.wall.at, policy.time_zone)
        for index, item in enumerate(gate.schedule):
            if item.direction in {None, direction} and period_holds(item.period, local, policy.holidays):
                return item.mode, f"gates.{gate_id}.schedule[{index}]"
    return gate.mode, f"gates.{gate_id}.mode"


@dataclass(frozen=True)
class _Objection:
    outcome: Outcome
    reason: Reason
    rule: str
    grounds: StatusRecord | None = None
    alarm: bool = False


@dataclass(frozen=True)
class _Case:
    """One encounter with all that the rules ask of it, worked out once."""

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
    def visitor(self) -> bool:
        code = self.evidence.code
        return code is not None and code.verdict is PassVerdict.GENUINE and code.kind is PassKind.VISITOR

    @property
    def identified(self) -> str | None:
        return identified_by(self.evidence)

    @property
    def face_confirms(self) -> bool:
        """The face is that of the person whom the pass names."""
        face = self.evidence.face
        return face is not None and face.confirms and face.finding is not FaceFinding.SPOOF

    @property
    def genuine(self) -> bool:
        """A genuine pass was shown."""
        code = self.evidence.code
        return code is not None and code.verdict is PassVerdict.GENUINE

    def decision(self, objection: _Objection) -> Decision:
        return Decision(
            objection.outcome,
            objection.reason,
            objection.rule,
            subject_id=self.identified,
            status=self.status,
            grounds=objection.grounds,
            alarm=objection.alarm,
        )


def _case(
    policy: Policy, gate: GatePolicy, subject: Subject | None, evidence: Evidence, situation: Situation
) -> _Case:
    mode, rule = mode_at(policy, gate, evidence.direction, situation, situation.gate)
    status = None
    if subject is not None:
        status = _status(subject.status, situation)
    return _Case(policy, gate, subject, evidence, situation, mode, rule, status)


def _status(record: StatusRecord | None, situation: Situation) -> Status:
    """The status now; with an untrusted clock what was recorded, since nothing can be said of its age."""
    if situation.wall.trust is ClockTrust.UNTRUSTED:
        return Status.ABSENT if record is None else record.value
    return status_at(record, situation.wall.at)


# --- 1. the gate -------------------------------------------------------------------------------


def _locked(case: _Case) -> Iterator[_Objection]:
    if case.mode is Mode.LOCKED:
        yield _Objection(Outcome.DENY, Reason.GATE_LOCKED, case.mode_rule)


def _registry_too_old(case: _Case) -> Iterator[_Objection]:
    limit, age = case.policy.age_limit(), case.situation.registry_age
    if limit is not None and age is not None and not case.clock_unsure and age > limit:
        yield _Objection(case.policy.stale.closed, Reason.REGISTRY_STALE, "stale.close_after", alarm=True)


def _clock_unsure(case: _Case) -> Iterator[_Objection]:
    """What depends on the time cannot be judged by a clock that is wrong; the rest goes on."""
    if not case.clock_unsure:
        return
    outcome, subject = case.policy.untrusted_clock, case.subject
    if any(item.direction in {None, case.evidence.direction} for item in case.gate.schedule):
        yield _Objection(outcome, Reason.CLOCK_UNTRUSTED, f"gates.{case.situation.gate}.schedule")
    if subject is not None and (
        subject.valid_from is not None
        or subject.valid_until is not None
        or (subject.status is not None and subject.status.until is not None)
    ):
        yield _Objection(outcome, Reason.CLOCK_UNTRUSTED, "untrusted_clock", subject.status)


# --- 2. the code -------------------------------------------------------------------------------

_VERDICT_REASONS = {
    PassVerdict.FORGED: Reason.PASS_FORGED,
    PassVerdict.EXPIRED: Reason.PASS_EXPIRED,
    PassVerdict.NOT_YET_VALID: Reason.PASS_NOT_YET_VALID,
    PassVerdict.REVOKED: Reason.PASS_REVOKED,
    PassVerdict.UNTRUSTED_ISSUER: Reason.PASS_ISSUER_UNTRUSTED,
    PassVerdict.UNREADABLE: Reason.PASS_UNREADABLE,
    PassVerdict.NOT_A_PASS: Reason.NOT_A_PASS,
    PassVerdict.TOO_LONG: Reason.CODE_TOO_LONG,
    PassVerdict.OTHER_SITE: Reason.PASS_OTHER_SITE,
    PassVerdict.NOT_FRESH: Reason.PASS_NOT_FRESH,
    PassVerdict.INSUFFICIENT: Reason.CERTIFICATE_INSUFFICIENT,
    PassVerdict.HOLDER_UNKNOWN: Reason.CERTIFICATE_HOLDER,
    PassVerdict.CLOCK_UNSURE: Reason.CLOCK_UNTRUSTED,
    PassVerdict.SEVERAL: Reason.SEVERAL_CODES,
    PassVerdict.INCOMPLETE: Reason.CODE_INCOMPLETE,
}

_NOT_HELD_AGAINST_A_FACE = {PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG, PassVerdict.INCOMPLETE}
"""A poster, a payment code or a parcel label in view says nothing about the person beside it."""


def _code_refused(case: _Case) -> Iterator[_Objection]:
    code, face = case.evidence.code, case.evidence.face
    if code is None or code.verdict is PassVerdict.GENUINE:
        return
    face_will_do = (
        face is not None
        and face.finding is FaceFinding.MATCHED
        and case.mode in {Mode.FACE, Mode.FACE_OR_CODE}
    )
    if code.verdict in _NOT_HELD_AGAINST_A_FACE and face_will_do:
        return
    # A certificate is for the staff to compare with papers, where nothing else says whose it is.
    outcome = Outcome.REFER if code.verdict is PassVerdict.HOLDER_UNKNOWN else Outcome.DENY
    yield _Objection(outcome, _VERDICT_REASONS[code.verdict], f"pass.{code.verdict}")


def _code_not_for_here(case: _Case) -> Iterator[_Objection]:
    code = case.evidence.code
    if code is None or code.verdict is not PassVerdict.GENUINE:
        return
    if code.gates and case.situation.gate not in code.gates:
        yield _Objection(Outcome.DENY, Reason.PASS_OTHER_GATE, "pass.gates")
    if code.once and code.used:
        yield _Objection(Outcome.DENY, Reason.PASS_USED, "pass.once")
    if code.timed and case.clock_unsure:
        yield _Objection(Outcome.DENY, Reason.CLOCK_UNTRUSTED, "pass.valid_until")


def _registry_too_old_for_code(case: _Case) -> Iterator[_Objection]:
    """An old registry may not know that a pass was withdrawn or used elsewhere; residents go on."""
    code, age = case.evidence.code, case.situation.registry_age
    if code is None or age is None or not (code.once or case.visitor):
        return
    degraded = age > timedelta(seconds=case.policy.stale.degrade_after)
    if case.situation.registry_expired or degraded:
        yield _Objection(Outcome.DENY, Reason.REGISTRY_STALE, "stale.degrade_after")


# --- 3. the face -------------------------------------------------------------------------------

_FINDING_REASONS = {
    FaceFinding.UNKNOWN: Reason.FACE_UNKNOWN,
    FaceFinding.AMBIGUOUS: Reason.FACE_AMBIGUOUS,
    FaceFinding.TOO_SMALL: Reason.FACE_TOO_SMALL,
    FaceFinding.TOO_DARK: Reason.FACE_TOO_DARK,
    FaceFinding.TOO_BRIGHT: Reason.FACE_TOO_BRIGHT,
    FaceFinding.BLURRED: Reason.FACE_BLURRED,
    FaceFinding.TURNED_AWAY: Reason.FACE_TURNED_AWAY,
    FaceFinding.TILTED: Reason.FACE_TILTED,
    FaceFinding.TOO_CLOSE: Reason.FACE_TOO_CLOSE,
    FaceFinding.CUT_OFF: Reason.FACE_CUT_OFF,
    FaceFinding.BACKLIT: Reason.FACE_BACKLIT,
    FaceFinding.LOW_CONTRAST: Reason.FACE_LOW_CONTRAST,
    FaceFinding.COVERED: Reason.FACE_COVERED,
    FaceFinding.SEVERAL: Reason.SEVERAL_FACES,
    FaceFinding.SPOOF: Reason.FACE_NOT_LIVE,
}


def _face_needed_with_code(case: _Case) -> bool:
    bound = case.evidence.code is not None and case.evidence.code.face_bound
    return case.mode is Mode.FACE_AND_CODE or bound or _needs_both(case)


_COVER_REASONS = {
    Cover.MASK: Reason.FACE_MASKED,
    Cover.SUNGLASSES: Reason.FACE_SUNGLASSES,
    Cover.HAND: Reason.FACE_COVERED,
}

_COMPARED = {FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS}


def _covered_face(case: _Case) -> Iterator[_Objection]:
    """A covered face, where one is needed: by default it confirms the holder of a code, and opens nothing.

    What does not reach its similarity is asked to be uncovered: that helps more than to be told "unknown".
    """
    face, rule = case.evidence.face, case.policy.face
    if face is None or face.covered is None or face.finding not in _COMPARED:
        return
    with_code = case.genuine and (_face_needed_with_code(case) or case.mode is Mode.FACE)
    alone = not case.genuine and case.mode in {Mode.FACE, Mode.FACE_OR_CODE}
    if rule.masked is MaskedFace.REFUSE:
        suffices, key = False, "face.masked"
    elif with_code:
        # Too few frames, and nobody enrolled to compare with, are told by the rule below, covered or not.
        undecided = face.pass_score is None or not face.enough
        suffices, key = face.confirms or undecided, "face.false_confirms"
    elif rule.masked is MaskedFace.CODE:
        suffices, key = False, "face.masked"
    else:
        suffices, key = face.finding is FaceFinding.MATCHED, "face.false_matches"
    if (with_code or alone) and not suffices:
        # A gate that asks for faces calls the staff to whoever shows a code: a face is never the only way.
        outcome = Outcome.REFER if with_code and case.mode is Mode.FACE else Outcome.DENY
        yield _Objection(outcome, _COVER_REASONS[face.covered], key)


def _face_refused(case: _Case) -> Iterator[_Objection]:
    """A face that alone should have opened, and cannot."""
    face = case.evidence.face
    alone = case.mode in {Mode.FACE, Mode.FACE_OR_CODE} and case.evidence.code is None
    if face is not None and alone and face.finding is not FaceFinding.MATCHED:
        yield _finding_objection(case, face.finding)


def _finding_objection(case: _Case, finding: FaceFinding) -> _Objection:
    outcome = case.policy.face.liveness.failed if finding is FaceFinding.SPOOF else Outcome.DENY
    return _Objection(outcome, _FINDING_REASONS[finding], f"face.{finding}")


def _face_against_code(case: _Case) -> Iterator[_Objection]:
    """Face and code in one: the pass names the person, the face has to be that person's."""
    face, code = case.evidence.face, case.evidence.code
    if code is None or code.verdict is not PassVerdict.GENUINE:
        return
    if not _face_needed_with_code(case):
        if face is not None and face.finding is FaceFinding.MATCHED and face.subject_id != code.subject_id:
            yield _Objection(Outcome.DENY, Reason.FACE_CODE_MISMATCH, "face.false_matches")
        return
    if face is None:
        yield _Objection(Outcome.DENY, Reason.FACE_REQUIRED, case.mode_rule)
    elif face.finding not in {FaceFinding.MATCHED, FaceFinding.UNKNOWN, FaceFinding.AMBIGUOUS}:
        yield _finding_objection(case, face.finding)
    elif face.pass_score is None:
        yield _Objection(Outcome.REFER, Reason.FACE_NOT_ENROLLED, case.mode_rule)
    elif not face.enough:
        yield _Objection(Outcome.DENY, Reason.FACE_REQUIRED, "face.frames")
    elif not face.confirms:
        yield _Objection(Outcome.DENY, Reason.FACE_CODE_MISMATCH, "face.false_confirms")


_ASKED = {
    Move.TURN_LEFT: Reason.TURN_LEFT,
    Move.TURN_RIGHT: Reason.TURN_RIGHT,
}


def _relies_on_face(case: _Case) -> bool:
    """Whether the passage would rest on the face: alone, or beside the code."""
    face = case.evidence.face
    if case.genuine:
        return case.mode is Mode.FACE or _face_needed_with_code(case)
    matched = face is not None and face.finding is FaceFinding.MATCHED
    return matched and case.mode in {Mode.FACE, Mode.FACE_OR_CODE}


def _face_alive(case: _Case) -> Iterator[_Objection]:
    """Whose face it is counts only if it is a living one, where the policy asks for that."""
    face, rule = case.evidence.face, case.policy.face.liveness
    if rule.mode is LivenessMode.OFF or face is None or not _relies_on_face(case):
        return
    if face.liveness is not None and not face.liveness >= rule.threshold:
        yield _Objection(rule.failed, Reason.FACE_NOT_LIVE, "face.liveness.threshold")
    elif face.liveness is None:
        yield _Objection(rule.unmeasured, Reason.FACE_LIVENESS_UNMEASURED, "face.liveness.frames")
    elif rule.mode is LivenessMode.ACTIVE and face.challenge is not ChallengeState.PASSED:
        reason = Reason.FACE_REQUIRED if face.asked is None else _ASKED[face.asked]
        if face.challenge is ChallengeState.FAILED:
            reason = Reason.FACE_UNANSWERED
        yield _Objection(rule.unanswered, reason, "face.liveness.moves")


# --- 4. what the mode asks for -----------------------------------------------------------------


def _not_shown(case: _Case) -> Iterator[_Objection]:
    face, code = case.evidence.face, case.evidence.code
    needs_code = case.mode in {Mode.CODE, Mode.FACE_AND_CODE}
    if needs_code and code is None:
        reason = Reason.NOBODY_SEEN if face is None else Reason.CODE_REQUIRED
        yield _Objection(Outcome.DENY, reason, case.mode_rule)
    elif case.mode is Mode.FACE_OR_CODE and code is None and face is None:
        yield _Objection(Outcome.DENY, Reason.NOBODY_SEEN, case.mode_rule)
    elif case.mode is Mode.FACE:
        yield from _face_not_shown(case)


def _face_not_shown(case: _Case) -> Iterator[_Objection]:
    """A gate that asks for faces still takes a code: it calls the staff (a face is never the only way)."""
    face, code = case.evidence.face, case.evidence.code
    if face is None and code is None:
        yield _Objection(Outcome.DENY, Reason.NOBODY_SEEN, case.mode_rule)
    elif (face is None or face.finding is not FaceFinding.MATCHED) and not case.face_confirms:
        yield _Objection(Outcome.REFER, Reason.FACE_REQUIRED, case.mode_rule)


def _second_factor(case: _Case) -> Iterator[_Objection]:
    """Who looks like somebody else here is not let in by the face alone."""
    if _needs_both(case) and not case.genuine:
        yield _Objection(Outcome.DENY, Reason.SECOND_FACTOR_REQUIRED, "subject.second_factor")


def _needs_both(case: _Case) -> bool:
    """A subject with a twin, at a gate that would take the face or the code."""
    flagged = case.subject is not None and case.subject.second_factor
    return flagged and case.mode in {Mode.FACE, Mode.FACE_OR_CODE}


# --- 5. the person -----------------------------------------------------------------------------


def _unknown(case: _Case) -> Iterator[_Objection]:
    if case.identified is not None and case.subject is None and not case.visitor:
        yield _Objection(Outcome.DENY, Reason.SUBJECT_UNKNOWN, "subjects")


def _validity(case: _Case) -> Iterator[_Objection]:
    subject = case.subject
    if subject is None or case.clock_unsure:
        return
    if subject.valid_from is not None and case.now < subject.valid_from:
        yield _Objection(Outcome.DENY, Reason.SUBJECT_NOT_YET_VALID, "subject.valid_from")
    if subject.valid_until is not None and case.now >= subject.valid_until:
        yield _Objection(Outcome.DENY, Reason.SUBJECT_EXPIRED, "subject.valid_until")


def _isolation(case: _Case) -> Iterator[_Objection]:
    """Whoever isolates at home may not leave, unless a declared exception covers this hour.

    With an untrusted clock the order is taken to hold and no exception to cover.
    """
    subject = case.subject
    if subject is None or subject.isolation is None or case.evidence.direction is not Direction.EXIT:
        return
    order = subject.isolation
    ordered = case.clock_unsure or order.holds_at(case.now)
    excepted = not case.clock_unsure and order.exception_at(case.now) is not None
    if ordered and not excepted:
        yield _Objection(
            case.policy.isolation_exit, Reason.HOME_ISOLATION, "isolation_exit", subject.status, alarm=True
        )


def _status_rule(case: _Case) -> Iterator[_Objection]:
    subject, status = case.subject, case.status
    if subject is None or status is None:
        return
    rule = case.policy.statuses.get(status)
    entry = case.evidence.direction is Direction.ENTRY
    if rule is None:
        outcome, key = Outcome.DENY, "statuses"
    else:
        outcome, key = (
            (rule.entry, f"statuses.{status}.entry") if entry else (rule.exit, f"statuses.{status}.exit")
        )
    yield _Objection(outcome, Reason(f"status_{status}"), key, subject.status)


# --- 6. the passage ----------------------------------------------------------------------------


def _access(case: _Case) -> Iterator[_Objection]:
    if case.subject is None and not case.visitor:
        return
    groups = case.subject.groups if case.subject is not None else frozenset[str]()
    if case.visitor:
        groups |= {VISITORS}
    rules = [rule for rule in case.policy.access if _covers(rule, groups, case)]
    if not rules:
        yield _Objection(Outcome.DENY, Reason.GROUP_NOT_ALLOWED, "access")
    elif not any(_in_hours(rule, case) for rule in rules):
        if case.clock_unsure:
            yield _Objection(case.policy.untrusted_clock, Reason.CLOCK_UNTRUSTED, f"access.{rules[0].id}")
        else:
            yield _Objection(Outcome.DENY, Reason.OUTSIDE_HOURS, f"access.{rules[0].id}")


def _covers(rule: AccessRule, groups: frozenset[str], case: _Case) -> bool:
    anybody = not rule.groups and case.subject is not None
    return (
        (anybody or bool(rule.groups & groups))
        and (not rule.gates or case.situation.gate in rule.gates)
        and rule.direction in {None, case.evidence.direction}
    )


def _in_hours(rule: AccessRule, case: _Case) -> bool:
    if not rule.periods:
        return True
    if case.clock_unsure:
        return False
    local = local_time(case.now, case.policy.time_zone)
    return any(period_holds(period, local, case.policy.holidays) for period in rule.periods)


def _anti_passback(case: _Case) -> Iterator[_Objection]:
    """Soft is an event, and no objection."""
    rule, situation = case.policy.anti_passback, case.situation
    if rule.kind is PassbackKind.SOFT or _exempt(rule.exempt, case):
        return
    if passed_back(rule, situation.last_passage, case.evidence.direction, situation.wall):
        entry = case.evidence.direction is Direction.ENTRY
        outcome, key = (rule.entry, "entry") if entry else (rule.exit, "exit")
        yield _Objection(outcome, Reason.ANTI_PASSBACK, f"anti_passback.{key}")


def _site_full(case: _Case) -> Iterator[_Objection]:
    """A full site keeps people out; it keeps nobody in."""
    rule = case.policy.occupancy
    entry = case.evidence.direction is Direction.ENTRY
    if entry and case.situation.crowding is Crowding.STOPPED and not _exempt(rule.exempt, case):
        yield _Objection(rule.at_stop, Reason.SITE_FULL, "occupancy.stop")


def _exempt(groups: frozenset[str], case: _Case) -> bool:
    return case.subject is not None and not groups.isdisjoint(case.subject.groups)


# --- 7. temperature, staff ---------------------------------------------------------------------


def _temperature(case: _Case) -> Iterator[_Objection]:
    reading = case.evidence.temperature
    confirmed = None if reading is None else reading.confirmed
    if confirmed is not None and confirmed >= case.policy.temperature.limit:
        yield _Objection(case.policy.temperature.above, Reason.TEMPERATURE_HIGH, "temperature.limit")


def _staffed(case: _Case) -> Iterator[_Objection]:
    if case.mode is Mode.STAFFED:
        yield _Objection(Outcome.REFER, Reason.STAFF_DECIDES, case.mode_rule)


_RULES: tuple[Callable[[_Case], Iterator[_Objection]], ...] = (
    _locked,
    _registry_too_old,
    _clock_unsure,
    _code_refused,
    _code_not_for_here,
    _registry_too_old_for_code,
    _covered_face,
    _face_refused,
    _face_against_code,
    _face_alive,
    _not_shown,
    _second_factor,
    _unknown,
    _validity,
    _isolation,
    _status_rule,
    _access,
    _anti_passback,
    _site_full,
    _temperature,
    _staffed,
)

_FREE_RULES = (_isolation, _status_rule, _site_full, _temperature)
"""At a free gate nothing is asked; a person's health still counts, and so does a full site."""


def _grant_reason(case: _Case) -> Reason:
    code, face = case.evidence.code, case.evidence.face
    with_code = code is not None and code.verdict is PassVerdict.GENUINE
    if with_code and case.face_confirms:
        return Reason.FACE_AND_CODE_AGREE
    if with_code:
        return Reason.CODE_ACCEPTED
    if face is not None and face.finding is FaceFinding.MATCHED:
        return Reason.FACE_MATCHED
    return Reason.GATE_FREE
