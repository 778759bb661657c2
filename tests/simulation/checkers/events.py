"""Between the cards and central: nothing lost, doubled, reordered or invented; nothing pruned too early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from tests.simulation.checkers.books import Books, Chain, Kept
from tests.simulation.checkers.checker import Reaction
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import (
    Acknowledged,
    AtCentral,
    FoundAtCentral,
    Gone,
    Over,
    Seen,
    Stored,
    Violation,
    identity_of,
)
from tests.simulation.plan import Fault

_DAMAGED = frozenset({Fault.CARD_NOISE, Fault.STATE_FILE_DAMAGED})


class SequencesAreGaplessAndOnce:
    """On a card each number of an epoch is one event's, the next is one more, and a copied card counts anew.

    Hears before `Books`. A number comes again where the card was put back, or where the event that had it was
    never reported as stored.
    """

    name = "sequences_once"

    def __init__(self, books: Books) -> None:
        self._books = books

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        chain = self._books.chain(seen.device, seen.epoch)
        versions = [] if chain is None else chain.stored.get(seen.sequence, [])
        if any(kept.event.hash == seen.hash for kept in versions):
            return  # told again
        where = f"{seen.device}, epoch {seen.epoch.hex()[:8]}, sequence {seen.sequence}"
        if chain is not None and chain.begun_by != seen.device:
            yield Violation(self.name, seen.at, f"{where}: goes on in the epoch of {chain.begun_by}'s card")
            return
        if versions and not self._books.may_be_gone(versions[-1]):
            yield Violation(self.name, seen.at, f"{where}: the number is {versions[-1].event.kind}'s already")
        lost = chain is not None and chain.losses < len(self._books.losses(seen.device))
        before = seen.sequence == 1 or (chain is not None and seen.sequence - 1 in chain.stored)
        if not before and not lost:
            yield Violation(self.name, seen.at, f"{where}: the number before it was never seen")


class CentralAgrees:
    """What is at central is what lay on a card of that device, under its own number, each event once; and
    every number up to the newest is there or declared missing when all has converged.

    Hears before `Books`.
    """

    name = "central_agrees"

    def __init__(self, books: Books, weather: Weather) -> None:
        self._books = books
        self._weather = weather
        self._missing: dict[tuple[str, bytes], list[tuple[int, int]]] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {AtCentral: self._at_central, FoundAtCentral: self._found, Over: self._over}

    def _at_central(self, seen: AtCentral) -> Iterable[Violation]:
        where = f"{seen.device}, epoch {seen.epoch.hex()[:8]}, sequence {seen.sequence}"
        chain = self._books.chain(seen.device, seen.epoch)
        there = _version(chain, seen)
        place = self._books.had.get(seen.hash)
        if there is None:
            yield Violation(self.name, seen.at, f"{where}: at central, and was never on a card there")
        elif (there.event.kind, there.event.body) != (seen.kind, seen.body):
            yield Violation(self.name, seen.at, f"{where}: says another thing at central than on the card")
        if place is not None and place != (seen.device, seen.epoch, seen.sequence):
            yield Violation(
                self.name, seen.at, f"{where}: is at central as sequence {place[2]} of {place[0]} too"
            )
        before = None if chain is None else chain.central.get(seen.sequence)
        if before is not None and before.hash != seen.hash and not self._was_put_back(seen.device):
            yield Violation(
                self.name, seen.at, f"{where}: another event took its place, and no card was put back"
            )

    def _was_put_back(self, device: str) -> bool:
        """Whether two histories of an epoch may be there: a card was put back or copied."""
        cards = sorted(other for other in self._weather.devices if identity_of(other) == device)
        return any(loss.how not in _DAMAGED for other in cards for loss in self._books.losses(other))

    def _found(self, seen: FoundAtCentral) -> Iterable[Violation]:
        if seen.kind == "missing":
            self._missing.setdefault((seen.device, seen.epoch), []).append((seen.first, seen.last))
        return ()

    def _over(self, seen: Over) -> Iterable[Violation]:
        for (device, epoch), chain in self._books.chains.items():
            if not self._was_put_back(device):
                for first, last in self._holes(device, epoch, chain):
                    text = f"{device}, epoch {epoch.hex()[:8]}: {first} to {last} are not there"
                    yield Violation(self.name, seen.at, f"{text}, and not declared missing")

    def _holes(self, device: str, epoch: bytes, chain: Chain) -> Iterator[tuple[int, int]]:
        gaps = self._missing.get((device, epoch), ())
        numbers = range(1, max(chain.central, default=0))
        absent = [
            number
            for number in numbers
            if number not in chain.central and not any(first <= number <= last for first, last in gaps)
        ]
        for _, run in groupby(enumerate(absent), key=lambda item: item[1] - item[0]):
            places = [number for _, number in run]
            yield places[0], places[-1]


class NothingPrunedUnseen:
    """Nothing leaves a card that central never had. What noise on a card made unreadable is declared lost.

    Hears before `Books`, so that it knows how far was pruned before.
    """

    name = "nothing_pruned_unseen"

    def __init__(self, books: Books) -> None:
        self._books = books

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Gone: self._gone}

    def _gone(self, seen: Gone) -> Iterable[Violation]:
        chain = self._books.chain(seen.device, seen.epoch)
        if chain is None or any(loss.how in _DAMAGED for loss in self._books.losses(seen.device)):
            return
        for sequence in range(chain.gone.get(seen.device, 0) + 1, seen.through + 1):
            versions = chain.stored.get(sequence)
            if versions and versions[-1].event.hash not in self._books.had:
                event = versions[-1].event
                text = (
                    f"{seen.device}: {event.kind}, sequence {sequence}, is pruned, and central never had it"
                )
                yield Violation(self.name, seen.at, text)


class AcknowledgedIsThere:
    """What a gate was told that central has, central had: whatever becomes of it in the end."""

    name = "acknowledged_is_there"

    def __init__(self, books: Books) -> None:
        self._books = books

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Acknowledged: self._acknowledged}

    def _acknowledged(self, seen: Acknowledged) -> Iterable[Violation]:
        place = self._books.had.get(seen.hash)
        if place != (identity_of(seen.device), seen.epoch, seen.sequence):
            where = f"{seen.device}, epoch {seen.epoch.hex()[:8]}, sequence {seen.sequence}"
            yield Violation(self.name, seen.at, f"{where}: was acknowledged, and central never had it")


def _version(chain: Chain | None, seen: AtCentral) -> Kept | None:
    versions = () if chain is None else chain.stored.get(seen.sequence, ())
    return next((kept for kept in versions if kept.event.hash == seen.hash), None)
