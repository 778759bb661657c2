"""Who is sent next: the nearest on duty by the tree of places, then the least busy, then further up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ROUNDS = 2
"""So often one worker is asked for one task; then it stays with the centre."""


@dataclass(frozen=True)
class Candidate:
    """A worker on duty. `places` is the path of their place, from the city down; `busy` how many tasks they
    have. Of a `silent` one the last task came back without an answer, and their phone was not heard since;
    who `leaves` is off duty before an answer is due.
    """

    worker: int
    places: tuple[int, ...]
    busy: int = 0
    silent: bool = False
    leaves: bool = False


@dataclass(frozen=True)
class AskedWorker:
    """What a worker was asked for a task already: how often, and whether they said no. Of these times,
    `missed` count no more: no message arrived, and the next try is due.
    """

    times: int
    declined: bool = False
    missed: int = 0


_NEVER = AskedWorker(0)


def distance(site: Sequence[int], worker: Sequence[int]) -> int | None:
    """How many levels one goes up from a site to a place that the worker's lies in too; 0: the site itself;
    None: there is no such place. Both are paths from the city down.
    """
    common = len({*site} & {*worker})
    return len(site) - common if common else None


def ranked(
    site: Sequence[int], candidates: Iterable[Candidate], asked: Mapping[int, AskedWorker]
) -> tuple[Candidate, ...]:
    """Those who may be sent to a site, the next one first.

    Nobody is asked twice while somebody was not asked at all; who said no is not asked again, and nobody more
    than `ROUNDS` times that count. Whose phone was not heard, or who leaves,
    comes after all others who were asked as often.
    """
    found = []
    for each in candidates:
        before, far = asked.get(each.worker, _NEVER), distance(site, each.places)
        if far is not None and not before.declined and before.times - before.missed < ROUNDS:
            found.append(((before.times, each.silent or each.leaves, far, each.busy, each.worker), each))
    return tuple(each for _, each in sorted(found, key=lambda item: item[0]))


def next_worker(
    site: Sequence[int], candidates: Iterable[Candidate], asked: Mapping[int, AskedWorker]
) -> Candidate | None:
    """The first of those who may be sent; None: nobody is there, or all were asked."""
    return next(iter(ranked(site, candidates, asked)), None)
