"""What lay on cards and what is at central, event by event: kept once for all checkers that compare them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.simulation.checkers.checker import Reaction
from tests.simulation.checkers.weather import Weather
from tests.simulation.observations import (
    CLONE,
    AtCentral,
    Began,
    CardChanged,
    CentralRestored,
    Copied,
    Gone,
    ProcessEnded,
    Seen,
    Stored,
    Violation,
    identity_of,
)
from tests.simulation.plan import Fault

NOTICED_WITHIN = 900.0
"""Seconds of fair weather after which a gate has heard from central that its card is an older copy, and goes
on in a new epoch: central says so to the question on each link, sync writes it down and the pruner reads it
(2 s; a simulated one looks every 600 s). A link is made anew within `longest_pause` (60 s); 300 s is the
longest that sync pauses for a second process.
"""
NEW = "new"
"""How a card was changed that is another one, with nothing on it."""
JOURNAL_FILES = "journal."
"""The names of the journal's files begin so; any other state file holds no event."""

_UNSURE = frozenset({Fault.CARD_FAILS})
"""While a card fails to sync, an append that raised may have left its event where a reader sees it."""

Key = tuple[str, bytes, int]
"""Device, epoch and sequence: the place of an event."""


@dataclass
class Kept:
    """An event as it was seen on a card. `losses` is what had been done to that card's journal until then,
    `unsure` that its append had not come to its end: nobody was told that it is stored, so that it may be
    gone after the next power cut.
    """

    event: Stored
    losses: int
    unsure: bool


@dataclass
class Chain:
    """One epoch of one device: on its cards, and at central. Of one number there may be several events, the
    newest last: only where a card was put back, or was never sure to have kept the first. `copied` is when
    events whose sync had failed were copied to another card, by their numbers.
    """

    begun_by: str
    losses: int
    stored: dict[int, list[Kept]] = field(default_factory=dict)
    arrived: list[AtCentral] = field(default_factory=list)
    central: dict[int, AtCentral] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    copied: dict[int, float] = field(default_factory=dict)


