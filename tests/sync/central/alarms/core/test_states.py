"""States of gates as cues: one alarm about a centre that hears nobody, not a thousand about its gates."""

from __future__ import annotations

import pytest

from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.core.states import CENTRE, Deaf, SeenGate, cues_of_states, deafness
from sync.central.devices.core.gate_states import GateState, StateReason, StateWhy
from sync.central.units import DAY, MINUTE, SECOND

NOW = 1_700_000_000 * SECOND


def gate(seen: int | None, *reasons: StateReason) -> SeenGate:
    return SeenGate("court", GateState(reasons), None if seen is None else NOW - seen)


def dark(seen: int) -> SeenGate:
    return gate(seen, StateReason(StateWhy.NO_LINK, NOW - seen))


@pytest.mark.parametrize(
    ("gates", "deaf"),
    [
        ([gate(5 * SECOND)] * 100, None),
        ([gate(91 * SECOND)] * 1000, Deaf(NOW - 91 * SECOND, 1000, 1000)),  # none is dark yet
        ([gate(5 * SECOND), *[dark(5 * MINUTE)] * 9], None),  # nine gates are nine alarms
        ([gate(5 * SECOND)] * 9 + [dark(5 * MINUTE)] * 10, Deaf(NOW - 5 * MINUTE, 10, 19)),
        ([gate(5 * SECOND)] * 11 + [dark(5 * MINUTE)] * 10, None),
        ([gate(5 * SECOND), *[dark(2 * DAY)] * 50], None),  # they were dark before
        ([dark(5 * MINUTE)], None),  # a centre with one gate
        ([gate(None)] * 5, None),
        ([], None),
    ],
)
def test_a_centre_that_hears_nobody_is_told_from_gates_that_are_dark(
    gates: list[SeenGate], deaf: Deaf | None
) -> None:
    assert deafness(gates, NOW) == deaf


def told(gates: list[SeenGate], **more: object) -> list[tuple[AlarmKind, str]]:
    named = {f"g{number}": each for number, each in enumerate(gates)}
    return [(cue.kind, cue.key) for cue in cues_of_states(named, NOW, **more)]  # type: ignore[arg-type]


def test_a_thousand_gates_in_the_dark_with_the_centre_are_one_alarm() -> None:
    gates = [dark(5 * MINUTE)] * 1000 + [dark(2 * DAY)]
    cues = told(gates, deaf=Deaf(NOW - 5 * MINUTE, 1000, 1000))
    assert cues == [(AlarmKind.CENTRE_DEAF, CENTRE), (AlarmKind.GATE_DARK, "g1000")]


@pytest.mark.parametrize(("ago", "dark_gates"), [(2 * MINUTE, 0), (3 * MINUTE, 1)])
def test_once_the_centre_hears_again_the_gates_have_time_to_come_back(ago: int, dark_gates: int) -> None:
    assert len(told([dark(9 * MINUTE)], heard_again_at=NOW - ago)) == dark_gates


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (StateReason(StateWhy.NO_LINK, NOW), AlarmKind.GATE_DARK),
        (StateReason(StateWhy.PROBE_FAILED, NOW, "camera"), AlarmKind.PROBE_FAILED),
        (StateReason(StateWhy.PROBE_LATE, NOW), AlarmKind.PROBE_FAILED),
        (StateReason(StateWhy.GAP, NOW, count=30), AlarmKind.JOURNAL_GAP),
        (StateReason(StateWhy.FINDING, NOW, "missing"), AlarmKind.JOURNAL_GAP),
        (StateReason(StateWhy.FINDING, NOW, "shared"), AlarmKind.IDENTITY_SHARED),
        (StateReason(StateWhy.FINDING, NOW, "cloned"), AlarmKind.IDENTITY_SHARED),
        (StateReason(StateWhy.FINDING, NOW, "reused"), None),  # it stays a finding
        (StateReason(StateWhy.REGISTRY_OLD, NOW, count=2), AlarmKind.GATE_STALE),
        (StateReason(StateWhy.REGISTRY_EXPIRED, NOW), AlarmKind.GATE_STALE),
        (StateReason(StateWhy.RECEIPT_OVERDUE, NOW, count=1), AlarmKind.RECEIPT_OVERDUE),
        (StateReason(StateWhy.CLOCK, NOW), AlarmKind.CLOCK_OFF),
        (StateReason(StateWhy.FORCED, NOW), None),  # the journal raises it
        (StateReason(StateWhy.NEVER_PROBED), None),
    ],
)
def test_a_state_is_a_cue_of_this_kind(reason: StateReason, kind: AlarmKind | None) -> None:
    assert told([gate(SECOND, reason)]) == ([] if kind is None else [(kind, "g0")])


def test_a_gate_without_a_link_is_one_alarm_and_not_four() -> None:
    reasons = (
        StateReason(StateWhy.NO_LINK, NOW),
        StateReason(StateWhy.PROBE_LATE, NOW),
        StateReason(StateWhy.GAP, NOW, count=1),
    )
    clock = StateReason(StateWhy.CLOCK, NOW)
    assert told([gate(5 * MINUTE, *reasons, StateReason(StateWhy.REGISTRY_OLD, NOW), clock)]) == [
        (AlarmKind.GATE_DARK, "g0"),
        (AlarmKind.CLOCK_OFF, "g0"),
    ]
