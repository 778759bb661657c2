"""The state of a gate, by table: what the centre knows of it, and what that makes of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.devices.core.gate_states import (
    ALARM_LASTS,
    LATE_AFTER,
    PROBE_AGES_AFTER,
    SILENT_AFTER,
    GateStateKind,
    KnownGate,
    Probe,
    StateReason,
    StateWhy,
    gate_state,
)
from sync.central.units import MINUTE

NOW = 1_790_000_000_000_000
AGO = NOW - 2 * MINUTE
PROBED = Probe(AGO, worked=True, wrong="", arrived=AGO, worked_at=AGO)
WORKS = KnownGate(last_seen=NOW - MINUTE, probe=PROBED)
LONG_AGO = NOW - 7 * 24 * 60 * MINUTE


seen = partial(replace, WORKS)


@pytest.mark.parametrize(
    ("known", "kind", "why"),
    [
        pytest.param(WORKS, GateStateKind.WORKING, None, id="a probe went all the way"),
        pytest.param(
            KnownGate(), GateStateKind.FAULT, StateReason(StateWhy.NEVER_SEEN), id="nothing was heard of it"
        ),
        pytest.param(
            seen(probe=None),
            GateStateKind.LOOK,
            StateReason(StateWhy.NEVER_PROBED),
            id="a living process, and never a probe: nobody knows that it works",
        ),
        pytest.param(
            seen(last_seen=NOW - SILENT_AFTER - 1),
            GateStateKind.FAULT,
            StateReason(StateWhy.NO_LINK, NOW - SILENT_AFTER - 1),
            id="silent",
        ),
        pytest.param(seen(last_seen=NOW - SILENT_AFTER), GateStateKind.WORKING, None, id="not yet silent"),
        pytest.param(
            seen(last_seen=NOW + SILENT_AFTER + 1),
            GateStateKind.FAULT,
            StateReason(StateWhy.NO_LINK, NOW),
            id="seen before the clock was set back, and who knows whether since",
        ),
        pytest.param(
            seen(last_seen=NOW + SILENT_AFTER),
            GateStateKind.WORKING,
            None,
            id="a clock that is a bit ahead",
        ),
        pytest.param(
            seen(probe=replace(PROBED, arrived=NOW + PROBE_AGES_AFTER + 1)),
            GateStateKind.FAULT,
            StateReason(StateWhy.PROBE_LATE, AGO),
            id="its probe is of before the clock was set back",
        ),
        pytest.param(
            seen(probe=replace(PROBED, worked=False, wrong="registry")),
            GateStateKind.FAULT,
            StateReason(StateWhy.PROBE_FAILED, AGO, "registry"),
            id="its probe failed",
        ),
        pytest.param(
            seen(probe=replace(PROBED, arrived=NOW - PROBE_AGES_AFTER - 1)),
            GateStateKind.FAULT,
            StateReason(StateWhy.PROBE_LATE, AGO),
            id="its probe is old although the link is there: the readers may be dead",
        ),
        pytest.param(
            seen(probe=replace(PROBED, at=LONG_AGO)),
            GateStateKind.WORKING,
            None,
            id="its clock is wrong: the age of a probe is by the centre's own clock",
        ),
        pytest.param(
            seen(reported=("journal_forked",)),
            GateStateKind.FAULT,
            StateReason(StateWhy.REPORTED, NOW - MINUTE, "journal_forked"),
            id="it reports an alarm of its sync process",
        ),
        pytest.param(
            seen(findings=(("cloned", LONG_AGO),)),
            GateStateKind.FAULT,
            StateReason(StateWhy.FINDING, LONG_AGO, "cloned"),
            id="a finding",
        ),
        pytest.param(
            seen(missing=30, missing_since=AGO),
            GateStateKind.LOOK,
            StateReason(StateWhy.GAP, AGO, count=30),
            id="a gap that is being filled",
        ),
        pytest.param(
            seen(behind=2, behind_since=NOW - LATE_AFTER - 1),
            GateStateKind.LOOK,
            StateReason(StateWhy.REGISTRY_OLD, NOW - LATE_AFTER - 1, count=2),
            id="an old registry",
        ),
        pytest.param(
            seen(behind=1, behind_since=NOW - MINUTE),
            GateStateKind.WORKING,
            None,
            id="a version that was just published",
        ),
        pytest.param(
            seen(overdue_receipts=1, overdue_since=LONG_AGO),
            GateStateKind.LOOK,
            StateReason(StateWhy.RECEIPT_OVERDUE, LONG_AGO, count=1),
            id="a removal that it did not confirm",
        ),
        pytest.param(
            seen(holds=(StateReason(StateWhy.FORCED, LONG_AGO),)),
            GateStateKind.ALARM,
            StateReason(StateWhy.FORCED, LONG_AGO),
            id="forced, and nobody ended it",
        ),
        pytest.param(
            seen(holds=(StateReason(StateWhy.INTRUSION, NOW - ALARM_LASTS + 1),)),
            GateStateKind.ALARM,
            StateReason(StateWhy.INTRUSION, NOW - ALARM_LASTS + 1),
            id="somebody passed a shut barrier, lately",
        ),
        pytest.param(
            seen(holds=(StateReason(StateWhy.INTRUSION, NOW - ALARM_LASTS),)),
            GateStateKind.WORKING,
            None,
            id="somebody passed a shut barrier, long ago",
        ),
        pytest.param(
            seen(holds=(StateReason(StateWhy.CAMERA, AGO, "blind"),)),
            GateStateKind.FAULT,
            StateReason(StateWhy.CAMERA, AGO, "blind"),
            id="a blind camera",
        ),
        pytest.param(
            seen(suspended=True), GateStateKind.FAULT, StateReason(StateWhy.SUSPENDED), id="out of service"
        ),
    ],
)
def test_a_state_and_its_reason(known: KnownGate, kind: GateStateKind, why: StateReason | None) -> None:
    state = gate_state(known, NOW)
    assert (state.kind, state.why) == (kind, why)


def test_the_worst_is_told_first_and_nothing_is_left_out() -> None:
    known = replace(
        WORKS,
        last_seen=NOW - 10 * MINUTE,
        missing=3,
        holds=(
            StateReason(StateWhy.CAMERA, AGO, "gone"),
            StateReason(StateWhy.TAMPER, AGO),
            StateReason(StateWhy.FIRE, AGO),
        ),
    )
    told = [reason.why for reason in gate_state(known, NOW).reasons]
    assert told == [StateWhy.FIRE, StateWhy.TAMPER, StateWhy.NO_LINK, StateWhy.CAMERA, StateWhy.GAP]


KNOWN = st.builds(
    KnownGate,
    suspended=st.booleans(),
    last_seen=st.none() | st.integers(LONG_AGO, NOW),
    reported=st.lists(st.sampled_from(["journal_forked", "gate_not_running"])).map(tuple),
    missing=st.integers(0, 3),
    behind=st.integers(0, 3),
    holds=st.lists(
        st.builds(StateReason, st.sampled_from(StateWhy), st.none() | st.integers(LONG_AGO, NOW))
    ).map(tuple),
    probe=st.none()
    | st.builds(
        Probe,
        at=st.integers(LONG_AGO, NOW),
        worked=st.booleans(),
        wrong=st.just(""),
        arrived=st.integers(LONG_AGO, NOW),
        worked_at=st.none(),
    ),
)


@given(KNOWN)
def test_working_is_only_what_a_probe_shows(known: KnownGate) -> None:
    state = gate_state(known, NOW)
    if state.kind is GateStateKind.WORKING:
        assert known.probe is not None
        assert known.probe.worked
        assert known.probe.arrived >= NOW - PROBE_AGES_AFTER


@given(KNOWN)
def test_more_that_is_wrong_never_looks_better(known: KnownGate) -> None:
    order = list(GateStateKind)
    worse = replace(known, holds=(*known.holds, StateReason(StateWhy.FIRE, NOW)))
    assert order.index(gate_state(worse, NOW).kind) <= order.index(gate_state(known, NOW).kind)
    assert gate_state(worse, NOW).kind is GateStateKind.ALARM