class Books:
    """The events of a whole world. A checker that finds nothing itself: others ask it, and hear after it."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self.chains: dict[tuple[str, bytes], Chain] = {}
        self.had: dict[bytes, Key] = {}
        """Every event that central ever had, by its hash, and where."""
        self._losses: dict[str, list[CardChanged]] = {}
        self._restores: list[CentralRestored] = []
        self._ends: set[tuple[str, float]] = set()
        self._news: Stored | None = None
        self._failed_since: dict[str, float] = {}
        """Since when there may be events that no reader has seen yet: their sync failed."""
        self._came_back: dict[str, float] = {}
        """When those came to light: with the first event after that."""

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Stored: self._stored,
            Copied: self._copied,
            AtCentral: self._at_central,
            CentralRestored: self._restored,
            Gone: self._gone,
            CardChanged: self._changed,
            ProcessEnded: self._ended,
            Began: self._began,
        }

    def chain(self, device: str, epoch: bytes) -> Chain | None:
        return self.chains.get((identity_of(device), epoch))

    def is_news(self, seen: Stored) -> bool:
        """Whether the event that is told now was never told before: it happened now. Else it outlived what
        was done to its card.
        """
        return self._news is seen

    def made_since(self, seen: Stored) -> float:
        """When the event that is told now may have been made at the earliest. One whose sync failed is in the
        journal once the log is written again, before the next event: it says when it was made, not now.
        """
        return min(seen.at, self._failed_since.get(seen.device, seen.at))

    def still_counts(self, event: Stored) -> bool:
        """Whether a gate has to know of an event that it stored: its card was not put back as a whole since,
        and no other event has its number now.
        """
        chain = self.chain(event.device, event.epoch)
        versions = [] if chain is None else chain.stored.get(event.sequence, [])
        if not versions or versions[-1].event.hash != event.hash:
            return False
        since = self.losses(event.device)[versions[-1].losses :]
        return all(loss.how != Fault.CARD_RESTORED for loss in since)

    def losses(self, device: str) -> list[CardChanged]:
        """What was done to the journal on a card: put back, damaged, made new; the latest last."""
        return self._losses.get(device, [])

    def may_be_gone(self, kept: Kept) -> bool:
        """Whether the card need not hold an event any more, though nobody pruned it."""
        device = kept.event.device
        ended = (device, kept.event.at) in self._ends
        return ended or kept.unsure or kept.losses < len(self.losses(device))

    def owed(self, now: float, within: float) -> Iterator[Stored]:
        """The events that should be at central after so long, and are not.

        None of a clone, whose computer goes away; none that a card may have lost; none of an epoch that went
        on after its card had been put back, until the gate had to notice: central keeps another history of
        it.
        """
        for (device, _), chain in self.chains.items():
            for sequence, versions in chain.stored.items():
                kept, there = versions[-1], chain.central.get(sequence)
                event = kept.event
                if (there is not None and there.hash == event.hash) or event.at + within > now:
                    continue
                if CLONE in event.device or self.may_be_gone(kept) or self._is_closed(chain, device, kept):
                    continue
                if not (sequence <= chain.gone.get(device, 0) and event.hash in self.had):
                    yield event  # else it was pruned when central had it, and central's backup has not

    def _is_closed(self, chain: Chain, device: str, kept: Kept) -> bool:
        """Whether an event may be of a history of its epoch that is not central's: its card was put back, or
        central heard a copy of it first.
        """
        earlier = [loss.at for loss in self.losses(device)[chain.losses :] if loss.at <= kept.event.at]
        earlier += [at for number, at in chain.copied.items() if number <= kept.event.sequence]
        fair = self._weather.fair_since(device)
        return bool(earlier) and (fair is None or kept.event.at < max(fair, earlier[-1]) + NOTICED_WITHIN)

    # --- what is seen --------------------------------------------------------------------------

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        place, losses = (identity_of(seen.device), seen.epoch), self.losses(seen.device)
        chain = self.chains.get(place)
        if chain is None:
            chain = self.chains[place] = Chain(seen.device, len(losses))
        versions = chain.stored.setdefault(seen.sequence, [])
        before = next((kept for kept in versions if kept.event.hash == seen.hash), None)
        unsure = self._weather.quiet_since(seen.device, _UNSURE) is None
        self._news = seen if before is None else None
        if before is None:
            self._look_back(seen, failing=unsure)
            versions.append(Kept(seen, len(losses), unsure))
        elif before.event.device == seen.device and losses and losses[-1].how == Fault.CARD_RESTORED:
            versions.remove(before)  # told again: it is on the card that was put back
            versions.append(Kept(before.event, len(losses), unsure))
        return ()

    def _copied(self, seen: Copied) -> Iterable[Violation]:
        """What no reader of the card has seen may be gone from it, and central may have it from the copy."""
        chain = self.chain(seen.device, seen.epoch)
        if chain is None or any(kept.event.hash == seen.hash for kept in chain.stored.get(seen.sequence, ())):
            return ()
        event = Stored(seen.at, seen.device, seen.epoch, seen.sequence, seen.hash, seen.kind, seen.body)
        kept = Kept(event, len(self.losses(seen.device)), unsure=True)
        chain.stored.setdefault(seen.sequence, []).append(kept)
        chain.copied[seen.sequence] = seen.at
        return ()

    def _began(self, seen: Began) -> Iterable[Violation]:
        if seen.fault in _UNSURE:
            self._failed_since.setdefault(seen.target, seen.at)
            self._came_back.pop(seen.target, None)
        return ()

    def _look_back(self, seen: Stored, *, failing: bool) -> None:
        if seen.device not in self._failed_since or failing:
            return
        if self._came_back.setdefault(seen.device, seen.at) < seen.at:
            del self._failed_since[seen.device]

    def _at_central(self, seen: AtCentral) -> Iterable[Violation]:
        chain = self.chains.get((seen.device, seen.epoch))
        if chain is not None:
            chain.arrived.append(seen)
            chain.central[seen.sequence] = seen
        self.had.setdefault(seen.hash, (seen.device, seen.epoch, seen.sequence))
        return ()

    def _restored(self, seen: CentralRestored) -> Iterable[Violation]:
        self._restores.append(seen)
        held = tuple(self._central_held(seen.as_of))
        for chain in self.chains.values():
            chain.central = {
                event.sequence: event
                for event in chain.arrived
                if any(begin <= event.at <= end for begin, end in held)
            }
        return ()

    def _central_held(self, at: float) -> Iterator[tuple[float, float]]:
        """The times in which central's database got what it held at `at`: a backup may be older than the last
        that was put back.
        """
        for restore in reversed(self._restores):
            if restore.at <= at:
                yield restore.at, at
                at = restore.as_of
        yield float("-inf"), at

    def _gone(self, seen: Gone) -> Iterable[Violation]:
        chain = self.chain(seen.device, seen.epoch)
        if chain is not None:
            chain.gone[seen.device] = max(seen.through, chain.gone.get(seen.device, 0))
        return ()

    def _changed(self, seen: CardChanged) -> Iterable[Violation]:
        held = any(seen.device == chain.begun_by for chain in self.chains.values())
        if seen.how == NEW and not held:
            return ()  # it begins with an empty card
        if seen.how != Fault.STATE_FILE_DAMAGED or seen.file.rpartition("/")[2].startswith(JOURNAL_FILES):
            self._losses.setdefault(seen.device, []).append(seen)
            for chain in self.chains.values():
                chain.gone.pop(seen.device, None)
        return ()

    def _ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        if seen.process == "gate":
            self._ends.add((seen.device, seen.at))
        return ()
