"""The hash chain: whatever is changed, removed, moved or put in is found at its sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import ClockTrust
from edge.journal.format import ChainPoint, Entry, breaks
from edge.journal.format.chain import START, is_whole, link

EPOCH, NEXT = bytes(15) + b"\1", bytes(15) + b"\2"


def chain(count: int, epoch: bytes = EPOCH) -> list[Entry]:
    entries: list[Entry] = []
    for sequence in range(1, count + 1):
        previous = entries[-1].hash if entries else START
        entries.append(
            link(
                epoch=epoch,
                gate="main",
                sequence=sequence,
                at=sequence,
                trust=ClockTrust.TRUSTED,
                monotonic=float(sequence),
                kind="gate_started",
                body=b"{}",
                previous=previous,
            )
        )
    return entries


def found(entries: Sequence[Entry], **known: object) -> list[int]:
    return [item.sequence for item in breaks(entries, **known)]  # type: ignore[arg-type]


FIVE = chain(5)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda entries: entries, []),
        (lambda entries: entries[:3], []),
        (lambda entries: [*entries[:2], *entries[3:]], [3]),
        (lambda entries: [entries[0], entries[2], entries[1], *entries[3:]], [2, 4, 3]),
        (lambda entries: [*entries[:2], msgspec.structs.replace(entries[2], body=b"[]"), *entries[3:]], [3]),
        (lambda entries: [*entries, *chain(2, NEXT)], []),
        (lambda entries: [*entries, *chain(2, NEXT)[1:]], [1]),
    ],
)
def test_where_it_is_broken(change: Callable[[list[Entry]], list[Entry]], where: list[int]) -> None:
    assert found(change(FIVE), from_start=True) == where


def test_what_is_known_to_be_missing_is_not_a_break() -> None:
    assert found(FIVE[2:]) == [], "nothing is known of what came before"
    assert found(FIVE[2:], from_start=True) == [1]
    assert found(FIVE[2:], from_start=True, pruned={EPOCH: ChainPoint(2, FIVE[1].hash)}) == []
    assert found(FIVE[2:], from_start=True, pruned={EPOCH: ChainPoint(2, START)}) == [3]
    assert found([FIVE[0], *FIVE[3:]], gaps=frozenset({(EPOCH, 2, 3)})) == []
    assert found([FIVE[0], *FIVE[3:]], gaps=frozenset({(EPOCH, 2, 4)})) == [2]


FIELDS = {
    "epoch": st.binary(min_size=16, max_size=16),
    "gate": st.text(),
    "sequence": st.integers(1, 2**62),
    "at": st.integers(0, 2**62),
    "trust": st.sampled_from(ClockTrust),
    "monotonic": st.floats(allow_nan=False),
    "kind": st.text(),
    "body": st.binary(),
    "previous": st.binary(min_size=32, max_size=32),
}


@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_every_field_is_in_the_hash(field: str, data: st.DataObject) -> None:
    value = data.draw(FIELDS[field])
    changed = msgspec.structs.replace(FIVE[2], **{field: value})
    assert is_whole(changed) == (value == getattr(FIVE[2], field))
