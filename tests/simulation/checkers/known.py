"""What is true of people, who stands where, and which registries there are: for the checkers that ask.

A checker itself that finds nothing; it hears before those that ask it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.simulation.checkers.checker import Reaction
from tests.simulation.observations import (
    Came,
    CardChanged,
    InForce,
    Left,
    Published,
    Seen,
    Standing,
    Violation,
)

STILL_THERE_FOR = 10.0
"""Seconds after somebody has left for which a decision may still be about them: an encounter ends 2 s after
the last picture (`encounter.gone_after`), and a person who waits for a measurement is decided on after that.
"""
_REMEMBERED_FOR = 6 * 3_600.0
"""Seconds for which it is known who stood before a gate: an event whose sync failed comes to light later."""


@dataclass
class Word:
    """What central's people decided of a person. `version` is the first registry that says so; None: not yet
    published.
    """

    said: Standing
    version: int | None = None


@dataclass
class Presence:
    """Somebody before a gate. `left` is when they went."""

    came: Came
    left: float = float("inf")


class Known:
    """The standing of people, the registries, and who is before which gate."""

    def __init__(self) -> None:
        self.published: list[Published] = []
        self.told: dict[str, InForce] = {}
        """What each gate's status file said last."""
        self.in_force: dict[str, InForce] = {}
        """The same, where it is certain: what lay on a card before it was changed says nothing."""
        self._words: dict[str, list[Word]] = {}
        self._unpublished: list[Word] = []
        self._presences: dict[str, list[Presence]] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Standing: self._standing,
            Published: self._publish,
            InForce: self._held,
            CardChanged: self._changed,
            Came: self._came,
            Left: self._left,
        }

    def words(self, person: str) -> list[Word]:
        """All that was decided of a person, the newest last."""
        return self._words.get(person, [])

    def barred_since(self, person: str) -> float | None:
        """Since when a person is not admitted, by central's word; None: they are, or nobody ever said so."""
        since = None
        for word in reversed(self.words(person)):
            if word.said.admitted:
                break
            since = word.said.at
        return since

    def may_admit(self, device: str, person: str) -> bool:
        """Whether a registry that a gate may hold admits a person: the one that it is known to hold, or any
        later one.
        """
        held = self.in_force.get(device)
        for word in reversed(self.words(person)):
            if word.said.admitted:
                return True
            if held is not None and word.version is not None and word.version <= held.version:
                return False
        return False

    def version_of(self, device: str) -> Published | None:
        """The registry in force at a gate, as it was published."""
        held = self.in_force.get(device)
        return next(
            (item for item in self.published if held is not None and item.version == held.version), None
        )

    def present(self, device: str, since: float) -> Iterator[Came]:
        """Who stands before a gate, or did since then, or shortly before."""
        theirs = self._presences.get(device, ())
        return (there.came for there in theirs if since <= there.left + STILL_THERE_FOR)

    # --- what is seen --------------------------------------------------------------------------

    def _standing(self, seen: Standing) -> Iterable[Violation]:
        word = Word(seen)
        self._words.setdefault(seen.person, []).append(word)
        self._unpublished.append(word)
        return ()

    def _publish(self, seen: Published) -> Iterable[Violation]:
        self.published.append(seen)
        for word in self._unpublished:
            word.version = seen.version
        self._unpublished.clear()
        return ()

    def _held(self, seen: InForce) -> Iterable[Violation]:
        before = self.told.get(seen.device)
        self.told[seen.device] = seen
        left_there = before is not None and (before.version, before.issued) == (seen.version, seen.issued)
        if not left_there:
            self.in_force[seen.device] = seen
        return ()

    def _changed(self, seen: CardChanged) -> Iterable[Violation]:
        self.in_force.pop(seen.device, None)
        return ()

    def _came(self, seen: Came) -> Iterable[Violation]:
        there = self._presences.setdefault(seen.device, [])
        there[:] = [presence for presence in there if seen.at <= presence.left + _REMEMBERED_FOR]
        there.append(Presence(seen))
        return ()

    def _left(self, seen: Left) -> Iterable[Violation]:
        for presence in self._presences.get(seen.device, ()):
            if presence.came.visit == seen.visit:
                presence.left = seen.at
        return ()
