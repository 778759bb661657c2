"""A small site on an ordinary Tuesday: the tables change one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from edge.decision import (
    ClockTrust,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    PassEvidence,
    PassKind,
    PassVerdict,
    Period,
    Policy,
    Situation,
    Status,
    StatusRecord,
    Subject,
    WallTime,
)
from edge.decision.policy import WEEK, AccessRule, GatePolicy, StatusRule

TUESDAY_NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.fixture
def policy() -> Policy:
    return Policy(
        time_zone="UTC",
        gates={
            "main": GatePolicy(Mode.FACE_OR_CODE),
            "face": GatePolicy(Mode.FACE),
            "code": GatePolicy(Mode.CODE),
            "both": GatePolicy(Mode.FACE_AND_CODE),
            "staffed": GatePolicy(Mode.STAFFED),
            "free": GatePolicy(Mode.FREE),
            "locked": GatePolicy(Mode.LOCKED),
        },
        access=(
            AccessRule("residents", groups=frozenset({"resident"})),
            AccessRule(
                "cleaners",
                groups=frozenset({"cleaner"}),
                periods=(Period(frozenset(WEEK), time(6), time(10)),),
            ),
            AccessRule("visitors", groups=frozenset({"visitor"})),
        ),
        statuses={
            Status.GREEN: StatusRule(Outcome.GRANT),
            Status.YELLOW: StatusRule(Outcome.REFER),
            Status.RED: StatusRule(Outcome.DENY),
            Status.EXPIRED: StatusRule(Outcome.DENY),
            Status.ABSENT: StatusRule(Outcome.REFER),
            Status.FAILED: StatusRule(Outcome.REFER),
            Status.TIMEOUT: StatusRule(Outcome.REFER),
        },
    )


@pytest.fixture
def situation() -> Situation:
    return Situation(
        site="green-court",
        gate="main",
        wall=WallTime(TUESDAY_NOON, ClockTrust.TRUSTED),
        registry_age=timedelta(hours=1),
    )


@pytest.fixture
def resident() -> Subject:
    return Subject(
        "li-na",
        name="Li Na",
        address="3/2/501",
        groups=frozenset({"resident"}),
        status=StatusRecord(
            Status.GREEN, "community office", "all clear", "2020-03", TUESDAY_NOON - timedelta(days=30)
        ),
    )


@pytest.fixture
def face() -> Evidence:
    return Evidence(
        Direction.ENTRY,
        face=FaceEvidence(FaceFinding.MATCHED, "li-na", score=0.71, runner_up=0.2, liveness=0.9),
    )


@pytest.fixture
def code() -> Evidence:
    return Evidence(
        Direction.ENTRY,
        code=PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id="p1", subject_id="li-na"),
    )
