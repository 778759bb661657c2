"""What several accesses say together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.alarms.core.patterns import (
    Denial,
    denied_at_several,
    is_of_key_area,
    is_unusual,
    key_of_person,
    named_by,
    stretches,
)
from sync.central.alarms.core.rules import Settings


def denial(at: int, gate: str) -> Denial:
    return Denial(at, gate, 1, at)


@pytest.mark.parametrize(
    ("denials", "found"),
    [
        ([], []),
        ([(1, "a"), (2, "a"), (3, "a")], []),
        ([(1, "a"), (2, "b"), (3, "c")], ["ba", "cba"]),
        ([(1, "a"), (2, "b"), (13, "c")], ["ba", "cb"]),  # by then the first is too old
        ([(1, "a"), (2, "b"), (3, "a"), (40, "d")], ["ba", "ab"]),
    ],
)
def test_denials_within_a_span_count_by_gates(denials: list[tuple[int, str]], found: list[str]) -> None:
    each = denied_at_several((denial(at, gate) for at, gate in denials), 11, 2)
    assert ["".join(one.device for one in denied) for denied in each] == found


@pytest.mark.parametrize(
    ("times", "found"),
    [([], []), ([5], [(5, 5)]), ([30, 1, 12], [(1, 12), (30, 30)]), ([1, 12, 23, 35], [(1, 23), (35, 35)])],
)
def test_times_that_follow_each_other_are_one_stretch(times: list[int], found: list[tuple[int, int]]) -> None:
    assert stretches(times, 11) == found


@given(st.lists(st.builds(denial, st.integers(0, 60), st.sampled_from("abcd")), max_size=12), st.data())
def test_in_whatever_order_they_come(denials: list[Denial], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(denials))
    assert [*denied_at_several(denials, 11, 2)] == [*denied_at_several(shuffled, 11, 2)]


@pytest.mark.parametrize(
    ("times", "usual", "is_it"),
    [(9, 0.0, False), (10, 0.0, True), (10, 4.0, False), (12, 4.0, True), (500, 200.0, False)],
)
def test_unusual_is_three_times_what_is_usual_there_and_ten_at_least(
    times: int, usual: float, is_it: bool
) -> None:
    assert is_unusual(times, usual, 10) is is_it


@pytest.mark.parametrize(
    ("address", "groups", "settings", "is_it"),
    [
        ("3/2/301", (), Settings(addresses=("3/2",)), True),
        ("3/2", (), Settings(addresses=("3/2",)), True),
        ("3/21/301", (), Settings(addresses=("3/2",)), False),
        ("", ("returned",), Settings(groups=("returned",)), True),
        ("", ("worker",), Settings(groups=("returned",)), False),
        ("9/9/9", (), Settings(sites=("court",)), True),
        ("9/9/9", (), Settings(sites=("other",)), False),
        ("3/2/301", ("a",), Settings(), False),
    ],
)
def test_whom_a_rule_about_key_areas_names(
    address: str,
    groups: tuple[str, ...],
    settings: Settings,
    is_it: bool,
) -> None:
    assert is_of_key_area(address, groups, "court", settings) is is_it
    assert named_by(settings) is (settings != Settings())


def test_an_alarm_about_a_person_is_kept_under_what_names_nobody() -> None:
    keys = {key_of_person("court", "li-na"), key_of_person("court", "wu-bo"), key_of_person("hill", "li-na")}
    assert len(keys) == 3
    assert not any("li" in key or "court" in key for key in keys)
