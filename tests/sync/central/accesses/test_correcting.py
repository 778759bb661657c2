"""The reason of what staff did is what they corrected it to, in whatever order the journal comes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

from edge.journal.format import Entry, LaneOpened, LaneOverride, PressNamed, StaffActCorrected, StaffActTaken
from sync.central.accesses.accesses import accesses
from sync.central.followers import FOLLOWERS
from sync.central.journals.journals import store_batch
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.wire import batch_of
from tests.sync.central.accesses.examples import by_hand, journal
from tests.sync.wire.examples import AT, DEVICE


def store_each(store: Store, entries: Iterable[Entry]) -> None:
    for entry in entries:
        with store.writing() as connection:
            store_batch(connection, DEVICE, batch_of([entry], entry.sequence - 1), AT, FOLLOWERS)


def told(store: Store) -> list[tuple[str | None, str | None]]:
    with store.reading() as connection:
        return [(each.staff, each.why) for each in accesses(connection, EVERYWHERE, count=10)]


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_an_act_has_the_reason_that_was_corrected_last(store: Store, order: tuple[int, ...]) -> None:
    written = journal(
        [
            StaffActTaken("let_in", "wang", "papers_seen"),
            StaffActCorrected(1, "wang", "emergency"),
            StaffActCorrected(1, "wang", "typed", "she is expected"),
        ]
    )
    store_each(store, (written[place] for place in order))
    assert told(store) == [("wang", "she is expected")]


@pytest.mark.parametrize("order", [*permutations((2, 3))])
def test_a_press_that_was_named_as_well(store: Store, order: tuple[int, ...]) -> None:
    written = journal(
        [
            LaneOverride(""),
            by_hand(),
            PressNamed(1, "zhao", "delivery"),
            StaffActCorrected(1, "zhao", "by_mistake"),
        ]
    )
    store_each(store, (written[place] for place in (0, 1, *order)))
    assert told(store) == [("zhao", "by_mistake")]


@pytest.mark.parametrize(
    "correction",
    [
        StaffActCorrected(1, "zhao", "emergency"),  # it was not theirs
        StaffActCorrected(2, "wang", "emergency"),  # nothing that anybody did by name
        StaffActCorrected(9, "wang", "emergency"),  # nothing that is there
    ],
)
def test_nobody_corrects_what_they_did_not_do(store: Store, correction: StaffActCorrected) -> None:
    written = journal([StaffActTaken("let_in", "wang", "papers_seen"), LaneOpened("staff", "1"), correction])
    store_each(store, written)
    assert told(store) == [("wang", "papers_seen")]
