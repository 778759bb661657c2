"""Codes shown again: people are counted, not codes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.certificates import Holder, holder_of, links_of
from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeKind, CodeReading, CodeTrust
from edge.credentials.reuse import (
    MOST_PEOPLE,
    CodeBudget,
    Reuse,
    ReuseRule,
    ShownCode,
    UseLedger,
    admitted,
    judge_reuse,
    person_of,
    recorded,
)
from edge.credentials.trust import PassTrust
from edge.credentials.trust.issuers import issuer_keys
from edge.decision import Binding, Direction, HolderRule, PassVerdict, WallTime

IN, OUT = Direction.ENTRY, Direction.EXIT
RULE = ReuseRule(window=60)


def own_pass(**claims: Any) -> CodeReading:
    return CodeReading(CodeKind.OWN_PASS, PassVerdict.GENUINE, claims={"subject": "li"} | claims)


@pytest.fixture
def dcc(country: Any, noon: WallTime) -> CodeReading:
    trust = CodeTrust(PassTrust("riverside"), issuer_keys([country.signer()], []))
    return parse_any(country.code(), trust, noon)


def test_one_person_with_two_codes_is_one_person(dcc: CodeReading) -> None:
    rule, links = HolderRule(), dict.fromkeys(links_of(dcc), "li")
    people = set()
    for reading in (own_pass(), own_pass(face_commitment="00"), dcc):
        holder = holder_of(reading, links, rule)
        assert holder is not None
        people.add(person_of(reading, holder))
    assert people == {"subject:li"}
    ledger = recorded(UseLedger(), ShownCode("subject:li", IN), 100.0, RULE)
    assert judge_reuse(ledger, ShownCode("subject:li", IN), 110.0, RULE) is Reuse.PASSED_BACK


def test_who_has_no_name_is_not_everybody_without_a_name() -> None:
    nobody = Holder(Binding.STAFF)
    cards = [
        CodeReading(CodeKind.SMART_HEALTH_CARD, PassVerdict.GENUINE, claims={"iss": issuer})
        for issuer in ("one", "two")
    ]
    assert len({person_of(card, nobody) for card in cards}) == 2
    assert person_of(own_pass(), nobody) == "subject:li"


@pytest.mark.parametrize(
    ("shown", "now", "expected"),
    [
        (ShownCode("subject:li", IN), 100.0, Reuse.PASSED_BACK),
        (ShownCode("subject:li", IN), 159.9, Reuse.PASSED_BACK),
        (ShownCode("subject:li", IN), 160.0, Reuse.FIRST),
        (ShownCode("subject:li", OUT), 101.0, Reuse.FIRST),
        (ShownCode("subject:wang", IN), 101.0, Reuse.FIRST),
        (ShownCode("subject:wang", IN, once=True, used=True), 1e9, Reuse.USED),
        (ShownCode("subject:wang", IN, once=True), 1e9, Reuse.FIRST),
        (ShownCode("subject:wang", IN, used=True), 1e9, Reuse.FIRST),
    ],
)
def test_shown_again(shown: ShownCode, now: float, expected: Reuse) -> None:
    ledger = recorded(UseLedger(), ShownCode("subject:li", IN), 100.0, RULE)
    assert judge_reuse(ledger, shown, now, RULE) is expected


def test_who_went_out_may_come_in_and_out_again() -> None:
    ledger = UseLedger()
    for now, direction in ((1.0, IN), (2.0, OUT), (3.0, IN)):
        shown = ShownCode("subject:li", direction)
        assert judge_reuse(ledger, shown, now, RULE) is Reuse.FIRST
        ledger = recorded(ledger, shown, now, RULE)
    assert judge_reuse(ledger, ShownCode("subject:li", IN), 4.0, RULE) is Reuse.PASSED_BACK


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(Direction), st.floats(0, 100)), max_size=30)
)
def test_nobody_goes_through_one_way_twice_within_the_window(
    steps: list[tuple[str, Direction, float]],
) -> None:
    ledger, now = UseLedger(), 0.0
    last: dict[str, tuple[Direction, float]] = {}
    for person, direction, wait in steps:
        now += wait
        shown = ShownCode(person, direction)
        if judge_reuse(ledger, shown, now, RULE) is Reuse.FIRST:
            before = last.get(person)
            assert before is None or before[0] is not direction or now - before[1] >= RULE.window
            ledger, last[person] = recorded(ledger, shown, now, RULE), (direction, now)


def test_the_ledger_does_not_grow_without_end() -> None:
    full = UseLedger({(str(number), IN): 1.0 for number in range(MOST_PEOPLE)})
    assert len(recorded(full, ShownCode("one more", IN), 2.0, RULE).passages) == MOST_PEOPLE
    assert len(recorded(full, ShownCode("one more", IN), 100.0, RULE).passages) == 1


def test_a_flood_of_ten_thousand_codes_a_minute_is_throttled() -> None:
    throttle, looked_at = CodeBudget(), 0
    for number in range(10_000):
        throttle, admit = admitted(throttle, number * 60 / 10_000)
        looked_at += admit
    assert 100 <= looked_at <= 150
    throttle, admit = admitted(throttle, 120.0)
    assert admit
