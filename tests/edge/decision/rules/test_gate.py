"""The gate's own objections: no registry, no policy, locked, too old a registry, its staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from edge.decision import ClockTrust, Direction, Evidence, Mode, Outcome, Policy, Reason, Situation, decide
from edge.decision.case import case_of
from edge.decision.policy import StaleRule
from edge.decision.rules.gate import (
    locked,
    locked_down,
    policy_missing,
    registry_missing,
    registry_too_old,
    staffed,
)
from tests.edge.decision.rules.asking import Said, clock, objections

NOBODY = Evidence(Direction.ENTRY)
DAY = timedelta(days=1)


def test_a_gate_without_a_registry_lets_nobody_in(policy: Policy, situation: Situation) -> None:
    without = replace(situation, registry_age=None)
    assert objections(registry_missing, policy, None, NOBODY, without) == [
        (Outcome.DENY, Reason.REGISTRY_MISSING, "registry")
    ]
    fresh = replace(situation, registry_age=timedelta(0))
    assert objections(registry_missing, policy, None, NOBODY, fresh) == []


def test_a_gate_that_the_policy_does_not_name_lets_nobody_in(policy: Policy, situation: Situation) -> None:
    elsewhere = replace(situation, gate="elsewhere")
    assert objections(policy_missing, policy, None, NOBODY, elsewhere) == [
        (Outcome.DENY, Reason.POLICY_MISSING, "gates.elsewhere")
    ]
    assert objections(policy_missing, policy, None, NOBODY, situation) == []


@pytest.mark.parametrize("mode", Mode)
def test_only_a_locked_gate_is_locked_and_only_a_staffed_one_asks_its_staff(
    policy: Policy, situation: Situation, mode: Mode
) -> None:
    ordered = replace(situation, ordered_mode=mode)
    by_lock: Said = [(Outcome.DENY, Reason.GATE_LOCKED, "command.set_mode")]
    by_staff: Said = [(Outcome.REFER, Reason.STAFF_DECIDES, "command.set_mode")]
    assert objections(locked, policy, None, NOBODY, ordered) == (by_lock if mode is Mode.LOCKED else [])
    assert objections(staffed, policy, None, NOBODY, ordered) == (by_staff if mode is Mode.STAFFED else [])


@pytest.mark.parametrize("mode", [Mode.FACE, Mode.FREE])
@pytest.mark.parametrize(
    ("down", "way", "refused"),
    [
        (False, Direction.ENTRY, False),
        (True, Direction.ENTRY, True),
        (True, Direction.EXIT, False),  # people can still leave
    ],
)
def test_a_lockdown_lets_nobody_in_and_everybody_out(
    policy: Policy, situation: Situation, mode: Mode, down: bool, way: Direction, refused: bool
) -> None:
    known = replace(situation, locked_down=down, ordered_mode=mode)
    said: Said = [(Outcome.DENY, Reason.LOCKED_DOWN, "lockdown")] if refused else []
    assert objections(locked_down, policy, None, Evidence(way), known) == said
    reason = decide(policy, None, Evidence(way), known).reason
    assert (reason is Reason.LOCKED_DOWN) is refused


@pytest.mark.parametrize(
    ("limit", "age", "trust", "reason"),
    [
        (None, 99 * DAY, ClockTrust.TRUSTED, None),  # no limit: residents go on for ever
        (None, 99 * DAY, ClockTrust.UNTRUSTED, None),
        (DAY, None, ClockTrust.TRUSTED, None),  # no registry is another rule's
        (DAY, DAY, ClockTrust.TRUSTED, None),
        (DAY, DAY + timedelta(seconds=1), ClockTrust.TRUSTED, Reason.REGISTRY_STALE),
        (DAY, DAY + timedelta(seconds=1), ClockTrust.HOLDOVER, Reason.REGISTRY_STALE),
        (DAY, timedelta(0), ClockTrust.UNTRUSTED, Reason.CLOCK_UNTRUSTED),  # nobody knows how old it is
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.REFER, Outcome.DENY])
def test_an_old_registry(
    policy: Policy,
    situation: Situation,
    limit: timedelta | None,
    age: timedelta | None,
    trust: ClockTrust,
    reason: Reason | None,
    outcome: Outcome,
) -> None:
    close = None if limit is None else int(limit.total_seconds())
    rules = replace(policy, stale=StaleRule(close_after=close, closed=outcome))
    known = clock(replace(situation, registry_age=age), trust)
    expected: Said = [] if reason is None else [(outcome, reason, "stale.close_after")]
    assert objections(registry_too_old, rules, None, NOBODY, known) == expected
    assert all(found.alarm for found in registry_too_old(case_of(rules, None, NOBODY, known)))
