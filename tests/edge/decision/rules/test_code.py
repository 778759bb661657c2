"""Objections to the code that was shown: its verdict, its place, its use, and how old the registry may be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Reason,
    Situation,
)
from edge.decision.policy import StaleRule
from edge.decision.rules.code import not_for_here, refused, registry_too_old
from tests.edge.decision.rules.asking import Said, clock, objections

DENY, REFER = Outcome.DENY, Outcome.REFER
GENUINE = PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p", subject_id="li-na")
MATCHED = FaceEvidence(FaceFinding.MATCHED, "li-na")
UNKNOWN = FaceEvidence(FaceFinding.UNKNOWN)
ENTRY = Direction.ENTRY
NOTHING_OF_A_FACE = {PassVerdict.NOT_A_PASS, PassVerdict.TOO_LONG, PassVerdict.INCOMPLETE}


@pytest.mark.parametrize("verdict", PassVerdict)
def test_every_verdict_but_genuine_is_an_objection_with_a_reason(
    policy: Policy, situation: Situation, verdict: PassVerdict
) -> None:
    shown = Evidence(ENTRY, code=replace(GENUINE, verdict=verdict))
    found = objections(refused, policy, None, shown, situation)
    if verdict is PassVerdict.GENUINE:
        assert found == []
    else:
        [(outcome, reason, rule)] = found
        assert outcome is (REFER if verdict is PassVerdict.HOLDER_UNKNOWN else DENY)
        assert rule == f"pass.{verdict}"
        begins = ("pass_", "code_", "certificate_", "clock_", "not_a_pass", "several", "keypad_")
        assert reason.value.startswith(begins)


def test_the_reasons_of_different_verdicts_are_different(policy: Policy, situation: Situation) -> None:
    reasons = [
        objections(refused, policy, None, Evidence(ENTRY, code=PassEvidence(verdict)), situation)[0][1]
        for verdict in PassVerdict
        if verdict is not PassVerdict.GENUINE
    ]
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize(
    "verdict", [verdict for verdict in PassVerdict if verdict is not PassVerdict.GENUINE]
)
@pytest.mark.parametrize(
    ("gate", "face", "will_do"),
    [
        ("main", MATCHED, True),
        ("face", MATCHED, True),
        ("code", MATCHED, False),
        ("both", MATCHED, False),
        ("free", MATCHED, False),
        ("main", UNKNOWN, False),
        ("main", None, False),
    ],
)
def test_a_poster_beside_a_face_that_will_do_says_nothing(
    policy: Policy,
    situation: Situation,
    verdict: PassVerdict,
    gate: str,
    face: FaceEvidence | None,
    will_do: bool,
) -> None:
    shown = Evidence(ENTRY, face=face, code=PassEvidence(verdict))
    found = objections(refused, policy, None, shown, replace(situation, gate=gate))
    assert bool(found) is not (will_do and verdict in NOTHING_OF_A_FACE)


@pytest.mark.parametrize(
    ("code", "trust", "said"),
    [
        (None, ClockTrust.TRUSTED, []),
        (GENUINE, ClockTrust.TRUSTED, []),
        (GENUINE, ClockTrust.UNTRUSTED, []),  # it depends on no clock
        (replace(GENUINE, gates=frozenset({"main", "out"})), ClockTrust.TRUSTED, []),
        (
            replace(GENUINE, gates=frozenset({"out"})),
            ClockTrust.TRUSTED,
            [(DENY, Reason.PASS_OTHER_GATE, "pass.gates")],
        ),
        (replace(GENUINE, once=True), ClockTrust.TRUSTED, []),
        (replace(GENUINE, used=True), ClockTrust.TRUSTED, []),  # it may be used again
        (
            replace(GENUINE, once=True, used=True, use_unknown=True),
            ClockTrust.TRUSTED,
            [(DENY, Reason.PASS_USED, "pass.once")],
        ),
        (
            replace(GENUINE, once=True, use_unknown=True),
            ClockTrust.TRUSTED,
            [(DENY, Reason.PASS_USE_UNKNOWN, "journal.used_passes")],
        ),
        (replace(GENUINE, timed=True), ClockTrust.HOLDOVER, []),
        (
            replace(GENUINE, timed=True),
            ClockTrust.UNTRUSTED,
            [(DENY, Reason.CLOCK_UNTRUSTED, "pass.valid_until")],
        ),
        (PassEvidence(PassVerdict.EXPIRED, timed=True, once=True, used=True), ClockTrust.UNTRUSTED, []),
    ],
)
def test_a_genuine_pass_that_is_not_for_here_or_now(
    policy: Policy, situation: Situation, code: PassEvidence | None, trust: ClockTrust, said: Said
) -> None:
    shown = Evidence(ENTRY, code=code)
    assert objections(not_for_here, policy, None, shown, clock(situation, trust)) == said


def test_everything_that_is_wrong_is_said(policy: Policy, situation: Situation) -> None:
    worst = replace(GENUINE, gates=frozenset({"out"}), once=True, used=True, timed=True)
    unsure = clock(situation, ClockTrust.UNTRUSTED)
    found = objections(not_for_here, policy, None, Evidence(ENTRY, code=worst), unsure)
    assert [rule for _, _, rule in found] == ["pass.gates", "pass.once", "pass.valid_until"]


WEEK = timedelta(days=7)
STALE: Said = [(DENY, Reason.REGISTRY_STALE, "stale.degrade_after")]
NO_CLOCK: Said = [(DENY, Reason.CLOCK_UNTRUSTED, "stale.degrade_after")]


@pytest.mark.parametrize(
    ("code", "age", "expired", "trust", "said"),
    [
        (replace(GENUINE, once=True), WEEK, False, ClockTrust.TRUSTED, []),
        (replace(GENUINE, once=True), WEEK + timedelta(seconds=1), False, ClockTrust.TRUSTED, STALE),
        (replace(GENUINE, once=True), timedelta(0), True, ClockTrust.TRUSTED, STALE),
        (replace(GENUINE, once=True), timedelta(0), False, ClockTrust.UNTRUSTED, NO_CLOCK),
        (replace(GENUINE, once=True), None, False, ClockTrust.TRUSTED, []),  # another rule's
        (replace(GENUINE, kind=PassKind.VISITOR), 2 * WEEK, False, ClockTrust.TRUSTED, STALE),
        (GENUINE, 2 * WEEK, True, ClockTrust.UNTRUSTED, []),  # residents go on
        (None, 2 * WEEK, True, ClockTrust.TRUSTED, []),
    ],
)
def test_an_old_registry_may_not_know_that_a_pass_was_revoked(
    policy: Policy,
    situation: Situation,
    code: PassEvidence | None,
    age: timedelta | None,
    expired: bool,
    trust: ClockTrust,
    said: Said,
) -> None:
    rules = replace(policy, stale=StaleRule(degrade_after=int(WEEK.total_seconds())))
    known = clock(replace(situation, registry_age=age, registry_expired=expired), trust)
    assert objections(registry_too_old, rules, None, Evidence(ENTRY, code=code), known) == said
