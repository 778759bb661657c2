"""The people of a simulated world: each visit of the plan, played at its gate.

They know where they are: nobody comes in who is inside, or stands before two gates at once. Where that is not
known of somebody yet, they are where their first visit begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from random import Random

from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent
from edge.runtime.main_loop import Heard
from tests.simulation.forecourt import Forecourt, GateFront, Visitor
from tests.simulation.observations import Observation
from tests.simulation.passes import ShownPass
from tests.simulation.plan import FRIEND, How, Visit
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import Site

_HIDE_THEIR_FACE = frozenset({How.PASS, How.FORGED_PASS, How.TAILGATE, How.EXIT_BUTTON})


class People:
    """Everybody who comes to the gates of a site, by a plan. `tell` hears what can be seen of them."""

    def __init__(
        self,
        scheduler: Scheduler,
        site: Site,
        fronts: Iterable[GateFront],
        tell: Callable[[Observation], None],
    ) -> None:
        self._scheduler = scheduler
        self._site = site
        self._forecourts = {
            front.device: Forecourt(scheduler, front, site.faces, tell, self._went) for front in fronts
        }
        self._inside: dict[str, bool] = {}
        self._busy: set[str] = set()

    def expect(self, visits: Iterable[Visit]) -> None:
        """Have each visit begin at its time. It is known by its place in the plan."""
        for number, visit in enumerate(visits):
            self._scheduler.at(visit.at, partial(self._come, number, visit))

    def heard(self, device: str, happened: Heard) -> None:
        """Hear what a gate says; this is its listener."""
        forecourt = self._forecourts[device]
        match happened:
            case AccessEvent(decision=decision):
                forecourt.told(decision)
            case LaneReport(said=Prompt(reason=reason)):
                forecourt.prompted(reason)

    def inside(self) -> frozenset[str]:
        """Those who are known to be inside."""
        return frozenset(person for person, inside in self._inside.items() if inside)

    # --- inside --------------------------------------------------------------------------------

    def _come(self, number: int, visit: Visit) -> None:
        visitor = self._visitor(number, visit)
        there = self._inside.get(visitor.person) is not visitor.inward
        if there and visitor.person not in self._busy and visit.device in self._forecourts:
            self._busy.add(visitor.person)
            self._inside[visitor.person] = not visitor.inward
            self._forecourts[visit.device].come(visitor)

    def _went(self, visitor: Visitor, through: bool) -> None:
        self._busy.discard(visitor.person)
        if through:
            self._inside[visitor.person] = visitor.inward

    def _visitor(self, number: int, visit: Visit) -> Visitor:
        random = Random(visit.seed)
        person, shown = _who(self._site, visit), _shown(self._site, visit, random)
        face = "" if visit.how in _HIDE_THEIR_FACE else person
        resident = visit.how is How.FACE and person in self._site.people
        pocket = self._site.passes.own(person) if resident else None
        return Visitor(number, visit, person, face, shown, pocket, self._goes_in(person, visit), random)

    def _goes_in(self, person: str, visit: Visit) -> bool:
        if visit.how is How.EXIT_BUTTON:
            return False
        entry = visit.device not in self._site.town.exits
        if visit.how is How.TAILGATE:
            return not self._inside.get(person, not entry)
        return entry


def _who(site: Site, visit: Visit) -> str:
    """Who comes: a stranger is nobody who lives there, whatever the plan calls them."""
    unknown = visit.how is How.STRANGER and visit.person in site.people
    return f"stranger {visit.seed}" if unknown else visit.person


def _shown(site: Site, visit: Visit, random: Random) -> ShownPass | None:
    """The pass that they hold up. Where no camera looks, they have one with them."""
    how, person, passes = visit.how, visit.person, site.passes
    if visit.device in site.town.scanners:
        how = _WITHOUT_A_CAMERA.get(how, how)
    shown: Mapping[How, Callable[[], ShownPass]] = {
        How.PASS: lambda: passes.own(person),
        How.FACE_AND_PASS: lambda: passes.own(person),
        How.ONE_TIME_PASS: lambda: passes.one_time(person.partition(FRIEND)[0]),
        How.OTHERS_PASS: lambda: passes.own(random.choice([one for one in site.people if one != person])),
        How.FORGED_PASS: lambda: passes.forged(person),
        How.NUMBER: lambda: passes.typed(person),
    }
    return shown[how]() if how in shown else None


_WITHOUT_A_CAMERA = {How.FACE: How.PASS, How.STRANGER: How.FORGED_PASS}
