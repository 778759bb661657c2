"""Sums the figures of sites up the tree of places: the same columns at each level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, Protocol

COURSE = 30
"""Minutes of the short line beside each place."""


class Node(Protocol):
    """A place, as the tree has it."""

    @property
    def number(self) -> int: ...
    @property
    def parent(self) -> int | None: ...
    @property
    def site(self) -> str | None: ...


@dataclass(frozen=True)
class Occupancy:
    """People inside, as the gates count; `limit` and `warn` where a policy has them. An `estimated` figure
    has passages in it that no beam saw.
    """

    inside: int
    limit: int | None = None
    warn: int | None = None
    estimated: bool = False


@dataclass(frozen=True)
class PlaceFigures:
    """What a place shows. Counts are those of today; `course` has a value a minute, the oldest first, None
    where nobody could tell. `late` accesses corrected the counts since they were read, the last at
    `corrected_at`. `oldest_probe` is the age's beginning of the gate that was probed longest ago.
    """

    gates: int = 0
    working: int = 0
    course: tuple[int | None, ...] = ()
    granted: int = 0
    denied: int = 0
    referred: int = 0
    overrides: int = 0
    late: int = 0
    corrected_at: int | None = None
    findings: int = 0
    alarms: int = 0
    oldest_probe: int | None = None
    never_probed: int = 0
    occupancy: Occupancy | None = None

    @property
    def accesses(self) -> int:
        return self.granted + self.denied + self.referred + self.overrides

    @property
    def per_minute(self) -> int | None:
        """Accesses in the last minute that is over; None where nobody could tell."""
        return self.course[-1] if self.course else None

    def share(self, times: int) -> float | None:
        """`times` as a share of all accesses; None where there were none."""
        return times / self.accesses if self.accesses else None


NOTHING = PlaceFigures()
NO_PLACES: Mapping[int, PlaceFigures] = MappingProxyType({})
_ADDED = (
    "gates",
    "working",
    "granted",
    "denied",
    "referred",
    "overrides",
    "late",
    "findings",
    "alarms",
    "never_probed",
)


def added(parts: Iterable[PlaceFigures]) -> PlaceFigures:
    """What the figures of several places come to."""
    found = [*parts]
    values: dict[str, Any] = {name: sum(getattr(part, name) for part in found) for name in _ADDED}
    return PlaceFigures(
        course=_courses(part.course for part in found),
        corrected_at=max(
            (part.corrected_at for part in found if part.corrected_at is not None), default=None
        ),
        oldest_probe=min(
            (part.oldest_probe for part in found if part.oldest_probe is not None), default=None
        ),
        occupancy=_occupancy([part.occupancy for part in found if part.occupancy is not None]),
        **values,
    )


def rolled_up(
    nodes: Iterable[Node], sites: Mapping[str, PlaceFigures], places: Mapping[int, PlaceFigures] = NO_PLACES
) -> dict[int, PlaceFigures]:
    """The figures of each place by its number: those of the sites within it, and what is of no site but of
    the `places` themselves.
    """
    ordered = [*nodes]
    children: dict[int, list[int]] = {}
    for node in ordered:
        if node.parent is not None:
            children.setdefault(node.parent, []).append(node.number)
    made: dict[int, PlaceFigures] = {}
    for node in reversed(ordered):  # each stands before what it holds
        own = [sites[node.site]] if node.site in sites and node.site is not None else []
        own += [places[node.number]] if node.number in places else []
        made[node.number] = added([*own, *(made[child] for child in children.get(node.number, ()))])
    return made


def _courses(courses: Iterable[tuple[int | None, ...]]) -> tuple[int | None, ...]:
    """The sum of courses of one length; of what some cannot tell, what the others do."""
    columns = zip_longest(*(course for course in courses if course))
    return tuple(
        None if all(value is None for value in column) else sum(value or 0 for value in column)
        for column in columns
    )


def _occupancy(parts: list[Occupancy]) -> Occupancy | None:
    """Of several sites the limit is theirs together, where each has one."""
    if not parts:
        return None
    limits = [part.limit for part in parts if part.limit is not None]
    warns = [part.warn for part in parts if part.warn is not None]
    return Occupancy(
        sum(part.inside for part in parts),
        sum(limits) if len(limits) == len(parts) else None,
        sum(warns) if len(warns) == len(parts) else None,
        any(part.estimated for part in parts),
    )
