"""The hash chain: whatever is changed, removed, moved or put in is found at its sequence."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import ClockTrust
from edge.journal.format import ChainPoint, Entry, breaks
from edge.journal.format.chain import START, is_whole, link
from tests.cbor_by_hand import written

MISENCODED = [sign * (32768.0 + 32 * step) for sign in (1, -1) for step in range(1024)]
"""What cbor2 5.9 writes as a float of another width than other versions do."""
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
                body=b"\xa0",
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
        (
            lambda entries: [*entries[:2], msgspec.structs.replace(entries[2], body=b"\x80"), *entries[3:]],
            [3],
        ),
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
    "monotonic": st.floats(allow_nan=False, allow_infinity=False),
    "kind": st.text(),
    "body": st.binary(),
    "previous": st.binary(min_size=32, max_size=32),
}


@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_every_field_is_in_the_hash(field: str, data: st.DataObject) -> None:
    value = data.draw(FIELDS[field])
    changed = msgspec.structs.replace(FIVE[2], **{field: value})
    assert is_whole(changed) == (value == getattr(FIVE[2], field))


# --- the hash ----------------------------------------------------------------------------------------


def digest(entry: Entry) -> bytes:
    """The hash that docs/journal.md asks for, by heads written by hand: no library encodes anything."""
    fields = [entry.epoch, entry.gate, entry.sequence, entry.at, entry.trust.value]
    monotonic = struct.pack(">d", entry.monotonic or 0.0)
    said = ["gatepost-journal-1", *fields, monotonic, entry.kind, entry.body, entry.previous]
    return hashlib.sha256(written(said)).digest()


GOLDEN = {
    0.0: "9edb702f0889fece4315d6be80360e56d8ce76bf6fdaae8d2685cd81bc0651cb",
    -1234.5: "c0bed6ea99fd252de626757c1ad278566482478bfd7e7e835a43130156c73898",
    65504.0: "d31a78af6bde278ec8a2716f254880fa88abf0d2be04e348c6633d54f88d4e8d",
}


@pytest.mark.parametrize(("monotonic", "expected"), GOLDEN.items())
def test_these_are_the_hashes_of_these_events(monotonic: float, expected: str) -> None:
    assert timed(monotonic).hash.hex() == expected == digest(timed(monotonic)).hex()


def timed(monotonic: float) -> Entry:
    return link(
        epoch=EPOCH,
        gate="main",
        sequence=7,
        at=1_772_539_200_000_000,
        trust=ClockTrust.HOLDOVER,
        monotonic=monotonic,
        kind="code_flood",
        body=bytes.fromhex("a26769676e6f72656403677365636f6e6473484004000000000000"),
        previous=bytes(range(32)),
    )


def test_what_libraries_write_in_two_ways_is_not_hashed() -> None:
    assert [number for number in MISENCODED if timed(number).hash != digest(timed(number))] == []


@given(st.fixed_dictionaries(FIELDS))
def test_any_event_hashes_to_what_its_fields_are_by_hand(fields: dict[str, Any]) -> None:
    entry = link(**fields)
    assert entry.hash == digest(entry)


def test_zero_has_one_form() -> None:
    """SQLite gives back 0.0 where -0.0 was stored."""
    assert timed(-0.0).hash == timed(0.0).hash


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_time_that_is_no_number_has_no_hash(number: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        timed(number)
    assert not is_whole(msgspec.structs.replace(timed(1.0), monotonic=number))


@pytest.mark.parametrize("noise", [b"bytes", "text", None, "\ud800"])
@pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"trust"}))
def test_noise_in_any_field_is_not_whole_and_raises_nothing(field: str, noise: object) -> None:
    assert not is_whole(msgspec.structs.replace(FIVE[2], **{field: noise}))
