"""A plan from a seed: which faults hit whom when, what central's people do, who comes.

Each kind of fault at each target is drawn from a seed of its own: another rate for one changes no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from edge.decision import Mode
from tests.simulation.day import draw_numbers, draw_visits
from tests.simulation.faults import DAY, HOUR, MINUTE, Faults, acts_a_day, played
from tests.simulation.plan import Act, ActEvent, Fault, FaultEvent, Plan, Town, Visit, people_of

SHORTEST_HOURS = 1.0
CALM_AT_LEAST = 45 * MINUTE
CALM_AT_MOST = 2 * HOUR
"""Seconds at a world's end without faults. A world of a few hours is calm for a quarter of them."""
QUIET = 30 * MINUTE
"""Seconds at a world's very end in which nobody comes, so that the last event has its time to arrive."""
FOUNDED = 5.0
"""Seconds after which central publishes its first registry; without one a gate lets in nobody."""
_FIRST_ACT = 5 * MINUTE
_OF_LINKS = frozenset(
    {
        Fault.LINK_LOST, Fault.LINK_AWAY, Fault.LINK_REFUSED, Fault.LINK_SLOW, Fault.MESSAGES_DOUBLED,
        Fault.MESSAGES_LOST, Fault.MESSAGES_REORDERED, Fault.MESSAGES_CORRUPTED,
    }
)  # fmt: skip
"""What hits a link: a gate's or an ingester's."""
_OF_INGESTERS = frozenset({Fault.INGESTER_KILLED})
_OF_SCANNERS = frozenset({Fault.READERS_UNPLUGGED, Fault.SCANNER_JUNK, Fault.KEYPAD_GUESSED, Fault.KEY_STUCK})
_OF_THE_WORLD = frozenset(
    {
        Fault.BROKER_KILLED, Fault.INGESTER_OLDER, Fault.CENTRAL_AWAY, Fault.CENTRAL_RESTORED,
        Fault.CENTRAL_TWICE, Fault.DATABASE_FAILS, Fault.COMMANDS_REPLAYED, Fault.MESSAGES_REPLAYED,
    }
)  # fmt: skip
_MODES = (Mode.LOCKED, Mode.FACE_AND_CODE, Mode.CODE, "policy")


def draw_plan(seed: int, hours: float, faults: Faults, town: Town) -> Plan:
    """The world of this seed. It lasts `hours`, or longer if its longest fault needs that."""
    hours = max(hours, faults.hours_at_least)
    if hours < SHORTEST_HOURS:
        raise ValueError(f"a world of {hours:g} hours has no room for a calm end: give at least 1")
    calm_from = hours * HOUR - max(CALM_AT_LEAST, min(CALM_AT_MOST, hours * HOUR / 4))
    return Plan(
        seed=seed,
        hours=hours,
        calm_from=calm_from,
        town=town,
        faults=tuple(_faults(seed, faults, town, calm_from)),
        acts=tuple(_acts(Random(f"{seed} acts"), faults, town, calm_from)),
        visits=_visits(seed, faults, town, hours - QUIET / HOUR),
    )


def _visits(seed: int, faults: Faults, town: Town, hours: float) -> tuple[Visit, ...]:
    drawn = draw_visits(Random(f"{seed} visits"), town, hours, faults.visits_per_gate_hour)
    typed = draw_numbers(Random(f"{seed} numbers"), town, hours)
    return tuple(sorted((*drawn, *typed), key=lambda visit: visit.at))


# --- faults --------------------------------------------------------------------------------------


def targets_of(fault: Fault, town: Town) -> tuple[str, ...]:
    """Whom a fault can hit; empty names stand for central or the broker."""
    if fault in _OF_THE_WORLD:
        return ("",)
    if fault in _OF_SCANNERS:
        return town.scanners
    if fault in _OF_INGESTERS:
        return ingesters_of(town)
    return town.gates + ingesters_of(town) if fault in _OF_LINKS else town.gates


