"""What several accesses together are cues for: denials at several gates, a gate opened by hand too often."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sync.central.alarms.core.rules import Settings

USUAL_TIMES: Final = 3
"""So many times what is usual is unusual."""


@dataclass(frozen=True, order=True)
class Denial:
    """That somebody was denied: when, at which gate, and where that is written."""

    at: int
    device: str
    chain: int
    sequence: int


def denied_at_several(denials: Iterable[Denial], within: int, at_least: int) -> Iterator[tuple[Denial, ...]]:
    """For each denial that is the last of those at `at_least` gates within such a span (microseconds): these,
    the newest of each gate and the newest first. Each lies where its last one was: which have come so far
    decides nothing but how many there are.
    """
    span: deque[Denial] = deque()
    for denial in sorted(denials):
        span.append(denial)
        while span[0].at < denial.at - within:
            span.popleft()
        newest = {each.device: each for each in span}
        if len(newest) >= at_least:
            yield tuple(sorted(newest.values(), reverse=True))


def stretches(times: Iterable[int], within: int) -> list[tuple[int, int]]:
    """The first and the last of times that follow each other `within` so long, for each such row of them."""
    found: list[tuple[int, int]] = []
    for at in sorted(times):
        if found and at - found[-1][1] <= within:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def is_unusual(times: int, usual: float, at_least: int) -> bool:
    """Whether a gate was opened by hand unusually often in an hour, where `usual` is so often."""
    return times >= max(at_least, USUAL_TIMES * usual)


def is_of_key_area(address: str, groups: Collection[str], site: str, settings: Settings) -> bool:
    """Whether a person is one whom a rule about key areas names."""
    if site in settings.sites or not set(settings.groups).isdisjoint(groups):
        return True
    return any(address == begin or address.startswith(f"{begin}/") for begin in settings.addresses)


def key_of_person(site: str, subject: str) -> str:
    """By what alarms about a person are told apart: it outlives an erasure, and names nobody."""
    return hashlib.sha256(f"{site}\0{subject}".encode()).hexdigest()[:32]


def named_by(settings: Settings) -> bool:
    """Whether a rule names anybody."""
    named: Sequence[tuple[str, ...]] = (settings.addresses, settings.groups, settings.sites)
    return any(named)
