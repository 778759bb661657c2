"""What befalls the gates of a simulated fleet: which faults there are, whom each hits, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from edge.errors import ConfigurationError


class Fault(StrEnum):
    """A kind of fault."""

    LOST_LINK = "lost-link"
    SLOW_LINK = "slow-link"
    OUTAGE = "outage"
    CLOCK = "clock"
    DUPLICATES = "duplicates"
    MONTH = "month"
    FORK = "fork"
    FLOOD = "flood"


FAULTS: Mapping[Fault, tuple[float, str]] = MappingProxyType(
    {
        Fault.LOST_LINK: (0.2, "loses its link every half minute or so"),
        Fault.SLOW_LINK: (0.1, "hears and is heard up to two seconds late"),
        Fault.OUTAGE: (1.0, "nobody reaches the broker for a while; then all come back"),
        Fault.CLOCK: (0.1, "has a clock that is hours wrong"),
        Fault.DUPLICATES: (0.1, "sends each message twice"),
        Fault.MONTH: (0.01, "comes back after a month, with 30 days of events"),
        Fault.FORK: (0.01, "goes on from a copy of its card: two chains of one epoch"),
        Fault.FLOOD: (0.01, "sends a thousand messages a second besides"),
    }
)
"""Each with the share of the gates that it hits unless told, and what happens to such a gate."""

LOST_EVERY = 30.0
"""Seconds between two losses of a link, on average."""
_LATEST = 2.0
_WRONG = 12 * 3600.0


FaultShares = Mapping[Fault, float]
"""The share of the gates, from 0 to 1, that each fault hits."""


@dataclass(frozen=True)
class Befallen:
    """What befalls one gate. `lost_at` are seconds since the begin; `late` is seconds, `clock_off` too."""

    lost_at: tuple[float, ...] = ()
    late: float = 0.0
    clock_off: float = 0.0
    twice: bool = False
    month: bool = False
    fork_at: float | None = None
    floods: bool = False


def shares_of(words: Sequence[str]) -> FaultShares:
    """What `--faults` says: names, each with `=SHARE` behind it or with the usual one; `all`: every one.

    Raises ConfigurationError.
    """
    found: dict[Fault, float] = {}
    for word in (part.strip() for text in words for part in text.split(",")):
        name, has_share, said = word.partition("=")
        if name == "all" and not has_share:
            found |= {fault: usual for fault, (usual, _) in FAULTS.items()}
            continue
        try:
            fault = Fault(name)
            share = float(said) if has_share else FAULTS[fault][0]
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:
            raise ConfigurationError(
                f"expected the name of a fault, or NAME=SHARE with a share from 0 to 1, got {word!r}",
                where="--faults",
                remedy=f"the names: {', '.join(FAULTS)}, all",
            )
        found[fault] = share
    return found


def outage_of(shares: FaultShares, seconds: float) -> tuple[float, float] | None:
    """From when to when nobody reaches the broker, in seconds since the begin of a run of `seconds`."""
    if not shares.get(Fault.OUTAGE):
        return None
    begin = 0.35 * seconds
    return begin, begin + min(30.0, 0.15 * seconds)


def befallen(
    place: int, gates: int, shares: FaultShares, seconds: float, chance: Callable[[], float]
) -> Befallen:
    """What befalls gate number `place` of `gates` within `seconds`; `chance` is its own, in [0, 1).

    At least one gate is hit by each fault that was asked for: the first ones by turns.
    """
    hit = {
        fault: share > 0.0 and (chance() < share or place == turn % gates)
        for turn, (fault, share) in enumerate(sorted(shares.items()))
    }
    return Befallen(
        _losses(seconds, chance) if hit.get(Fault.LOST_LINK) else (),
        _LATEST * (0.1 + 0.9 * chance()) / 2 if hit.get(Fault.SLOW_LINK) else 0.0,
        _WRONG * (2.0 * chance() - 1.0) if hit.get(Fault.CLOCK) else 0.0,
        hit.get(Fault.DUPLICATES, False),
        hit.get(Fault.MONTH, False),
        seconds * (0.3 + 0.3 * chance()) if hit.get(Fault.FORK) else None,
        hit.get(Fault.FLOOD, False),
    )


def _losses(seconds: float, chance: Callable[[], float]) -> tuple[float, ...]:
    every = min(LOST_EVERY, seconds / 2)
    times, at = [], 2.0 * every * chance()
    while at < seconds:
        times.append(at)
        at += every * (0.5 + chance())
    return tuple(times)
