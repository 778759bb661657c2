"""Of what flow is asked: a gate, a site, a zone, or a place of any level; and how a gate counts in a zone."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sync.central.flow.core.facts import Counts
from sync.central.newer import is_known

_DIGITS = 19


class WhereKind(StrEnum):
    """What sort of thing it is. A gate is its device."""

    GATE = "gate"
    SITE = "site"
    ZONE = "zone"
    PLACE = "place"


class Where(NamedTuple):
    """One of them, by its id or number."""

    kind: WhereKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def is_where(text: str) -> bool:
    """Whether it is the text of a `Where` of this version; one that is stored may be of a newer one."""
    kind, _, of = text.partition(":")
    by_number = kind in {WhereKind.ZONE, WhereKind.PLACE}
    is_number = of.isascii() and of.isdecimal() and len(of) < _DIGITS
    return is_known(WhereKind, kind) and (is_number or not by_number)


def gate(device: str) -> Where:
    return Where(WhereKind.GATE, device)


def site(name: str) -> Where:
    return Where(WhereKind.SITE, name)


def zone(number: int) -> Where:
    return Where(WhereKind.ZONE, str(number))


def place(number: int) -> Where:
    return Where(WhereKind.PLACE, str(number))


class Sign(StrEnum):
    """How who passes a gate counts in a zone."""

    AS_IS = "as_is"  # who enters the site enters the zone
    REVERSED = "reversed"  # who enters the site leaves the zone
    IN = "in"  # everyone who passes enters the zone, whichever way was seen
    OUT = "out"  # everyone who passes leaves it


class Moves(NamedTuple):
    """People who came in and went out, and how many more are `inside` for it; a correction is in `inside`
    alone.
    """

    entered: int = 0
    left: int = 0
    inside: int = 0

    def plus(self, other: Moves) -> Moves:
        return Moves(self.entered + other.entered, self.left + other.left, self.inside + other.inside)


def moves_of(each: Counts, sign: Sign = Sign.AS_IS) -> Moves:
    """What counts of a gate move, as the sign says. Corrections are of the site: where a gate counts in
    another way, they are not of the zone.
    """
    entered, left, _, _, unplaced, raised, lowered, _ = each
    match sign:
        case Sign.AS_IS:
            return Moves(entered, left, entered - left + raised - lowered)
        case Sign.REVERSED:
            return Moves(left, entered, left - entered)
        case Sign.IN:
            through = entered + left + unplaced
            return Moves(through, 0, through)
        case Sign.OUT:
            through = entered + left + unplaced
            return Moves(0, through, -through)
    return Moves()  # as a newer version counts it, and nobody here knows


def placed(each: Counts, of_the_day: Counts) -> Counts:
    """Counts whose unplaced passages went the only way in which anybody was seen to pass in that day: a gate
    of one way has no other. Where both were seen, or none, nobody knows.
    """
    entered, left, entered_estimated, left_estimated, unplaced, *rest = each
    if not unplaced or bool(of_the_day[0]) == bool(of_the_day[1]):
        return each
    if of_the_day[0]:
        return (entered + unplaced, left, entered_estimated + unplaced, left_estimated, 0, *rest)
    return (entered, left + unplaced, entered_estimated, left_estimated + unplaced, 0, *rest)
