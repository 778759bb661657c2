"""Finding people by what somebody types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Subject
from edge.staff.core.finding import MOST_FOUND, found, masked, people_of

PEOPLE = people_of(
    [
        Subject("r-0012", "李娜", "3/1/502"),
        Subject("r-0013", "李娜娜", "3/1/5021"),
        Subject("r-0500", "王伟", "12/2/502"),
        Subject("ann", "Ann Ångström", "1/1/101"),
        Subject("anna", "Anna Smith", "1/1/102"),
        Subject("html", "<b>Bob</b>", ""),
    ]
)


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("李娜", ("r-0012", "r-0013")),
        ("娜娜", ("r-0013",)),
        ("502", ("r-0500", "r-0012", "r-0013")),
        ("3/1/502", ("r-0012", "r-0013")),
        ("３/1/５０２", ("r-0012", "r-0013")),
        ("r-0012", ("r-0012",)),
        ("ANN", ("ann", "anna")),
        ("smith anna", ("anna",)),
        ("ångström", ("ann",)),
        ("<b>", ("html",)),
        ("502 王", ("r-0500",)),
        ("nobody", ()),
        ("", ()),
        ("   ", ()),
        ("\n", ()),
        ("%", ()),
    ],
)
def test_all_words_have_to_fit_and_whole_names_come_first(typed: str, ids: tuple[str, ...]) -> None:
    assert found(PEOPLE, typed) == (ids, len(ids))


def test_twenty_are_shown_and_all_are_counted() -> None:
    street = people_of(Subject(f"p{number:05d}", "Li", "1/1/101") for number in range(50_000))
    ids, count = found(street, "li")
    assert (len(ids), count) == (MOST_FOUND, 50_000)
    assert found(street, "p49999 li") == (("p49999",), 1)


@given(st.text(max_size=60))
def test_whatever_is_typed_finds_only_those_who_are_there(typed: str) -> None:
    ids, count = found(PEOPLE, typed)
    assert set(ids) <= set(PEOPLE.ids)
    assert len(ids) == len(set(ids)) == min(count, MOST_FOUND)


@pytest.mark.parametrize(
    ("name", "shown"), [("李娜", "李*"), ("Ann Smith", "A** *****"), ("", ""), ("X", "X")]
)
def test_a_masked_name_tells_its_first_letter(name: str, shown: str) -> None:
    assert masked(name) == shown
