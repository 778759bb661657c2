"""People inside, now and over time, from what gates counted in their days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import add

from sync.central.flow.core.counting import net
from sync.central.flow.core.facts import Counts, counts

NOTHING = counts()
ENOUGH_TO_LEAVE = 200
"""Of so many who came somebody would have left."""


class CountVerdict(StrEnum):
    """What a gate counted itself against what its journal comes to, and which of the two is right."""

    SAME = "same"
    NOT_TOLD = "not_told"  # the gate shares no counts: the journal is what there is
    ARRIVING = "arriving"  # the gate is right: its journal is on the way
    OLDER = "older"  # the journal is right: the gate told its counts before that
    LOST = "lost"  # the gate is right: it counted what its journal does not have, and never will
    DIFFERENT = "different"  # each has something that the other has not


@dataclass(frozen=True)
class Compared:
    """What counts of a device: its `journal` against its `own` word; `counted` is which of them is right, as
    far as the centre has it.
    """

    verdict: CountVerdict
    counted: Counts
    by: int = 0  # so many more inside by the gate's own word


def compared(journal: Counts, own: Counts | None, *, owes: bool, settled: bool) -> Compared:
    """Which is right. The gate `owes` events, or gaps are open; it is `settled` if it was heard well after it
    told its counts, so that nothing of them is under way.
    """
    if own is None:
        return Compared(CountVerdict.NOT_TOLD, journal)
    by = net(own) - net(journal)
    ahead = any(mine > theirs for mine, theirs in zip(own, journal, strict=True))
    behind = any(mine < theirs for mine, theirs in zip(own, journal, strict=True))
    if not ahead:
        return Compared(CountVerdict.OLDER if behind else CountVerdict.SAME, journal, by)
    if owes or not settled:
        return Compared(CountVerdict.ARRIVING, journal, by)
    # Counters only rise: where each has something, both are right about it.
    most = tuple(map(max, own, journal))
    return Compared(CountVerdict.DIFFERENT if behind else CountVerdict.LOST, most, net(most) - net(journal))


@dataclass(frozen=True)
class OfGate:
    """What one device adds to the people inside."""

    device: str
    gate: str
    compared: Compared


@dataclass(frozen=True)
class Inside:
    """The people inside a site in the `day` that its gates count.

    More may have left than came (`deficit`): somebody came in uncounted, or the entry's journal is late.
    `estimated` were seen by no beam, or not which way; `lapses` are times in which passages may have gone
    uncounted. `off` are gates whose clock, or day, is another: what they count now is not among these.
    """

    inside: int
    deficit: int
    entered: int
    left: int
    estimated: int
    corrected: int
    lapses: int
    day: str
    gates: tuple[OfGate, ...] = ()
    off: tuple[str, ...] = ()

    @property
    def only_rises(self) -> bool:
        """Whether many came and nobody was counted on the way out: the figure says how many came."""
        return self.entered >= ENOUGH_TO_LEAVE and self.left == 0

    @property
    def is_estimated(self) -> bool:
        return bool(self.estimated or self.deficit or self.lapses or self.only_rises)


def inside_of(day: str, gates: Sequence[OfGate], off: Sequence[str] = ()) -> Inside:
    """What gates come to together."""
    total = added(each.compared.counted for each in gates)
    people = net(total)
    return Inside(
        inside=max(0, people),
        deficit=max(0, -people),
        entered=total[0],
        left=total[1],
        estimated=total[2] + total[3] + total[4],
        corrected=total[5] - total[6],
        lapses=total[7],
        day=day,
        gates=tuple(gates),
        off=tuple(off),
    )


def added(each: Iterable[Counts]) -> Counts:
    found = NOTHING
    for one in each:
        found = tuple(map(add, found, one))
    return found


def people_over_time(
    turns: Sequence[tuple[int, str]],
    moved: Mapping[tuple[int, str], int],
    totals: Mapping[str, int],
    begins: Sequence[int],
    step: int,
) -> list[int]:
    """How many were inside at the end of each span that `begins`; below zero where more left than came.

    `turns` are when which day began, in order; `moved` is how many more were inside after a span of a day,
    for all spans from the first on; `totals` those of whole days. What a clock that is ahead has counted is
    counted now: in the last span. What belongs to no known day counts in the day that held by the clock.
    """
    later: dict[str, int] = {}
    for (_, day), people in moved.items():
        later[day] = later.get(day, 0) + people
    since: dict[str, int] = {day: people - later.get(day, 0) for day, people in totals.items()}
    by_span: dict[int, list[tuple[str, int]]] = {}
    for (begin, day), people in moved.items():
        place = begin if not begins or begin <= begins[-1] else begins[-1]
        by_span.setdefault(place, []).append((day, people))
    found, held = [], _day_at(turns, begins[0]) if begins else ""
    strays = since.get("", 0) if not held else 0
    for begin in begins:
        day = _day_at(turns, begin + step)
        if day != held:
            held, strays = day, 0
        for of, people in by_span.get(begin, ()):
            if of:
                since[of] = since.get(of, 0) + people
            else:
                strays += people
        found.append((since.get(held, 0) if held else 0) + strays)
    return found


def _day_at(turns: Sequence[tuple[int, str]], at: int) -> str:
    """The day that held just before a moment."""
    held = ""
    for begun, day in turns:
        if begun >= at:
            break
        held = max(held, day)
    return held
