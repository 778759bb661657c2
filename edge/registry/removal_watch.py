"""Confirms what was removed: once a gate has looked, and found it in force no more and in no file.

A removal travels in the registry, and where it is urgent in the list of revocations besides; it has a
reference, and names nobody. What is confirmed is said once; after a start it is looked at, and said, again,
as long as the registry names it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.registry.format import Registry, Removal, Trusted, UrgentRevocations, removal_digest
from edge.registry.inbox import CHANGES_NAME
from edge.registry.remains import KnownHere, known_by, places_that_know

MOST_AT_ONCE = 100
"""Removals in one confirmation: so many fit into an event."""
SAID_AFTER = 60.0
"""Seconds for which what is left is not told: the sync process takes its files away first."""
_FIRST_AGAIN, _LAST_AGAIN = 2.0, 60.0
_MOST_PLACES = 20

By = Literal["registry", "revocations"]


@dataclass(frozen=True)
class ConfirmedRemovals:
    """What is gone, with how many templates of each went, `by` the registry or the list of this `number`."""

    by: By
    number: int
    gone: tuple[tuple[Removal, int], ...]


@dataclass(frozen=True)
class UnfinishedRemovals:
    """What the registry of this `number` removed and is still known in `places`."""

    number: int
    left: tuple[Removal, ...]
    places: tuple[str, ...]


RemovalNews = ConfirmedRemovals | UnfinishedRemovals


class RemovalWatch:
    """Watches over the removals of one gate, whose registry lies in `folder` and arrives at `inbox`."""

    def __init__(self, folder: Path, inbox: Path, trusted: Callable[[], Trusted]) -> None:
        self._folder = folder
        self._inbox = inbox
        self._trusted = trusted
        self._templates: dict[bytes, int] = {}
        self._confirmed: set[tuple[By, bytes]] = set()
        self._told_left: set[bytes] = set()
        self._since: float | None = None
        self._again_at, self._again = 0.0, _FIRST_AGAIN

    def took_up(
        self, before: Registry | None, held: Registry, listed: UrgentRevocations | None, now: float
    ) -> None:
        """Note that `held`, with what was `listed` as revoked, is in force from monotonic `now` on, in place
        of `before`.
        """
        removals = [*held.removals.values(), *(() if listed is None else listed.removals)]
        new = {item.reference: item for item in removals if item.reference not in self._templates}
        counted = _templates_of(before, self._trusted().seal_keys) if new else {}
        self._templates |= {name: counted.get(item.digest, 0) for name, item in new.items()}
        self._since, self._again_at, self._again = now, now, _FIRST_AGAIN

    def due(
        self,
        force: Registry,
        faces: Collection[str],
        held: Registry,
        listed: UrgentRevocations | None,
        now: float,
    ) -> Iterator[RemovalNews]:
        """What is to be told at monotonic `now`. Raises OSError.

        `force` is in force, with a gallery of `faces`; `held` is the signed set, `listed` the urgent
        revocations.
        """
        by_list = self._open("revocations", () if listed is None else listed.removals)
        by_registry = self._open("registry", held.removals.values())
        if self._since is None or now < self._again_at or not (by_list or by_registry):
            return
        known = known_by(
            force.subjects,
            {*(item.subject_id for item in force.templates), *faces},
            self._trusted().seal_keys,
            force.revoked_passes,
        )
        if listed is not None:
            yield from self._confirm("revocations", listed.number, _gone(by_list, known))
        places = places_that_know(by_registry, self._files(), self._trusted())
        left = {item.reference: item for items in places.values() for item in items}
        gone = [item for item in _gone(by_registry, known) if item.reference not in left]
        yield from self._confirm("registry", held.version, gone)
        yield from self._told(held.version, left, tuple(places), now)
        self._again_at, self._again = now + self._again, min(2 * self._again, _LAST_AGAIN)

    # --- inside ----------------------------------------------------------------------------

    def _open(self, by: By, removals: Collection[Removal]) -> list[Removal]:
        return [item for item in removals if (by, item.reference) not in self._confirmed]

    def _confirm(self, by: By, number: int, gone: Collection[Removal]) -> Iterator[ConfirmedRemovals]:
        self._confirmed.update((by, item.reference) for item in gone)
        counted = [(item, self._templates.get(item.reference, 0)) for item in gone]
        for first in range(0, len(counted), MOST_AT_ONCE):
            yield ConfirmedRemovals(by, number, tuple(counted[first : first + MOST_AT_ONCE]))

    def _told(
        self, version: int, left: dict[bytes, Removal], places: tuple[str, ...], now: float
    ) -> Iterator[UnfinishedRemovals]:
        new = [item for name, item in left.items() if name not in self._told_left]
        if new and self._since is not None and now >= self._since + SAID_AFTER:
            self._told_left.update(item.reference for item in new)
            yield UnfinishedRemovals(version, tuple(new[:MOST_AT_ONCE]), places[:_MOST_PLACES])

    def _files(self) -> Iterator[Path]:
        yield from sorted(self._folder.glob("*.bundle"))
        yield from sorted(self._folder.glob("*.changes"))
        yield self._inbox
        yield self._inbox.with_name(CHANGES_NAME)


def _gone(removals: Collection[Removal], known: KnownHere) -> list[Removal]:
    return [item for item in removals if not known.knows(item)]


def _templates_of(registry: Registry | None, seal_keys: Collection[bytes]) -> dict[bytes, int]:
    """How many templates each subject of a registry has, by the digest of their id."""
    counted: dict[str, int] = {}
    for item in () if registry is None else registry.templates:
        counted[item.subject_id] = counted.get(item.subject_id, 0) + 1
    return {removal_digest(name, key): count for name, count in counted.items() for key in seal_keys}
