"""Counts the people inside: counters that only rise, merged over the gates of a site.

PURE. Each gate counts for itself; the others' counts come by files, late, twice, in any order. So a
count is a table of counters, each written by one gate, and merging takes the larger of two: the same in
any order and however often (a join-semilattice). The day is part of a counter's name, and so a daily
reset needs no agreement: it is a new day's counters, at every gate by its own clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from edge.decision import Crowding, Direction, OccupancyRule

MOST_TALLIES = 512
"""Counters that a site may have: gates, times the stores that each had on the days that still count."""


class Key(NamedTuple):
    """Whose counter: the gate, the store that counted (its epoch, hexadecimal), and the day.

    The day is a date in ISO form, on the site's wall and beginning at the reset hour; empty before the
    first one is known.
    """

    gate: str
    epoch: str
    day: str


MOST_COUNTED = 1_000_000_000_000
"""More than any gate will ever count; a larger value is not a count."""
Counted = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]


class Tally(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one store of one gate counted in one day. Every field only rises.

    `entered` and `left` are persons; `…_estimated` is how many of them no beam saw. `unplaced` went
    either way, nobody knows which. `raised` and `lowered` are corrections. `lapses` are times in which
    passages may have gone uncounted: a gap in the journal, a lane that stood open without beams.
    """

    entered: Counted = 0
    left: Counted = 0
    entered_estimated: Counted = 0
    left_estimated: Counted = 0
    unplaced: Counted = 0
    raised: Counted = 0
    lowered: Counted = 0
    lapses: Counted = 0

    def __post_init__(self) -> None:
        """Refuse values that no counter has."""
        values = msgspec.structs.astuple(self)
        if min(values) < 0 or max(values) > MOST_COUNTED:
            raise ValueError(f"a count must be 0 to {MOST_COUNTED}")
        if self.entered_estimated > self.entered or self.left_estimated > self.left:
            raise ValueError("more persons estimated than counted")

    @property
    def inside(self) -> int:
        """What this counter adds to the people inside; below zero at an exit."""
        return self.entered - self.left + self.raised - self.lowered

    @property
    def estimated(self) -> int:
        """How many of its persons were not seen by beams, or not which way."""
        return self.entered_estimated + self.left_estimated + self.unplaced

    def merged(self, other: Tally) -> Tally:
        """The later of two states of one counter."""
        if self == other:
            return self
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Tally(*(max(pair) for pair in pairs))

    def passed(self, direction: Direction | None, *, estimated: bool) -> Tally:
        """One person more."""
        if direction is None:
            return msgspec.structs.replace(self, unplaced=self.unplaced + 1)
        if direction is Direction.ENTRY:
            return msgspec.structs.replace(
                self, entered=self.entered + 1, entered_estimated=self.entered_estimated + estimated
            )
        return msgspec.structs.replace(
            self, left=self.left + 1, left_estimated=self.left_estimated + estimated
        )


NOTHING = Tally()
TALLY_FIELDS = Tally.__struct_fields__
"""The names of what is counted, in order."""


class SiteCounters:
    """The counters of a site as far as they are known. Changes in place; `tallies` is what it comes to."""

    def __init__(self, tallies: Mapping[Key, Tally] | None = None) -> None:
        self._tallies = dict(tallies or {})

    @property
    def tallies(self) -> Mapping[Key, Tally]:
        return self._tallies

    def of(self, key: Key) -> Tally:
        return self._tallies.get(key, NOTHING)

    def put(self, key: Key, tally: Tally) -> None:
        """Merge a state of one counter; an older one changes nothing."""
        self._tallies[key] = self.of(key).merged(tally)

    def merge(self, tallies: Mapping[Key, Tally], *, but: Key) -> bool:
        """Merge another gate's counters, except those of our own store (that of `but`); returns whether it
        was news.

        Beyond MOST_TALLIES no new counter is added: a flood of names must not fill the memory.
        """
        news = False
        for key, tally in tallies.items():
            known = key in self._tallies
            ours = (key.gate, key.epoch) == (but.gate, but.epoch)
            if ours or (not known and len(self._tallies) >= MOST_TALLIES):
                continue
            before = self.of(key)
            self.put(key, tally)
            news = news or not known or self.of(key) != before
        return news

    def forget_before(self, day: str) -> None:
        """Drop the counters of earlier days."""
        self._tallies = {key: tally for key, tally in self._tallies.items() if key.day >= day}

    def rename(self, old: Key, new: Key) -> None:
        """Move a counter from before the day was known to its day."""
        tally = self._tallies.pop(old, None)
        if tally is not None:
            self.put(new, tally)

    def figures(self, day: str) -> SiteFigures:
        """The site's figures of one day."""
        return figures(day, ((key, tally) for key, tally in self._tallies.items() if key.day == day))


class GateDay(msgspec.Struct, frozen=True):
    """What one gate counted in a day, over all its stores."""

    gate: str
    entered: int
    left: int
    estimated: int


class SiteFigures(msgspec.Struct, frozen=True):
    """A site's day: people `inside`, passages, and how far to believe them.

    `deficit` is how many more left than are known to have entered: somebody came in uncounted, or the
    counters of an entry have not arrived yet. `estimated` persons were seen by no beam.
    """

    day: str
    inside: int
    deficit: int
    entered: int
    left: int
    estimated: int
    unplaced: int
    corrected: int
    lapses: int
    gates: tuple[GateDay, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether every figure was counted; otherwise it is an estimate."""
        return not (self.estimated or self.deficit or self.lapses)

    @property
    def certainty(self) -> str:
        return "counted" if self.counted else "estimated"


def figures(day: str, tallies: Iterable[tuple[Key, Tally]]) -> SiteFigures:
    """The figures that the counters of one day add up to."""
    known = list(tallies)
    inside = sum(tally.inside for _, tally in known)
    return SiteFigures(
        day,
        inside=max(0, inside),
        deficit=max(0, -inside),
        entered=sum(tally.entered for _, tally in known),
        left=sum(tally.left for _, tally in known),
        estimated=sum(tally.estimated for _, tally in known),
        unplaced=sum(tally.unplaced for _, tally in known),
        corrected=sum(tally.raised - tally.lowered for _, tally in known),
        lapses=sum(tally.lapses for _, tally in known),
        gates=tuple(_by_gate(known)),
    )


def _by_gate(known: Iterable[tuple[Key, Tally]]) -> Iterator[GateDay]:
    sums: dict[str, tuple[int, int, int]] = {}
    for key, tally in known:
        entered, left, estimated = sums.get(key.gate, (0, 0, 0))
        sums[key.gate] = (entered + tally.entered, left + tally.left, estimated + tally.estimated)
    for gate, (entered, left, estimated) in sorted(sums.items()):
        yield GateDay(gate, entered, left, estimated)


def next_level(level: Crowding, rule: OccupancyRule, inside: int) -> Crowding:
    """The level after a count: up at once at a limit, down once `relief` fewer are inside.

    A limit that the policy no longer has is left at once.
    """
    if rule.stop is not None and inside >= _limit(rule.stop, rule, held=level is Crowding.STOPPED):
        return Crowding.STOPPED
    if rule.warn is not None and inside >= _limit(rule.warn, rule, held=level is not Crowding.ROOM):
        return Crowding.WARNED
    return Crowding.ROOM


def _limit(limit: int, rule: OccupancyRule, *, held: bool) -> int:
    """From how many on a level holds: `relief` fewer, and one, while it does already."""
    return limit - rule.relief + 1 if held and rule.relief else limit
