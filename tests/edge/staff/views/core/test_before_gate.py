"""Who is shown before the gate: from what is seen, asked and decided, at each moment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decision import Outcome, Reason
from edge.staff.core.limits import REFERRED_FOR
from edge.staff.protocol.now import Card, Person, Stage
from edge.staff.views.core.before_gate import DENIED_FOR, GRANTED_FOR, BeforeGate
from tests.examples import tried

GRANT, DENY, REFER = Outcome.GRANT, Outcome.DENY, Outcome.REFER
EMPTY = BeforeGate(gone_after=2.0)


def card(outcome: Outcome, number: int, who: str = "li-na", reason: str = "face_matched") -> Card:
    return Card(0, Stage.DECIDED, 0.0, outcome=outcome, number=number, person=Person(who), reason=reason)


def shown(before: BeforeGate, now: float) -> tuple[Stage, int | None] | None:
    found = before.shown(now)
    return None if found is None else (found.stage, found.number)


def seen_until(before: BeforeGate, since: float, until: float) -> BeforeGate:
    """Somebody is in view, ten times a second."""
    for tenth in range(round(since * 10), round(until * 10) + 1):
        before = before.sees(tenth / 10)
    return before


def test_somebody_comes_is_asked_and_decided_on() -> None:
    before = EMPTY.sees(10.0)
    assert shown(before, 10.0) == (Stage.WAITING, None)
    before = before.asks(Reason.CODE_REQUIRED, 11.0)
    asking = before.shown(11.5)
    assert asking is not None
    assert (asking.stage, asking.reason, asking.since) == (Stage.ASKING, "code_required", 11.0)
    before = before.decides(card(GRANT, 7), 12.0)
    assert shown(before, 12.0) == (Stage.DECIDED, 7)


@pytest.mark.parametrize(
    ("outcome", "stays", "lasts"),
    [
        (GRANT, 1.0, GRANTED_FOR),
        (GRANT, 20.0, GRANTED_FOR),  # who stays there was let through all the same
        (DENY, 1.0, DENIED_FOR),
        (DENY, 100.0, 102.0),  # as long as they stand there
        (REFER, 1.0, REFERRED_FOR + 1.0),
        (REFER, 400.0, REFERRED_FOR + 400.0),
    ],
)
def test_how_long_a_decision_is_shown(outcome: Outcome, stays: float, lasts: float) -> None:
    before = seen_until(EMPTY.sees(0.0).decides(card(outcome, 7), 0.0), 0.0, stays)
    assert shown(before, lasts - 0.1) == (Stage.DECIDED, 7)
    assert shown(before, lasts + 0.1) is None
    assert before.nobody_since == max(stays, 0.0)


def test_a_scanned_code_needs_no_face_in_view() -> None:
    before = EMPTY.decides(card(GRANT, 7), 5.0)
    assert shown(before, 5.0) == (Stage.DECIDED, 7)
    assert shown(before, 5.0 + GRANTED_FOR) is None


@pytest.mark.parametrize("by", ["number", "subject", "decision"])
def test_a_referral_waits_behind_the_next_person_until_it_is_settled(by: str) -> None:
    before = seen_until(EMPTY.decides(card(REFER, 7), 0.0), 0.0, 1.0)
    before = before.sees(20.0)
    assert shown(before, 20.0) == (Stage.WAITING, None), "the next person comes first"
    before = before.decides(card(GRANT, 8, "bo"), 21.0)
    assert shown(before, 21.0) == (Stage.DECIDED, 8)
    assert shown(before, 21.0 + GRANTED_FOR) == (Stage.DECIDED, 7), "and then the referral again"
    if by == "decision":
        before = before.decides(card(GRANT, 9), 30.0)
    else:
        before = before.settled(number=7) if by == "number" else before.settled(subject="li-na")
    assert shown(before, 40.0) is None


def test_a_settled_referral_is_gone_at_once() -> None:
    assert shown(EMPTY.decides(card(REFER, 7), 0.0).settled(number=7), 0.5) is None


def test_what_the_decision_and_the_lane_say_asks_nobody() -> None:
    before = EMPTY.sees(0.0).decides(card(DENY, 7, reason="status_red"), 0.0)
    for said in ("status_red", "lane_one_at_a_time", "no_such_reason"):
        assert before.asks(said, 0.1) == before


def test_an_encounter_is_counted_once_from_its_first_frame_to_its_decision() -> None:
    before = EMPTY.sees(0.0)
    assert before.encounter == 1
    before = before.decides(card(DENY, 7), 1.0)
    assert before.encounter == 1
    before = before.decides(card(GRANT, 8, "bo"), 2.0)
    assert before.encounter == 2, "another, while somebody is in view"
    assert before.sees(9.0).encounter == 3


def test_who_left_is_said_to_have_left() -> None:
    before = seen_until(EMPTY.decides(card(REFER, 7), 0.0), 0.0, 1.0)
    there, left = before.shown(2.0), before.shown(4.0)
    assert there is not None
    assert left is not None
    assert (there.present, left.present) == (True, False)


def test_a_mistaken_face_is_marked_where_it_is_shown() -> None:
    before = EMPTY.decides(card(GRANT, 7), 0.0).amended(7, mistaken=True)
    found = before.shown(1.0)
    assert found is not None
    assert found.mistaken


happens = st.one_of(
    st.just(("sees", None)),
    st.sampled_from([("asks", reason.value) for reason in (Reason.CODE_REQUIRED, Reason.FACE_UNKNOWN)]),
    st.tuples(st.just("decides"), st.sampled_from(Outcome)),
    st.tuples(st.just("settles"), st.integers(0, 20)),
)


@settings(derandomize=True, max_examples=tried(200))
@given(st.lists(st.tuples(st.floats(0.0, 400.0), happens), max_size=20))
def test_whatever_happens_nothing_is_shown_that_is_younger_than_now(
    story: list[tuple[float, tuple[str, object]]],
) -> None:
    before, now = EMPTY, 0.0
    for number, (later, (what, value)) in enumerate(story):
        now += later
        match what, value:
            case "sees", _:
                before = before.sees(now)
            case "asks", str():
                before = before.asks(value, now)
            case "decides", Outcome():
                before = before.decides(card(value, number), now)
            case "settles", int():
                before = before.settled(number=value)
        found = before.shown(now)
        assert found is None or 0.0 <= found.since <= now
        assert what not in {"sees", "decides"} or found is not None, "somebody is there"
        assert len(before.referred) <= 3