def ingesters_of(town: Town) -> tuple[str, ...]:
    return tuple("abcdefghij"[: town.ingesters])


def _faults(seed: int, faults: Faults, town: Town, until: float) -> list[FaultEvent]:
    """All faults, in order. No kind hits a target again before its last time there is over."""
    choice = Random(f"{seed} kinds")
    intensity = choice.choice(faults.intensities)
    kinds = tuple(fault for fault in Fault if choice.random() < faults.takes_part and fault in played(faults))
    storm = _Storm(seed, faults, intensity, kinds, town, until)
    drawn = [
        event for fault in kinds for target in targets_of(fault, town) for event in storm.hits(fault, target)
    ]
    drawn.sort(key=lambda event: (event.at, event.fault, event.target))
    return list(_one_at_a_time(drawn))


@dataclass(frozen=True)
class _Storm:
    """The faults of one world: its kinds, and how many times as often as usual they come."""

    seed: int
    faults: Faults
    intensity: float
    kinds: tuple[Fault, ...]
    town: Town
    until: float

    def hits(self, fault: Fault, target: str) -> Iterator[FaultEvent]:
        """What hits this target: faults of a kind, each with those that follow it."""
        random = Random(f"{self.seed} {fault.value} {target}")
        others = [kind for kind in self.kinds if kind != fault and target in targets_of(kind, self.town)]
        per_second = self.intensity * self.faults.option(fault).per_hour / HOUR
        for at in times(random, per_second, 0.0, self.until):
            event = self._event(random, fault, target, at)
            yield event
            while others and random.random() < self.faults.followed:
                after = event.at + event.seconds + random.uniform(0.0, self.faults.followed_within)
                if after >= self.until:
                    break
                event = self._event(random, random.choice(others), target, after)
                yield event

    def _event(self, random: Random, fault: Fault, target: str, at: float) -> FaultEvent:
        option = self.faults.option(fault)
        seconds = min(random.choice(option.seconds), self.until - at)
        return FaultEvent(at, fault, target, seconds, random.choice(option.values), random.getrandbits(32))


def _one_at_a_time(events: Iterable[FaultEvent]) -> Iterator[FaultEvent]:
    over: dict[tuple[Fault, str], float] = {}
    for event in events:
        key = (event.fault, event.target)
        if event.at >= over.get(key, 0.0):
            over[key] = event.at + event.seconds
            yield event


def times(random: Random, rate: float, begin: float, end: float) -> Iterator[float]:
    """Moments from `begin` to `end`, `rate` of them a second in the mean, each independent of the others."""
    at = begin
    while rate > 0 and (at := at + random.expovariate(rate)) < end:
        yield at


# --- central's people ----------------------------------------------------------------------------


def _acts(random: Random, faults: Faults, town: Town, until: float) -> Iterator[ActEvent]:
    yield ActEvent(FOUNDED, Act.PUBLISH)
    rates = acts_a_day(faults)
    moments = sorted(
        (at, act) for act, rate in rates.items() for at in times(random, rate / DAY, _FIRST_ACT, until)
    )
    here = list(people_of(town))
    random.shuffle(here)
    half = len(here) // 2
    for at, act in moments:
        seed = random.getrandbits(32)
        if act in {Act.REVOKE, Act.REVOKE_URGENTLY}:
            if len(here) > half:
                yield ActEvent(at, act, value=here.pop(), seed=seed)
        elif act in {Act.TURN_RED, Act.TURN_GREEN, Act.ISOLATE}:
            yield ActEvent(at, act, value=random.choice(here), seed=seed)
        elif act in {Act.COMMAND_OPEN, Act.COMMAND_MODE}:
            value = str(random.choice(_MODES)) if act is Act.COMMAND_MODE else ""
            yield ActEvent(at, act, random.choice(town.gates), value, seed)
        else:
            yield ActEvent(at, act, seed=seed)
