"""Objections to the code that was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from edge.decision.case import Case, Objection
from edge.decision.evidence import FaceFinding, PassKind, PassVerdict
from edge.decision.policy import Mode, Outcome
from edge.decision.reasons import Reason

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
    PassVerdict.UNKNOWN_CODE: Reason.CODE_UNKNOWN,
    PassVerdict.KEYPAD_RESTS: Reason.KEYPAD_RESTS,
}

_NOT_HELD_AGAINST_A_FACE = {PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG, PassVerdict.INCOMPLETE}
"""A poster, a payment code or a parcel label in view says nothing about the person beside it."""


def refused(case: Case) -> Iterator[Objection]:
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
    yield Objection(outcome, _VERDICT_REASONS[code.verdict], f"pass.{code.verdict}")


def probe(case: Case) -> Iterator[Objection]:
    """A test code opens nothing, whoever shows it, with whatever else, in every mode."""
    code = case.evidence.code
    if code is not None and code.verdict is PassVerdict.GENUINE and code.kind is PassKind.PROBE:
        yield Objection(Outcome.DENY, Reason.TEST_CODE, "pass.probe")


def not_for_here(case: Case) -> Iterator[Objection]:
    code = case.evidence.code
    if code is None or code.verdict is not PassVerdict.GENUINE:
        return
    if code.gates and case.situation.gate not in code.gates:
        yield Objection(Outcome.DENY, Reason.PASS_OTHER_GATE, "pass.gates")
    if code.once and code.used:
        yield Objection(Outcome.DENY, Reason.PASS_USED, "pass.once")
    elif code.once and code.use_unknown:
        # Not "pass.": nothing is wrong with it, so it is asked about again as long as it is shown.
        yield Objection(Outcome.DENY, Reason.PASS_USE_UNKNOWN, "journal.used_passes")
    if code.timed and case.clock_unsure:
        yield Objection(Outcome.DENY, Reason.CLOCK_UNTRUSTED, "pass.valid_until")


def registry_too_old(case: Case) -> Iterator[Objection]:
    """An old registry may not know that a pass was revoked or used elsewhere; residents go on.

    An age that an unsure clock cannot tell is taken to be beyond the limit.
    """
    code, age = case.evidence.code, case.situation.registry_age
    if code is None or age is None or not (code.once or case.visitor):
        return
    degraded = age > timedelta(seconds=case.policy.stale.degrade_after)
    if case.clock_unsure:
        yield Objection(Outcome.DENY, Reason.CLOCK_UNTRUSTED, "stale.degrade_after")
    elif case.situation.registry_expired or degraded:
        yield Objection(Outcome.DENY, Reason.REGISTRY_STALE, "stale.degrade_after")
