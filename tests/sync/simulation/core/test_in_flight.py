"""Each batch counts from its own sending to the acknowledgement that covers it."""

from __future__ import annotations

from sync.simulation.core import InFlightBatches

EPOCH, OTHER = bytes(16), bytes([1] * 16)


def sent(*batches: tuple[int, float], epoch: bytes = EPOCH) -> InFlightBatches:
    found = InFlightBatches()
    for last, at in batches:
        found.note_sent(epoch, last, at)
    return found


def test_one_acknowledgement_covers_several() -> None:
    batches = sent((4, 1.0), (8, 2.0), (12, 3.0))
    assert batches.take_acknowledged(EPOCH, 8, 5.0) == [4.0, 3.0]
    assert batches.take_acknowledged(EPOCH, 8, 6.0) == [], "said twice"
    assert batches.take_acknowledged(EPOCH, 11, 6.0) == [], "a part of one"
    assert batches.take_acknowledged(EPOCH, 12, 7.0) == [4.0]


def test_what_is_sent_again_counts_from_the_first_time() -> None:
    batches = sent((4, 1.0), (8, 2.0), (4, 10.0), (6, 11.0), (8, 12.0))
    assert batches.take_acknowledged(EPOCH, 8, 13.0) == [12.0, 11.0]


def test_what_went_with_its_epoch_or_its_link_counts_for_nothing() -> None:
    batches = sent((4, 1.0), (8, 2.0))
    batches.note_sent(OTHER, 1, 3.0)
    assert batches.take_acknowledged(OTHER, 1, 4.0) == [1.0]
    batches.note_sent(OTHER, 2, 5.0)
    batches.clear()
    assert batches.take_acknowledged(OTHER, 2, 6.0) == []
