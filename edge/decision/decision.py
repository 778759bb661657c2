"""The decision: from what is known and what was seen to grant, deny or refer, by one stated order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from edge.decision.case import Case, Objection, case_of
from edge.decision.evidence import Evidence
from edge.decision.policy import Mode, Outcome, Policy
from edge.decision.reasons import Reason
from edge.decision.rules import access, clock, code, face, gate, person, shown
from edge.decision.situation import Situation
from edge.decision.status import Status, StatusRecord
from edge.decision.subject import Subject


class _Rule(Protocol):
    """A function that raises the objections of one rule, and has a name."""

    __name__: str

    def __call__(self, case: Case, /) -> Iterator[Objection]: ...


class Alarm(msgspec.Struct, frozen=True):
    """What operations must hear of at once, whatever became of the person: why, and by which rule."""

    reason: Reason
    rule: str


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the gate does, with the one reason and the rule of the policy that gave it.

    `grounds` is the status record that a status decision rests on, so that it can be appealed.
    `alarms` are those of every rule that objected, in the order of the rules, not only of the one that won.
    """

    outcome: Outcome
    reason: Reason
    rule: str
    subject_id: str | None = None
    status: Status | None = None
    grounds: StatusRecord | None = None
    alarms: tuple[Alarm, ...] = ()

    @property
    def alarm(self) -> bool:
        """Whether operations must hear of it at once."""
        return bool(self.alarms)


def decide(policy: Policy, subject: Subject | None, evidence: Evidence, situation: Situation) -> Decision:
    """Decide about one encounter. Pure: the same four values always give the same decision.

    `subject` is the registry's record of whom `identified_by(evidence)` names, None where it names
    nobody or the registry does not know them.

    Order of evaluation (the contract), and the reason codes that each step can give:

    1. the gate: no registry, no policy for this gate, locked, locked down, registry too old; what a clock
       that cannot be believed leaves open: its schedule, the person's permit and status.
       `registry_missing` `policy_missing` `gate_locked` `locked_down` `registry_stale` `clock_untrusted`
    2. the code: any verdict but genuine, a test code, another gate, used or perhaps used before, too old a
       registry.
       `not_a_pass` `code_too_long` `pass_unreadable` `pass_forged` `pass_issuer_untrusted` `pass_revoked`
       `pass_expired` `pass_not_yet_valid` `pass_other_site` `pass_not_fresh` `pass_other_gate` `pass_used`
       `pass_use_unknown` `certificate_insufficient` `certificate_holder` `several_codes` `code_incomplete`
       `test_code` `code_unknown` `keypad_rests` `registry_stale` `clock_untrusted`
    3. the face: covered, not live, not usable, unknown, ambiguous, another person than the pass names; not
       shown to be alive as the policy asks.
       `face_masked` `face_sunglasses` `face_covered` `face_unknown` `face_ambiguous` `face_too_small`
       `face_too_dark` `face_too_bright` `face_blurred` `face_turned_away` `face_tilted` `face_too_close`
       `face_cut_off` `face_backlit` `face_low_contrast` `several_faces` `face_not_enrolled`
       `face_code_mismatch` `face_not_live` `face_liveness_unmeasured` `turn_left` `turn_right`
       `close_eyes` `face_unanswered` `face_required`
    4. what the mode asks for and was not shown; the second factor of anyone who looks like somebody else, or
       whose face was mistaken at this gate.
       `nobody_seen` `code_required` `face_required` `second_factor_required`
    5. the person: not in the registry, validity, home isolation, status.
       `subject_unknown` `subject_not_yet_valid` `subject_expired` `home_isolation` `status_green`
       `status_yellow` `status_red` `status_expired` `status_absent` `status_failed` `status_timeout`
    6. access: group and gate, hours, anti-passback, entries that the centre holds, a full site.
       `group_not_allowed` `outside_hours` `anti_passback` `entries_held` `site_full` `clock_untrusted`
    7. temperature; a staffed gate.
       `temperature_high` `staff_decides`
    8. a grant, where no step objects.
       `face_matched` `code_accepted` `face_and_code_agree` `gate_free`

    Every rule is asked; at a free gate only those of the gate itself, a test code, isolation, status, held
    entries, a full site and temperature. The first **deny** in this order wins over every refer; the first
    **refer** wins over a grant; only where no rule objects is there a **grant**. An empty policy denies. A
    rule's alarm stands in the decision whichever rule wins, and beside a grant too.

    With an untrusted clock nobody is granted whom a sure clock would not grant at every time since the
    registry was issued: nothing else is known of the time.
    """
    case = case_of(policy, subject, evidence, situation)
    return _settled(case, [objection for rule in _rules_of(case) for objection in rule(case)])


