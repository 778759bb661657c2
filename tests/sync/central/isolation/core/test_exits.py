"""What an exit of somebody in isolation was, and what is none."""

from __future__ import annotations

import pytest

from edge.decision import Alarm, Decision, Direction, Evidence, Mode, Outcome, Reason
from edge.journal.format import AccessDecided, GateStopped, told
from sync.central.isolation.core.exits import How, how_of, tells_isolation


@pytest.mark.parametrize(
    ("outcome", "told", "ordered", "excepted", "knew", "how"),
    [
        ("deny", True, True, False, True, How.TRIED),
        ("refer", True, True, False, True, How.TRIED),
        ("deny", False, True, False, False, How.TRIED),
        ("deny", True, False, False, False, How.TRIED),
        ("deny", True, True, True, False, How.EXCEPTION_REFUSED),
        ("grant", True, True, False, True, How.BY_RULE),
        ("grant", False, True, True, True, How.EXCEPTION),
        ("grant", False, True, True, False, How.EXCEPTION),
        ("grant", False, True, False, False, How.UNAWARE),
        ("grant", False, True, False, True, How.UNEXPLAINED),
        ("grant", False, False, False, False, None),
        ("deny", False, False, False, False, None),
    ],
)
def test_an_exit_is_one_of_these(
    outcome: str, told: bool, ordered: bool, excepted: bool, knew: bool, how: How | None
) -> None:
    assert how_of(outcome, told=told, ordered=ordered, excepted=excepted, knew=knew) is how


def denied(reason: Reason, *alarms: Reason) -> AccessDecided:
    told = tuple(Alarm(each, "isolation_exit") for each in alarms)
    decision = Decision(Outcome.DENY, reason, "test", "li-na", alarms=told)
    return AccessDecided(decision, Evidence(Direction.EXIT), Mode.FACE, 1, "camera")


@pytest.mark.parametrize(
    ("event", "tells"),
    [
        (denied(Reason.HOME_ISOLATION), True),
        (denied(Reason.GATE_LOCKED, Reason.HOME_ISOLATION), True),
        (denied(Reason.GATE_LOCKED), False),
        (GateStopped(), False),
    ],
)
def test_a_gate_tells_of_isolation_whichever_rule_won(event: AccessDecided, tells: bool) -> None:
    assert tells_isolation(*told(event)) is tells


def test_what_nobody_can_read_tells_nothing() -> None:
    kind, body = told(denied(Reason.HOME_ISOLATION))
    assert not tells_isolation(kind, body[:-1])
    assert not tells_isolation("gate_stopped", body)
