"""Whether this person may pass now: known, within their validity, not isolated, healthy."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    HomeIsolation,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Policy,
    Reason,
    Situation,
    Status,
    StatusRecord,
    Subject,
    TemperatureReading,
)
from edge.decision.case import case_of
from edge.decision.policy import StatusRule, TemperatureRule
from edge.decision.rules.person import isolation, status_rule, temperature, unknown, validity
from edge.decision.subject import IsolationException
from tests.edge.decision.conftest import TUESDAY_NOON
from tests.edge.decision.rules.asking import Said, clock, objections

IN, OUT = Direction.ENTRY, Direction.EXIT
DENY, REFER, GRANT = Outcome.DENY, Outcome.REFER, Outcome.GRANT
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LI_NA = Subject("li-na")
SURE, HOLDOVER, UNSURE = ClockTrust.TRUSTED, ClockTrust.HOLDOVER, ClockTrust.UNTRUSTED


def pass_of(name: str, kind: PassKind = PassKind.RESIDENT) -> Evidence:
    return Evidence(IN, code=PassEvidence(PassVerdict.GENUINE, kind=kind, pass_id="p", subject_id=name))


@pytest.mark.parametrize(
    ("evidence", "subject", "known"),
    [
        (Evidence(IN), None, True),  # nobody is named: another rule asks for something
        (pass_of("li-na"), LI_NA, True),
        (pass_of("li-na"), None, False),
        (Evidence(IN, face=FaceEvidence(FaceFinding.MATCHED, "li-na")), None, False),
        (pass_of("visitor:1", PassKind.VISITOR), None, True),
        (pass_of("li-na", PassKind.VISITOR), None, False),  # no resident who was taken out comes as a visitor
        (pass_of("visitor:1"), None, False),
    ],
)
def test_who_is_known(
    policy: Policy, situation: Situation, evidence: Evidence, subject: Subject | None, known: bool
) -> None:
    said: Said = [] if known else [(DENY, Reason.SUBJECT_UNKNOWN, "subjects")]
    assert objections(unknown, policy, subject, evidence, situation) == said


@pytest.mark.parametrize(
    ("begins", "ends", "trust", "reason"),
    [
        (None, None, SURE, None),
        (timedelta(0), None, SURE, None),
        (SECOND, None, SURE, Reason.SUBJECT_NOT_YET_VALID),
        (SECOND, None, HOLDOVER, Reason.SUBJECT_NOT_YET_VALID),
        (SECOND, None, UNSURE, None),
        (None, SECOND, SURE, None),
        (None, timedelta(0), SURE, Reason.SUBJECT_EXPIRED),
        (None, timedelta(0), UNSURE, None),  # whether that has passed, the clock cannot tell
        (None, -HOUR, UNSURE, Reason.SUBJECT_EXPIRED),  # before the registry was issued it has
    ],
)
def test_validity(
    policy: Policy,
    situation: Situation,
    begins: timedelta | None,
    ends: timedelta | None,
    trust: ClockTrust,
    reason: Reason | None,
) -> None:
    def at(offset: timedelta | None) -> datetime | None:
        return None if offset is None else TUESDAY_NOON + offset

    subject = replace(LI_NA, valid_from=at(begins), valid_until=at(ends))
    found = objections(validity, policy, subject, Evidence(IN), clock(situation, trust))
    assert [(outcome, why) for outcome, why, _ in found] == ([] if reason is None else [(DENY, reason)])


def test_who_is_unknown_has_no_validity_status_or_order(policy: Policy, situation: Situation) -> None:
    for rule in (validity, isolation, status_rule):
        assert objections(rule, policy, None, Evidence(OUT), situation) == []


@pytest.mark.parametrize(
    ("way", "since", "until", "excepted", "trust", "stays"),
    [
        (OUT, -HOUR, None, None, SURE, True),
        (IN, -HOUR, None, None, SURE, False),  # anybody may come home
        (OUT, SECOND, None, None, SURE, False),
        (OUT, timedelta(0), SECOND, None, SURE, True),
        (OUT, -HOUR, timedelta(0), None, SURE, False),
        (OUT, -HOUR, None, (timedelta(0), SECOND), SURE, False),
        (OUT, -HOUR, None, (-HOUR, timedelta(0)), SURE, True),
        (OUT, -HOUR, None, (-HOUR, HOUR), HOLDOVER, False),
        (OUT, -HOUR, None, (-HOUR, HOUR), UNSURE, True),  # no exception can be taken to cover
        (OUT, -9 * HOUR, timedelta(0), None, UNSURE, True),
        (OUT, -9 * HOUR, -HOUR, None, UNSURE, False),  # it was over when the registry was issued
        (OUT, HOUR, None, None, UNSURE, True),
    ],
)
def test_who_isolates_at_home(
    policy: Policy,
    situation: Situation,
    way: Direction,
    since: timedelta,
    until: timedelta | None,
    excepted: tuple[timedelta, timedelta] | None,
    trust: ClockTrust,
    stays: bool,
) -> None:
    exceptions = (
        ()
        if excepted is None
        else (IsolationException("test", TUESDAY_NOON + excepted[0], TUESDAY_NOON + excepted[1]),)
    )
    order = HomeIsolation(
        "office", TUESDAY_NOON + since, None if until is None else TUESDAY_NOON + until, exceptions
    )
    subject, rules = replace(LI_NA, isolation=order), replace(policy, isolation_exit=REFER)
    known = clock(situation, trust)
    said = objections(isolation, rules, subject, Evidence(way), known)
    assert said == ([(REFER, Reason.HOME_ISOLATION, "isolation_exit")] if stays else [])
    assert all(found.alarm for found in isolation(case_of(rules, subject, Evidence(way), known)))


@pytest.mark.parametrize("value", Status)
@pytest.mark.parametrize("way", Direction)
def test_every_status_has_its_rule_each_way_and_a_reason_of_its_own(
    policy: Policy, situation: Situation, value: Status, way: Direction
) -> None:
    record = StatusRecord(value, "office", "", "r", TUESDAY_NOON - HOUR)
    subject = replace(LI_NA, status=record)
    said = objections(status_rule, policy, subject, Evidence(way), situation)
    rule = policy.statuses[value]
    outcome = rule.entry if way is IN else rule.exit
    assert said == [(outcome, Reason(f"status_{value}"), f"statuses.{value}.{way}")]
    assert [found.grounds for found in status_rule(case_of(policy, subject, Evidence(way), situation))] == [
        record
    ]


@pytest.mark.parametrize("way", Direction)
def test_a_status_without_a_rule_opens_nothing(policy: Policy, situation: Situation, way: Direction) -> None:
    rules = replace(policy, statuses={Status.GREEN: StatusRule(GRANT)})
    said = objections(status_rule, rules, LI_NA, Evidence(way), situation)
    assert said == [(DENY, Reason.STATUS_ABSENT, "statuses")]


@pytest.mark.parametrize(
    ("reading", "high"),
    [
        (None, False),
        (TemperatureReading(39.0), False),  # one measurement has no consequence
        (TemperatureReading(39.0, again=37.2), False),
        (TemperatureReading(37.3, again=39.0), True),
        (TemperatureReading(39.0, again=37.3), True),
        (TemperatureReading(39.0, again=39.0, valid=False), False),
    ],
)
@pytest.mark.parametrize("outcome", [DENY, REFER])
def test_a_temperature_counts_once_it_was_measured_twice(
    policy: Policy, situation: Situation, reading: TemperatureReading | None, high: bool, outcome: Outcome
) -> None:
    rules = replace(policy, temperature=TemperatureRule(37.3, outcome))
    said = objections(temperature, rules, None, Evidence(IN, temperature=reading), situation)
    assert said == ([(outcome, Reason.TEMPERATURE_HIGH, "temperature.limit")] if high else [])
