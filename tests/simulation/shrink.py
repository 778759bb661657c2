"""A smaller plan that fails in the same way: without what does not matter for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeVar

import msgspec

from tests.simulation.draw import ingesters_of
from tests.simulation.faults import HOUR, MINUTE
from tests.simulation.plan import Plan, Town, people_of

MOST_PLAYS = 120

_T = TypeVar("_T")


class _OutOfPlays(Exception):
    pass


def shrunk(plan: Plan, fails: Callable[[Plan], bool], most_plays: int = MOST_PLAYS) -> Plan:
    """The smallest plan found within so many plays for which `fails` still holds, as it does for `plan`:
    fewer hours and a smaller town first, which makes every further play cheaper, then fewer faults, acts and
    visits; and again, while anything changes.
    """
    search = _Search(plan, fails, most_plays)
    try:
        while search.pass_over():
            pass
    except _OutOfPlays:
        pass
    return search.best


class _Search:
    def __init__(self, plan: Plan, fails: Callable[[Plan], bool], plays: int) -> None:
        self.best = plan
        self._fails = fails
        self._plays = plays

    def pass_over(self) -> bool:
        """Try everything once; whether anything became smaller."""
        before = self.best
        self._first_that_fails(_shorter)
        self._first_that_fails(_smaller_towns)
        for field in ("faults", "acts", "visits"):
            self._fewer(field)
        return self.best != before

    def _try(self, plan: Plan) -> bool:
        if self._plays == 0:
            raise _OutOfPlays
        self._plays -= 1
        if failed := self._fails(plan):
            self.best = plan
        return failed

    def _first_that_fails(self, smaller: Callable[[Plan], Iterator[Plan]]) -> None:
        """Go on from the first smaller plan that fails, until none does."""
        while any(self._try(plan) for plan in smaller(self.best)):
            pass

    def _fewer(self, field: str) -> None:
        """Take away halves, quarters, … single ones (ddmin by Zeller and Hildebrandt, complements only)."""
        parts = 1
        while items := getattr(self.best, field):
            without = (
                msgspec.structs.replace(self.best, **{field: rest}) for rest in _leave_out(items, parts)
            )
            if any(self._try(plan) for plan in without):
                parts = max(parts - 1, 1)
            elif parts >= len(items):
                return
            else:
                parts = min(parts * 2, len(items))


def _leave_out(items: tuple[_T, ...], parts: int) -> Iterator[tuple[_T, ...]]:
    """`items` without each of so many parts in turn."""
    cuts = [round(len(items) * part / parts) for part in range(parts + 1)]
    for begin, end in pairwise(cuts):
        yield items[:begin] + items[end:]


def _shorter(plan: Plan) -> Iterator[Plan]:
    """The plan with its calm earlier, and as long; what then comes too late is gone."""
    for share in (0.25, 0.5, 0.75, 0.9):
        calm_from = plan.calm_from * share
        if plan.calm_from - calm_from >= 10 * MINUTE:
            yield _calm_from(plan, calm_from)


def _calm_from(plan: Plan, calm_from: float) -> Plan:
    end = calm_from + plan.hours * HOUR - plan.calm_from
    return msgspec.structs.replace(
        plan,
        hours=end / HOUR,
        calm_from=calm_from,
        faults=tuple(event for event in plan.faults if event.at + event.seconds <= calm_from),
        acts=tuple(act for act in plan.acts if act.at < calm_from),
        visits=tuple(visit for visit in plan.visits if visit.at < end),
    )


def _smaller_towns(plan: Plan) -> Iterator[Plan]:
    """The plan with one gate less, one ingester less, half the people, without what happens to them."""
    town = plan.town
    for gate in town.gates if len(town.gates) > 1 else ():
        yield _in_town(
            plan,
            msgspec.structs.replace(
                town,
                gates=tuple(name for name in town.gates if name != gate),
                exits=tuple(name for name in town.exits if name != gate),
            ),
        )
    if town.ingesters > 1:
        yield _in_town(plan, msgspec.structs.replace(town, ingesters=town.ingesters - 1))
    if town.people > 1:
        yield _in_town(plan, msgspec.structs.replace(town, people=town.people // 2))


def _in_town(plan: Plan, town: Town) -> Plan:
    """The plan in a smaller town: what happens to those who are no longer there does not happen."""
    gone = (
        (set(plan.town.gates) - set(town.gates))
        | (set(ingesters_of(plan.town)) - set(ingesters_of(town)))
        | (set(people_of(plan.town)) - set(people_of(town)))
    )
    return msgspec.structs.replace(
        plan,
        town=town,
        faults=tuple(event for event in plan.faults if event.target not in gone),
        acts=tuple(act for act in plan.acts if not {act.target, act.value} & gone),
        visits=tuple(visit for visit in plan.visits if not {visit.device, visit.person} & gone),
    )
