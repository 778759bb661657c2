"""Decides what of a batch central's chain takes, and what contradicts it. PURE.

Up to the *prefix* the chain is settled: it was acknowledged, and every event in it is named by the one after
it, or stands before events that were declared lost. What is stored beyond came early: the batch that leads on
from the prefix displaces whatever contradicts it there. An event that was declared lost comes into the chain
once the event after it names its hash; until then it lies beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.journal.format import Entry


@dataclass(frozen=True)
class ChainLink:
    """A stored event in its chain: its own hash, and the one that it names as its predecessor's."""

    hash: bytes
    previous: bytes


@dataclass(frozen=True)
class Placement:
    """What becomes of a batch.

    `fresh` go into the chain, `beside` do not; the stored events whose sequences are `displaced` leave it.
    `forks_at` is the first sequence at which two histories differ; `breaks_at` the sequence of an event that
    follows another one than the one stored before it, as the gate itself declares; None: there is none.
    """

    fresh: tuple[Entry, ...] = ()
    beside: tuple[Entry, ...] = ()
    displaced: tuple[int, ...] = ()
    forks_at: int | None = None
    breaks_at: int | None = None


def place(entries: Sequence[Entry], after: int, prefix: int, stored: Mapping[int, ChainLink]) -> Placement:
    """Where `entries` belong, which are a chain in themselves and follow a gap behind `after`.

    `stored` are the stored events from the sequence before the first to that after the last.
    """
    first, before = entries[0], entries[0].sequence - 1
    new = [entry for entry in entries if _hash(stored, entry.sequence) != entry.hash]
    if not new:
        return Placement()
    last = new[-1]
    differing = [entry for entry in new if entry.sequence in stored]
    follows_another = new[0] is first and _hash(stored, before) not in {None, first.previous}
    next_ = stored.get(last.sequence + 1)
    is_left = next_ is not None and next_.previous != last.hash
    if (
        (differing and differing[0].sequence <= prefix)
        or (follows_another and before <= prefix and after >= before)
        or (is_left and last.sequence < prefix)
    ):
        return Placement(beside=tuple(new), forks_at=new[0].sequence)
    if last.sequence < prefix and next_ is None:
        named = max((entry.sequence for entry in entries if entry not in new), default=0)
        return Placement(
            tuple(entry for entry in new if entry.sequence < named),
            tuple(entry for entry in new if entry.sequence > named),
        )
    breaks_at = first.sequence if follows_another and before <= prefix else None
    if not differing:
        return Placement(tuple(new), forks_at=last.sequence + 1 if is_left else None, breaks_at=breaks_at)
    forks_at = differing[0].sequence
    if before <= prefix or after <= prefix:  # it leads on
        displaced = tuple(entry.sequence for entry in differing)
        return Placement(tuple(new), displaced=displaced, forks_at=forks_at, breaks_at=breaks_at)
    fresh = tuple(entry for entry in new if entry.sequence < forks_at)
    return Placement(fresh, tuple(entry for entry in new if entry.sequence >= forks_at), forks_at=forks_at)


def kept_before(first: Entry, early: Mapping[int, ChainLink]) -> frozenset[int]:
    """Which of the events `early`, declared lost before `first`, are of its chain: it names them in turn."""
    kept: set[int] = set()
    sequence, expected = first.sequence - 1, first.previous
    while sequence in early and early[sequence].hash == expected:
        kept.add(sequence)
        sequence, expected = sequence - 1, early[sequence].previous
    return frozenset(kept)


def _hash(stored: Mapping[int, ChainLink], sequence: int) -> bytes | None:
    link = stored.get(sequence)
    return None if link is None else link.hash
