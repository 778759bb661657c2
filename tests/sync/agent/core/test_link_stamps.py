"""Every message of a device has a greater stamp than any before, whatever its clock and its process do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signing.cose import NO_STAMP, Stamp
from sync.agent.core.link_stamps import LinkStamps
from tests.sync.wire.examples import AT


@pytest.mark.parametrize(
    ("what", "clocks", "heard", "epochs"),
    [
        ("the clock goes on", [AT, AT + 5], 0, [AT, AT + 5]),
        ("two links in one microsecond", [AT, AT], 0, [AT, AT + 1]),
        ("the clock was set back between two links", [AT, AT - 9], 0, [AT, AT + 1]),
        ("a new process whose clock is behind its last link", [AT - 9, AT - 8], AT, [AT - 9, AT + 1]),
        ("a gate without a clock battery", [0, 1], 0, [1, 2]),
        ("before 1970", [-5, -4], 0, [1, 2]),
    ],
)
def test_each_link_has_a_greater_epoch(what: str, clocks: list[int], heard: int, epochs: list[int]) -> None:
    stamps = LinkStamps(iter(clocks).__next__)
    first = stamps.begin_link()
    stamps.note_heard(heard)
    assert [first, stamps.begin_link()] == [Stamp(epoch, 0) for epoch in epochs], what


def test_a_link_whose_epoch_central_has_overtaken_is_behind_until_the_next_one() -> None:
    stamps = LinkStamps(lambda: AT)
    stamps.begin_link()
    stamps.note_heard(AT)
    assert not stamps.is_behind, "central has heard of this very link"
    stamps.note_heard(AT + 7)
    assert stamps.is_behind
    stamps.begin_link()
    assert not stamps.is_behind


def test_an_epoch_that_leaves_no_number_for_the_next_link_is_not_believed() -> None:
    """A key of central's that was stolen may have signed it."""
    stamps = LinkStamps(lambda: AT)
    stamps.begin_link()
    stamps.note_heard(2**63 - 1)
    assert not stamps.is_behind
    assert stamps.begin_link() == Stamp(AT + 1, 0)


@given(st.lists(st.tuples(st.integers(-(2**50), 2**50), st.integers(0, 2**50), st.integers(0, 3))))
def test_stamps_only_rise_and_none_but_a_will_counts_zero(links: list[tuple[int, int, int]]) -> None:
    clock = 0
    stamps, given_out = LinkStamps(lambda: clock), [NO_STAMP]
    for clock, heard, count in links:  # noqa: B007 - the clock is read above
        will = stamps.begin_link()
        said = [stamps.next() for _ in range(count)]
        stamps.note_heard(heard)
        assert will.counter == 0
        assert [stamp.counter for stamp in said] == list(range(1, count + 1))
        given_out += [will, *said]
    assert given_out == sorted(set(given_out))
