"""The hash chain: every event states the hash of the one before it.

An event edited, removed, swapped or put in breaks the chain at its sequence. The chain cannot show that
its newest end was cut off: only a party that has seen a later hash can (central has).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edge.decision import ClockTrust, WallTime
from edge.journal.format.event import Entry, plain_fields
from edge.journal.format.kinds import Told
from edge.signing.cose import encode_value, microseconds

FORMAT = "gatepost-journal-1"
START = bytes(32)
"""The hash that the first event of an epoch states as its predecessor's."""


@dataclass(frozen=True)
class Span:
    """The events of one epoch that a journal holds: the first and the last sequence."""

    epoch: bytes
    gate: str
    first: int
    last: int


@dataclass(frozen=True)
class Break:
    """An event at which the chain is broken."""

    epoch: bytes
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"sequence {self.sequence} of epoch {self.epoch.hex()[:8]}: {self.what}"


def link(
    *,
    epoch: bytes,
    gate: str,
    sequence: int,
    at: int,
    trust: ClockTrust,
    monotonic: float,
    kind: str,
    body: bytes,
    previous: bytes,
) -> Entry:
    """The entry that follows `previous`, with its hash.

    The hash is SHA-256 over the deterministic CBOR (RFC 8949, 4.2.1) of the list of all other fields,
    headed by the format's name; lengths are part of it, so no two events share an encoding. The monotonic
    time is the 8 bytes of its double: what is hashed has integers, bytes and text only, which every library
    writes alike. Raises ValueError where it is not finite.
    """
    digest = _digest([FORMAT, epoch, gate, sequence, at, trust.value, monotonic, kind, body, previous])
    return Entry(epoch, gate, sequence, at, trust, monotonic, kind, body, previous, digest)


def following(
    before: Entry | None, event: Told, *, epoch: bytes, gate: str, wall: WallTime, monotonic: float
) -> Entry:
    """The entry of `event` after `before`, the newest of `epoch`; None: it is the epoch's first."""
    kind, body = event
    return link(
        epoch=epoch,
        gate=gate,
        sequence=1 if before is None else before.sequence + 1,
        at=microseconds(wall.at),
        trust=wall.trust,
        monotonic=monotonic,
        kind=kind,
        body=body,
        previous=START if before is None else before.hash,
    )


def _digest(fields: list[object]) -> bytes:
    return hashlib.sha256(encode_value(fields)).digest()


def is_whole(entry: Entry) -> bool:
    """Whether the entry's own hash is that of its fields; noise in a field has none."""
    said = plain_fields(entry)
    try:
        return said.pop("hash") == _digest([FORMAT, *said.values()])
    except (TypeError, ValueError):
        return False


SequenceGap = tuple[bytes, int, int]
"""Epoch, first and last sequence of events that are known to be missing, as a salvage recorded."""


@dataclass(frozen=True)
class ChainPoint:
    """A position in the chain of an epoch: a sequence and the hash of its event."""

    sequence: int
    hash: bytes


BEGINNING = ChainPoint(0, START)
"""The position before an epoch's first event."""


def breaks(
    entries: Iterable[Entry],
    *,
    from_start: bool = False,
    gaps: frozenset[SequenceGap] = frozenset(),
    pruned: Mapping[bytes, ChainPoint] = MappingProxyType({}),
) -> Iterator[Break]:
    """Where the chain of `entries`, in the order they were stored, is broken.

    `from_start` says that nothing comes before the first: every epoch has to begin with sequence 1, or
    with the event after the last that was `pruned` of it. Events missing by `gaps` are not a break.
    """
    before: Entry | None = None
    known_start = from_start
    for entry in entries:
        if not is_whole(entry):
            yield Break(entry.epoch, entry.sequence, "was changed: its hash is not that of its content")
        if before is not None and entry.epoch != before.epoch:
            before, known_start = None, True
        anchor = pruned.get(entry.epoch, BEGINNING)
        expected = anchor.sequence + 1 if before is None else before.sequence + 1
        if before is None and not known_start:
            pass  # older events are not among these, so nothing is known about what comes before
        elif entry.sequence != expected:
            if (entry.epoch, expected, entry.sequence - 1) not in gaps:
                yield Break(entry.epoch, expected, f"is missing: {entry.sequence} comes next")
        elif entry.previous != (anchor.hash if before is None else before.hash):
            yield Break(entry.epoch, entry.sequence, "does not follow the event before it")
        before = entry
