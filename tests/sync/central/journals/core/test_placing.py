"""Where a batch belongs in central's chain: by table, each row one way in which histories meet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.decision import ClockTrust, WallTime
from edge.journal.format import Entry, following, told
from sync.central.journals.core.placing import ChainLink, Placement, kept_before, place
from tests.events import noted

WALL = WallTime(datetime(2026, 1, 1, tzinfo=UTC), ClockTrust.TRUSTED)


def history(text: str, count: int, before: tuple[Entry, ...] = ()) -> tuple[Entry, ...]:
    """A chain of `count` entries that goes on after `before`."""
    chain = [*before]
    while len(chain) < count:
        last = chain[-1] if chain else None
        event = told(noted(text))
        chain.append(following(last, event, epoch=bytes(16), gate="main", wall=WALL, monotonic=0.0))
    return tuple(chain)


ONE = history("one", 8)
OTHER = history("other", 8, ONE[:3])
"""The same up to 3, another one from 4 on."""


def stored(*entries: Entry) -> dict[int, ChainLink]:
    return {entry.sequence: ChainLink(entry.hash, entry.previous) for entry in entries}


def part(chain: tuple[Entry, ...], first: int, last: int) -> tuple[Entry, ...]:
    return chain[first - 1 : last]


@pytest.mark.parametrize(
    ("entries", "prefix", "there", "expected"),
    [
        # the first batch of all, and one that leads on
        (part(ONE, 1, 3), 0, (), Placement(part(ONE, 1, 3))),
        (part(ONE, 4, 6), 3, part(ONE, 3, 3), Placement(part(ONE, 4, 6))),
        # all of it is there, or its beginning
        (part(ONE, 4, 6), 6, part(ONE, 3, 6), Placement()),
        (part(ONE, 4, 6), 5, part(ONE, 3, 5), Placement(part(ONE, 6, 6))),
        # it came early, and what follows it came before
        (part(ONE, 6, 7), 3, (), Placement(part(ONE, 6, 7))),
        (part(ONE, 4, 5), 3, part(ONE, 3, 3) + part(ONE, 6, 6), Placement(part(ONE, 4, 5))),
        # it contradicts what is settled: beside
        (part(OTHER, 4, 5), 5, part(ONE, 3, 5), Placement(beside=part(OTHER, 4, 5), forks_at=4)),
        (part(OTHER, 6, 6), 5, part(ONE, 5, 5), Placement(beside=part(OTHER, 6, 6), forks_at=6)),
        # it leads on from the prefix, and displaces what came early and contradicts it
        (
            part(OTHER, 4, 5),
            3,
            part(ONE, 3, 5),
            Placement(part(OTHER, 4, 5), displaced=(4, 5), forks_at=4),
        ),
        # what is stored behind it does not follow it
        (part(OTHER, 4, 4), 3, part(ONE, 3, 3) + part(ONE, 5, 5), Placement(part(OTHER, 4, 4), forks_at=5)),
    ],
)
def test_a_batch_goes_where_its_history_says(
    entries: tuple[Entry, ...], prefix: int, there: tuple[Entry, ...], expected: Placement
) -> None:
    assert place(entries, entries[0].sequence - 1, prefix, stored(*there)) == expected


def test_behind_a_gap_that_the_gate_declared_another_history_goes_on() -> None:
    assert place(part(OTHER, 6, 6), 3, 5, stored(ONE[4])) == Placement(part(OTHER, 6, 6), breaks_at=6)


def test_early_events_that_contradict_each_other_leave_the_first_where_it_is() -> None:
    entries = part(OTHER, 5, 7)
    placed = place(entries, 4, 2, stored(*part(ONE, 6, 7)))
    assert placed == Placement(part(OTHER, 5, 5), part(OTHER, 6, 7), forks_at=6)


def test_what_was_declared_lost_is_kept_as_far_as_it_is_named() -> None:
    early = stored(*part(ONE, 4, 6))
    assert kept_before(ONE[6], early) == {4, 5, 6}
    assert kept_before(ONE[6], stored(ONE[3], ONE[5])) == {6}
    assert kept_before(OTHER[6], early) == frozenset()
