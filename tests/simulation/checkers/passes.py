"""A one-time pass opens at one gate once, and central finds it where two gates let it through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from edge.journal.format import AccessDecided, pass_used_up, refused_shut
from edge.support.decoding import Undecodable
from tests.simulation.checkers.books import Books, Key
from tests.simulation.checkers.checker import Reaction
from tests.simulation.observations import AtCentral, FoundAtCentral, OfEvent, Over, Seen, Stored, Violation


class OneTimePassOpensOnce:
    """No pass is used up twice on one card, whatever becomes of its files; only a whole card that was put
    back knows no better. What was used twice is a finding at central, when both uses are there.
    """

    name = "one_time_pass_opens_once"

    def __init__(self, books: Books) -> None:
        self._books = books
        self._used: dict[tuple[str, str], list[Stored]] = {}
        self._at_central: dict[str, dict[Key, bytes]] = {}
        self._found: list[str] = []

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Stored: self._stored,
            AtCentral: self._arrived,
            FoundAtCentral: self._reused,
            Over: self._over,
        }

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        if not self._books.is_news(seen):
            return
        self._give_back(seen)
        used = _used_by(seen)
        if used is None:
            return
        before = self._used.setdefault((seen.device, used), [])
        for earlier in before:
            if self._books.still_counts(earlier):
                text = f"{seen.device}: pass {used} opened {seen.at - earlier.at:.0f} s after it was used up"
                yield Violation(self.name, seen.at, text)
        before.append(seen)

    def _give_back(self, seen: Stored) -> None:
        """What the lane refused before anything opened is used by nobody."""
        refused = refused_shut(seen.kind, seen.body)
        of = (seen.device, seen.epoch, refused)
        for uses in self._used.values():
            uses[:] = [use for use in uses if (use.device, use.epoch, use.sequence) != of]

    def _arrived(self, seen: AtCentral) -> Iterable[Violation]:
        used, refused = _used_by(seen), refused_shut(seen.kind, seen.body)
        if refused is not None:
            for uses in self._at_central.values():
                uses.pop((seen.device, seen.epoch, refused), None)
        if used is not None:
            self._at_central.setdefault(used, {})[seen.device, seen.epoch, seen.sequence] = seen.hash
        return ()

    def _reused(self, seen: FoundAtCentral) -> Iterable[Violation]:
        if seen.kind == "reused":
            self._found.append(seen.detail)
        return ()

    def _over(self, seen: Over) -> Iterable[Violation]:
        for used, uses in self._at_central.items():
            there = [*self._still_there(uses)]
            if len(there) > 1 and not any(used in detail for detail in self._found):
                where = ", ".join(f"{device} {sequence}" for device, _, sequence in there)
                yield Violation(
                    self.name, seen.at, f"pass {used} was used at {where}, and central has not found it"
                )

    def _still_there(self, uses: Mapping[Key, bytes]) -> Iterator[Key]:
        """Those that central has not lost with its backup."""
        for (device, epoch, sequence), digest in uses.items():
            chain = self._books.chain(device, epoch)
            event = None if chain is None else chain.central.get(sequence)
            if event is not None and event.hash == digest:
                yield device, epoch, sequence


def _used_by(seen: OfEvent) -> str | None:
    if seen.kind != AccessDecided.kind:
        return None
    try:
        return pass_used_up(seen.kind, seen.body)
    except Undecodable:
        return None
