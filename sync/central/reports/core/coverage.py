"""What a report rests on: which gates have told all that they wrote in its days, and what is not here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sync.central.reports.core.days import Days
from sync.central.reports.core.report import Missing, RestsOn, Why
from sync.central.units import MINUTE

MOST_NAMED = 200
"""So many things that are missing are named in a report; the others are counted."""
_TELLS_WITHIN = 3 * MINUTE
"""A gate that is connected says so at least this often: until then after its last word nothing is missing."""
_AHEAD = 5 * MINUTE
"""A gate's clock may be so far ahead of the centre's: beyond that its word about the time does not count."""


@dataclass(frozen=True)
class CoverageGap:
    """Sequences `first` to `last` of a journal are not here; the events around them are from `since` and
    `until` (None: nobody can tell). `declared`: the gate says that it lost them.
    """

    first: int
    last: int
    since: int | None
    until: int | None
    declared: bool


@dataclass(frozen=True)
class KnownJournal:
    """What is known of one journal: its first event is of `begun`, its newest one here of `newest_at`, by the
    gate's clock; that arrived at `newest_received`.
    """

    gaps: tuple[CoverageGap, ...] = ()
    newest_at: int | None = None
    newest_received: int | None = None
    begun: int | None = None

    @property
    def told_to(self) -> int | None:
        """Until when it tells what happened, as far as its clock can be believed."""
        if self.newest_at is None or self.newest_received is None:
            return None
        return min(self.newest_at, self.newest_received + _AHEAD)


@dataclass(frozen=True)
class CoveredGate:
    """What is known of a gate's device. `heard` is when it spoke last, `owes` whether it has more to send."""

    device: str
    site: str
    gate: str
    enrolled: int
    retired: int | None = None
    heard: int | None = None
    owes: bool = False
    journals: tuple[KnownJournal, ...] = ()


def rests_on(
    gates: Iterable[CoveredGate], days: Days, now: int, damaged: Sequence[Missing] = ()
) -> tuple[RestsOn, frozenset[str]]:
    """What a report of these days rests on at `now`, and the days (ISO) that are lower than the truth.
    `damaged` is what of whole sites cannot be read: none of their gates is complete.
    """
    since, until = days.since, min(days.until, now)
    counted = [gate for gate in gates if _is_of(gate, since, until)]
    found = {gate.device: [*_missing(gate, since, until)] for gate in counted}
    missing = sorted(
        [*_not_over(days, now), *damaged, *(each for every in found.values() for each in every)],
        key=lambda each: (each.site, each.gate, each.device, each.since or 0, each.first or 0),
    )
    lower = {day.isoformat() for each in missing for day in days.touched_by(each.since, each.until)}
    unread = {each.site for each in damaged}
    complete = sum(not found[gate.device] and gate.site not in unread for gate in counted)
    return RestsOn(len(counted), complete, tuple(missing[:MOST_NAMED]), len(missing)), frozenset(lower)


# --- inside --------------------------------------------------------------------------------


def _is_of(gate: CoveredGate, since: int, until: int) -> bool:
    """Whether the gate was there at any time of these days."""
    begun = min([gate.enrolled, *(each.begun for each in gate.journals if each.begun is not None)])
    return begun < until and (gate.retired is None or gate.retired > since)


def _not_over(days: Days, now: int) -> Iterator[Missing]:
    """The part of the days that is still to come."""
    if now < days.until:
        yield Missing("", "", "", Why.NOT_OVER, max(days.since, now), days.until)


def _missing(gate: CoveredGate, since: int, until: int) -> Iterator[Missing]:
    until = until if gate.retired is None else min(until, gate.retired)
    for journal in gate.journals:
        for gap in journal.gaps:
            if (gap.until is None or gap.until > since) and (gap.since is None or gap.since < until):
                why = Why.LOST if gap.declared else Why.GAP
                yield Missing(
                    gate.device, gate.site, gate.gate, why, gap.since, gap.until, gap.first, gap.last
                )
    for begin, end in _between(gate.journals):
        if end > since and begin < until:
            stretch = max(since, begin), min(until, end)
            yield Missing(gate.device, gate.site, gate.gate, Why.BETWEEN, *stretch)
    told = max((each.told_to for each in gate.journals if each.told_to is not None), default=None)
    if told is None:
        yield Missing(gate.device, gate.site, gate.gate, Why.SILENT, max(since, gate.enrolled), until)
        return
    heard = gate.heard or 0
    known = told if gate.owes else max(told, heard)
    if known + _TELLS_WITHIN < until:
        why = Why.LATE if gate.owes and heard + _TELLS_WITHIN >= until else Why.DARK
        yield Missing(gate.device, gate.site, gate.gate, why, max(since, known), until)


def _between(journals: Iterable[KnownJournal]) -> Iterator[tuple[int, int]]:
    """The stretches from the end of one journal of a gate to the begin of its next: nobody knows what is lost
    of them. A journal whose first event is not here has a gap there.
    """
    told = sorted(
        (each.begun, each.told_to) for each in journals if each.begun is not None and each.told_to is not None
    )
    ends = accumulate((end for _, end in told), max)
    for end, (begin, _) in zip(ends, told[1:], strict=False):
        if begin - end > _TELLS_WITHIN:
            yield end, begin
