"""Draws who comes to the gates of a site, when and how: quiet nights, two peaks, groups, and some trouble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from random import Random
from typing import NamedTuple

from tests.simulation.plan import FRIEND, How, Town, Visit, number_guests_of, people_of

VISITS_PER_GATE_HOUR = 3.0
"""On the average of a day."""

_HOUR = 3600.0

PROFILE = (
    *(0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 2.6, 2.7, 1.3, 0.9, 0.9),
    *(1.1, 0.9, 0.8, 0.9, 1.3, 2.3, 2.5, 1.7, 1.0, 0.6, 0.4, 0.2),
)
"""How many come in each hour of the day, from the site's midnight on; by its mean it is brought to one."""

_SHOWN = {
    How.FACE: 40,
    How.PASS: 14,
    How.FACE_AND_PASS: 10,
    How.ONE_TIME_PASS: 10,
    How.OTHERS_PASS: 4,
    How.FORGED_PASS: 4,
    How.STRANGER: 6,
    How.TAILGATE: 5,
    How.EXIT_BUTTON: 7,
}
"""How people show who they are, of a hundred."""

_GROUPS = 0.15
_TURNS_BACK = 0.03
_HANDED_ON = 0.3
"""Shares: of people who bring another along, of those who turn back in the lane, of one-time passes that are
handed on.
"""


_EACH_BRINGS = (1.0 + 0.05 + 0.05 * (1.0 + _HANDED_ON)) / (1.0 - _GROUPS)
"""Visits for each arrival, on average: those whom somebody follows, guests who go again, friends, groups."""


def draw_visits(
    random: Random, town: Town, hours: float, per_gate_hour: float = VISITS_PER_GATE_HOUR
) -> tuple[Visit, ...]:
    """Who comes within so many hours, in order; `per_gate_hour` on the average of a day, groups included.

    The world begins at midnight with everybody outside: whom the beams never saw come in, no count knows of.
    """
    rate = per_gate_hour / _EACH_BRINGS
    arrivals = [_Arrival(at, gate) for gate in town.gates for at in _moments(random, hours, rate)]
    visits = _Day(random, town, arrivals).visits()
    return tuple(sorted((one for one in visits if one.at < hours * _HOUR), key=lambda one: one.at))


def draw_numbers(random: Random, town: Town, hours: float) -> Iterator[Visit]:
    """Visitors without a phone: each types their number at an entrance that has a keypad, perhaps again."""
    doors = [gate for gate in town.scanners if gate not in town.exits]
    for guest in number_guests_of(town) if doors else ():
        at = random.uniform(60.0, hours * _HOUR)
        for again in (at, at + random.choice((30.0, 600.0))):
            walks = random.choice((0.3, 1.0, 2.5))
            made = Visit(
                round(again, 3), random.choice(doors), guest, How.NUMBER, walks, random.getrandbits(32)
            )
            if made.at < hours * _HOUR:
                yield made


def _moments(random: Random, hours: float, per_hour: float) -> Iterator[float]:
    """A Poisson process whose rate follows the day, by thinning."""
    mean, most = sum(PROFILE) / len(PROFILE), max(PROFILE)
    at = 0.0
    while True:
        at += random.expovariate(per_hour * most / mean / _HOUR)
        if at >= hours * _HOUR:
            return
        if random.random() < PROFILE[int(at / _HOUR) % len(PROFILE)] / most:
            yield at


class _Arrival(NamedTuple):
    """Somebody will come to a gate; `how` None: as it is drawn."""

    at: float
    gate: str
    how: How | None = None


class _Day:
    """Who is inside, if all go where they mean to, and who is yet to arrive."""

    def __init__(self, random: Random, town: Town, arrivals: Sequence[_Arrival]) -> None:
        self._random = random
        self._town = town
        self._outside = list(people_of(town))
        self._inside: list[str] = []
        self._strangers = 0
        self._entries = [gate for gate in town.gates if gate not in town.exits] or list(town.gates)
        self._coming = list(arrivals)
        heapify(self._coming)

    def visits(self) -> Iterator[Visit]:
        """Everybody's visits; those of guests come together."""
        while self._coming:
            arrival = heappop(self._coming)
            if self._random.random() < _GROUPS:
                heappush(self._coming, _Arrival(arrival.at + self._random.uniform(0.5, 6.0), arrival.gate))
            yield from self._visits(arrival)

    def _visits(self, arrival: _Arrival) -> Iterator[Visit]:
        [drawn] = self._random.choices(tuple(_SHOWN), tuple(_SHOWN.values()))
        how, at, gate = arrival.how or drawn, arrival.at, arrival.gate
        leaves = gate in self._town.exits or how is How.EXIT_BUTTON
        match how:
            case How.STRANGER | How.FORGED_PASS:
                yield self._made(at, gate, f"stranger-{self._number()}", how)
            case How.TAILGATE:
                # They stand there a while, and then somebody comes.
                heappush(self._coming, _Arrival(at + self._random.uniform(2.0, 70.0), gate, How.FACE))
                yield self._made(at, gate, f"follower-{self._number()}", how)
            case How.ONE_TIME_PASS if not leaves:
                yield from self._guest(at, gate)
            case _:
                yield from self._resident(at, gate, how, leaves=leaves)

    def _resident(self, at: float, gate: str, how: How, *, leaves: bool) -> Iterator[Visit]:
        here, there = (self._inside, self._outside) if leaves else (self._outside, self._inside)
        if not here:  # who is on the other side comes the other way
            here, there = there, here
            gate = self._random.choice(self._entries) if leaves else gate
            how = How.FACE if leaves else How.EXIT_BUTTON
        if here:
            person = here.pop(self._random.randrange(len(here)))
            there.append(person)
            yield self._made(at, gate, person, how)

    def _guest(self, at: float, gate: str) -> Iterator[Visit]:
        """A guest comes, goes again by the button, and may have given the pass to a friend."""
        guest = f"guest-{self._number()}"
        yield self._made(at, gate, guest, How.ONE_TIME_PASS)
        stays = self._random.uniform(0.1, 4.0) * _HOUR
        yield self._made(at + stays, gate, guest, How.EXIT_BUTTON)
        if self._random.random() < _HANDED_ON:
            soon = self._random.choice((5.0, 60.0, 600.0, 2.0 * _HOUR)) * self._random.uniform(0.5, 1.5)
            friend = f"{guest}{FRIEND}1"
            yield self._made(at + soon, self._random.choice(self._entries), friend, How.ONE_TIME_PASS)

    def _made(self, at: float, gate: str, person: str, how: How) -> Visit:
        walks = self._random.choice((0.3, 0.7, 1.0, 1.5, 2.5, 6.0))
        if self._random.random() < _TURNS_BACK:
            walks = -walks
        return Visit(round(at, 3), gate, person, how, walks, self._random.getrandbits(32))

    def _number(self) -> int:
        self._strangers += 1
        return self._strangers