@dataclass(frozen=True)
class AskedRule:
    """A rule that was asked, by its `name` (`person.isolation`), and what it objected: mostly nothing.

    `won` is the objection of these that became the decision.
    """

    name: str
    objections: tuple[Objection, ...]
    won: Objection | None = None


def asked(
    policy: Policy, subject: Subject | None, evidence: Evidence, situation: Situation
) -> tuple[AskedRule, ...]:
    """Every rule that `decide` asks of the same four values, in its order, with what it answers.

    Where none has won, nothing stood against a grant.
    """
    case = case_of(policy, subject, evidence, situation)
    answers = [(_name_of(rule), tuple(rule(case))) for rule in _rules_of(case)]
    won = _heaviest([objection for _, objections in answers for objection in objections])
    return tuple(
        AskedRule(name, objections, next((item for item in objections if item is won), None))
        for name, objections in answers
    )


def _rules_of(case: Case) -> tuple[_Rule, ...]:
    return _FREE_RULES if case.mode is Mode.FREE else _RULES


def _name_of(rule: _Rule) -> str:
    return f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}"


def _settled(case: Case, objections: Sequence[Objection]) -> Decision:
    won = _heaviest(objections) or Objection(Outcome.GRANT, _grant_reason(case), case.mode_rule)
    return Decision(
        won.outcome,
        won.reason,
        won.rule,
        subject_id=case.identified,
        status=case.status,
        grounds=won.grounds,
        alarms=tuple(Alarm(item.reason, item.rule) for item in objections if item.alarm),
    )


def _heaviest(objections: Sequence[Objection]) -> Objection | None:
    """The first denial, else the first referral; None where nothing stands against a grant."""
    for outcome in (Outcome.DENY, Outcome.REFER):
        first = next((objection for objection in objections if objection.outcome is outcome), None)
        if first is not None:
            return first
    return None


_RULES: tuple[_Rule, ...] = (
    gate.registry_missing,
    gate.policy_missing,
    gate.locked,
    gate.locked_down,
    gate.registry_too_old,
    clock.schedule,
    clock.validity,
    clock.status,
    code.refused,
    code.probe,
    code.not_for_here,
    code.registry_too_old,
    face.covered,
    face.refused,
    face.against_code,
    face.alive,
    shown.not_shown,
    shown.second_factor,
    person.unknown,
    person.validity,
    person.isolation,
    person.status_rule,
    access.access,
    access.anti_passback,
    access.entries_held,
    access.site_full,
    person.temperature,
    gate.staffed,
)

_FREE_RULES: tuple[_Rule, ...] = (
    gate.registry_missing,
    gate.policy_missing,
    gate.locked_down,
    gate.registry_too_old,
    clock.schedule,
    clock.status,
    code.probe,
    person.isolation,
    person.status_rule,
    access.entries_held,
    access.site_full,
    person.temperature,
)
"""At a free gate nothing is asked; what the gate lacks, a lockdown, a test code, health, held entries and a
full site still count."""


def _grant_reason(case: Case) -> Reason:
    if case.genuine:
        return Reason.FACE_AND_CODE_AGREE if case.face_confirms else Reason.CODE_ACCEPTED
    return Reason.GATE_FREE if case.identified is None else Reason.FACE_MATCHED
