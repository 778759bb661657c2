"""Address codes: one form for each, whatever was typed; and what an import of them would do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.support.phrases import phrase
from sync.central.places.core.address_plan import AddressRow, plan_addresses
from sync.central.places.core.addresses import (
    AddressFault,
    AddressKind,
    in_order,
    kind_of,
    lies_in,
    normal_address,
)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("3", "3"),
        ("3/2", "3/2"),
        ("3/2/301", "3/2/301"),
        ("３号楼／２单元／３０１室", "3/2/301"),
        (" 3栋 / 2 单元 / 0301 ", "3/2/301"),
        ("12幢/1/1-2b", "12/1/1-2B"),
        ("a座/东门/2–1", "A/东/2-1"),
        ("甲楼/1号门/8号", "甲/1/8"),
        ("3/2/", "3/2"),
        ("8-2-301", "8/2/301"),
        ("11－1—904", "11/1/904"),
        ("8栋2单元301", "8/2/301"),
        ("１号楼２单元３０１室", "1/2/301"),
        ("12-1", "12-1"),
        ("0/00/000", "0/0/0"),
    ],
)
def test_an_address_has_one_form(typed: str, code: str) -> None:
    assert normal_address(typed) == code
    assert normal_address(code) == code


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", AddressKind.BUILDING),
        ("/2/301", AddressKind.BUILDING),
        ("3//301", AddressKind.UNIT),
        ("3/2/301/4", AddressKind.ROOM),
        ("3/2/张伟家", AddressKind.ROOM),
        ("3/2/=cmd", AddressKind.ROOM),
        ("<script>/1", AddressKind.BUILDING),
        ("3/123456789", AddressKind.UNIT),
        ("3/2/3\u202e01", AddressKind.ROOM),
        ("3/2/-", AddressKind.ROOM),
    ],
)
def test_what_is_no_address_says_which_part(typed: str, wrong: AddressKind) -> None:
    with pytest.raises(AddressFault) as fault:
        normal_address(typed)
    assert fault.value.kind == wrong


@given(st.text(max_size=20))
def test_any_text_is_an_address_in_one_form_or_a_fault(typed: str) -> None:
    try:
        code = normal_address(typed)
    except AddressFault:
        return
    assert normal_address(code) == code
    assert AddressKind(kind_of(code))
    assert set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ/-") | set("甲乙丙丁戊东西南北中前后上下")


def test_codes_are_sorted_as_people_count() -> None:
    codes = ["10", "2", "2/1/1001", "2/1/201", "2/1", "10/2/1", "2/10", "2/2"]
    assert sorted(codes, key=in_order) == ["2", "2/1", "2/1/201", "2/1/1001", "2/2", "2/10", "10", "10/2/1"]
    assert lies_in("2/1/201") == ("2", "2/1")


def test_a_plan_names_each_wrong_line_and_column_and_completes_what_rooms_lie_in() -> None:
    rows = [
        AddressRow(2, "3", "2", "301"),
        AddressRow(3, "3栋", "2单元", "302"),
        AddressRow(4, "", "2", "303"),
        AddressRow(5, "3", "", "304"),
        AddressRow(6, "３", "２", "０３０１"),
        AddressRow(7, problem=phrase("has a password")),
        AddressRow(8, "4"),
        AddressRow(9, "4", "李"),
        AddressRow(10, "5", "1"),
        AddressRow(11),
    ]
    plan = plan_addresses(rows, {"5", "5/1"})
    assert plan.named == ("3/2/301", "3/2/302", "4")
    assert plan.completed == ("3", "3/2")
    assert plan.known == 1
    assert [(wrong.line, wrong.column) for wrong in plan.problems] == [
        (4, "building"),
        (5, "unit"),
        (6, "room"),
        (7, ""),
        (9, "unit"),
        (11, "building"),
    ]
    assert "3/2/301 is in line 2 already" in str(plan.problems[2])


_PARTS = st.sampled_from(["", "1", "2", "１", "02栋", "A", "李", "=1"])


@given(st.lists(st.tuples(_PARTS, _PARTS, _PARTS), max_size=12), st.sets(st.sampled_from(["1", "1/2", "2"])))
def test_after_a_plan_every_code_has_what_it_lies_in(
    rows: list[tuple[str, str, str]], before: set[str]
) -> None:
    held = before | {above for code in before for above in lies_in(code)}
    plan = plan_addresses((AddressRow(line, *row) for line, row in enumerate(rows, start=2)), held)
    after = held | {*plan.named, *plan.completed}
    assert all(set(lies_in(code)) <= after for code in after)
    assert len(plan.named) + plan.known + len(plan.problems) == len(rows)
    assert not {*plan.named, *plan.completed} & held
    assert not set(plan.named) & set(plan.completed)
