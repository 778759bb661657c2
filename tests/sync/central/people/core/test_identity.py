"""When records at two sites are of one person."""

from __future__ import annotations

import pytest

from edge.decision import Subject
from sync.central.people.core.identity import is_one_person


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Subject("101", "Li Na"), Subject("101", "Li Na"), True),
        (
            Subject("101", "Li Na", "3/2/301"),
            Subject("101", "LI  NA", "9/9"),
            True,
        ),  # each office writes its way
        (Subject("101", "李娜"), Subject("101", "李 娜"), True),
        (Subject("101", "Li Na"), Subject("101", "Wang Wei"), False),  # a room's number
        (Subject("101"), Subject("101"), False),  # nobody knows
        (Subject("101", " "), Subject("101", " "), False),
        (Subject("101", "Li Na"), Subject("102", "Li Na"), False),  # two of one name
        (
            Subject("101", "Li Na", certificates=("ab",)),
            Subject("101", "L. Na", certificates=("cd", "ab")),
            True,
        ),
        (Subject("1", "Li Na", certificates=("a",)), Subject("1", "Wu Bo", certificates=("c",)), False),
    ],
)
def test_an_id_alone_says_nothing(one: Subject, other: Subject, same: bool) -> None:
    assert is_one_person(one, other) is is_one_person(other, one) is same
