"""Which gate runs which version, and roll-outs: planned, begun, looked at, stopped, gone on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query
from sqlalchemy import Connection
from starlette.responses import Response

from edge.support.phrases import phrase
from edge.web.streams import StreamItem
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.rollouts.core import MOST_MINUTES, GateProgress, Rules, failed_at_stop
from sync.central.rollouts.rollouts import begin, gates_within, resume, staged
from sync.central.rollouts.seen import (
    GateOfRollout,
    RolloutInSight,
    gates_in,
    gates_with,
    rollout_in,
    rollouts_in,
    versions_in,
)
from sync.central.store import StoreError
from sync.central.units import MINUTE
from sync.central.web.rolling_out import rules_in, see_whole, seen_by, stop_seen
from sync.central.web.routes import Pages
from sync.central.web.streams import stream
from sync.central.web.visit import Crumb, Visit, VisitOf

PAGES = Pages()
HERE = "/rollouts"
Version = Annotated[str, Query(max_length=100)]
Short = Annotated[str, Query(max_length=200)]
_USUAL = Rules()
_SHARES = "5 25 100"
_SOAK = _USUAL.soak // MINUTE
_DIGITS = 18


@dataclass(frozen=True)
class RolloutCourse:
    """A roll-out as its page shows it: its gates in sight, how many are how far, whether the visitor `may`
    stop it and go on with it.
    """

    seen: RolloutInSight
    gates: tuple[GateOfRollout, ...]
    counts: tuple[tuple[GateProgress, int], ...]
    failed_share: int
    may: bool

    @property
    def failed(self) -> tuple[int, int] | None:
        """How many of how many had failed, where it was stopped for that."""
        return failed_at_stop(self.seen.rollout.stopped)

    def of_stage(self, stage: int) -> int:
        """How many gates in sight are in a stage."""
        return sum(each.now.stage == stage for each in self.gates)

    def done_in(self, stage: int) -> int:
        """How many of them have the version."""
        return sum(each.now.stage == stage and each.now.how == "installed" for each in self.gates)


@PAGES.get(HERE, act=Act.SEE)
def listed(
    visit: VisitOf, version: Version = "", which: Annotated[str, Query(max_length=8)] = ""
) -> Response:
    """The versions of the gates in sight, the roll-outs, and the form of a new one."""
    with visit.store.reading() as connection:
        found = rollouts_in(connection, visit.sight)
        versions = versions_in(connection, visit.sight)
        gates = gates_with(connection, visit.sight, version) if version or which else []
        places = names_in_sight(place_tree(connection, visit.sight))
        offered = _offered(connection, visit)
    return visit.page(
        "rollouts/list.html",
        title=visit.gettext("Software of the gates"),
        found=found,
        versions=versions,
        whole=sum(each.gates for each in versions),
        chosen=version if version or which else None,
        gates=gates,
        names=visit.site_names(each.site for each in gates),
        places=places,
        offered=offered,
        may=visit.actor.may(Act.COMMAND),
        everywhere=visit.actor.sight(Act.COMMAND).everywhere,
        shares=_SHARES,
        most_failed=_USUAL.most_failed,
        soak=_SOAK,
        most_minutes=MOST_MINUTES,
    )


@PAGES.get(f"{HERE}/plan", act=Act.COMMAND)
def plan(
    visit: VisitOf,
    version: Version = "",
    place: Short = "",
    shares: Short = _SHARES,
    most_failed: int = _USUAL.most_failed,
    soak: int = _SOAK,
) -> Response:
    """What a roll-out would do, in figures; nothing is begun."""
    if not version:
        return visit.go(HERE)
    rules = _rules(version, shares, most_failed, soak)
    with visit.store.reading() as connection:
        where = _place(connection, visit, place)
        found = gates_within(connection, visit.actor, where)
        stages = Counter(stage for _, stage in staged(found, rules))
        wanted = EVERYWHERE if where is None else Sight(frozenset({where}))
        running = versions_in(connection, wanted)
        places = names_in_sight(place_tree(connection, visit.sight))
    return visit.page(
        "rollouts/plan.html",
        title=visit.gettext("Roll out %(version)s", version=version),
        crumbs=_way(visit, visit.gettext("Plan")),
        version=version,
        place=place,
        where="" if where is None else places.get(where, ""),
        shares=shares,
        rules=rules,
        soak=soak,
        stages=[stages[number] for number in range(len(rules.shares))],
        gates=len(found),
        sites=len({site for site, _ in found}),
        running=running,
        sends_commands=visit.services.sends_commands,
    )


@PAGES.post(HERE, act=Act.COMMAND)
def begun(
    visit: VisitOf,
    version: Annotated[str, Form(max_length=100)],
    place: Annotated[str, Form(max_length=_DIGITS)] = "",
    shares: Annotated[str, Form(max_length=200)] = _SHARES,
    most_failed: Annotated[int, Form()] = _USUAL.most_failed,
    soak: Annotated[int, Form()] = _SOAK,
    why: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    rules = _rules(version, shares, most_failed, soak)
    with visit.act() as connection:
        where = _place(connection, visit, place)
        number = begin(connection, visit.actor, version, where, rules, why.strip(), visit.now)
    visit.services.pulse.notify()
    return visit.go(f"{HERE}/{number}")


@PAGES.get(f"{HERE}/{{number}}", act=Act.SEE)
def one(visit: VisitOf, number: int) -> Response:
    """One roll-out: its stages, its gates, those that failed first."""
    with visit.store.reading() as connection:
        course = _course(connection, visit, number, visit.now)
        places = names_in_sight(place_tree(connection, visit.sight))
    held = course.seen.rollout
    return visit.page(
        "rollouts/one.html",
        title=visit.gettext("Roll-out of %(version)s", version=held.version),
        crumbs=_way(visit, str(number)),
        course=course,
        where=visit.gettext("everywhere") if held.place is None else places.get(held.place, "…"),
        names=visit.site_names(each.now.site for each in course.gates),
        sends_commands=visit.services.sends_commands,
    )


@PAGES.get(f"{HERE}/{{number}}/stream", act=Act.SEE)
def progress(visit: VisitOf, number: int) -> Response:
    """How far it is, each time that changes."""
    told: object = None
    with visit.store.reading() as connection:
        _course(connection, visit, number, visit.now)

    def after(visit: Visit, connection: Connection, key: int, _: int) -> Sequence[StreamItem]:
        nonlocal told
        now = visit.services.wall()
        if rollout_in(connection, visit.sight, number) is None:
            return ()
        course = _course(connection, visit, number, now)
        shown = (course.seen, course.counts, [(each.now.progress(now), each.why) for each in course.gates])
        if shown == told:
            return ()
        told = shown
        names = visit.site_names(each.now.site for each in course.gates)
        return [StreamItem(key + 1, visit.text_of("rollouts/parts.html", "course", course, names), "figures")]

    return stream(visit, lambda _: 0, after)


@PAGES.post(f"{HERE}/{{number}}/stop", act=Act.COMMAND)
def stopped(visit: VisitOf, number: int, why: Annotated[str, Form(max_length=300)] = "") -> Response:
    """Ask no more gates."""
    with visit.act() as connection:
        because = why.strip() or "stopped by hand"
        stop_seen(connection, visit.actor, visit.sight, number, because, visit.now)
    visit.services.pulse.notify()
    return visit.go(f"{HERE}/{number}")


@PAGES.post(f"{HERE}/{{number}}/resume", act=Act.COMMAND)
def resumed(
    visit: VisitOf,
    number: int,
    most_failed: Annotated[int, Form(ge=0, le=100)],
    why: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    with visit.act() as connection:
        see_whole(connection, visit.sight, number)
        resume(connection, visit.actor, number, most_failed, why.strip(), visit.now)
    visit.services.pulse.notify()
    return visit.go(f"{HERE}/{number}")


# --- inside --------------------------------------------------------------------------------


def _rules(version: str, shares: str, most_failed: int, soak: int) -> Rules:
    parts = shares.replace(",", " ").replace("%", " ").split()
    if not all(part.isdecimal() and len(part) < 4 for part in parts):
        raise StoreError(
            phrase("shares are percent, with spaces between"),
            where=phrase("shares"),
            remedy=phrase("5 25 100"),
        )
    return rules_in(version, [int(part) for part in parts], most_failed, soak)


def _place(connection: Connection, visit: Visit, place: str) -> int | None:
    if not place:
        return None
    if not place.isdecimal() or not visit.sight.has_place(connection, int(place[:_DIGITS])):
        raise NotFound
    return int(place)


def _offered(connection: Connection, visit: Visit) -> list[tuple[int, str]]:
    """The places whose gates the visitor may command."""
    names = names_in_sight(place_tree(connection, visit.actor.sight(Act.COMMAND)))
    return [*names.items()]


def _course(connection: Connection, visit: Visit, number: int, now: int) -> RolloutCourse:
    seen = seen_by(connection, visit.sight, number)
    gates = gates_in(connection, visit.sight, number, now)
    counts = Counter(each.now.progress(now) for each in gates)
    asked = sum(each.now.asked is not None or bool(each.now.how) for each in gates)
    bad = sum(times for progress, times in counts.items() if progress.is_bad)
    order = {progress: place for place, progress in enumerate(GateProgress)}
    gates.sort(key=lambda each: (not each.now.progress(now).is_bad, each.now.stage, each.now.site))
    shown = tuple(sorted(counts.items(), key=lambda item: order.get(item[0], len(order))))
    return RolloutCourse(
        seen, tuple(gates), shown, -(-100 * bad // asked) if asked else 0, _may(connection, visit, number)
    )


def _may(connection: Connection, visit: Visit, number: int) -> bool:
    mine = rollout_in(connection, visit.actor.sight(Act.COMMAND), number)
    return mine is not None and mine.is_whole


def _way(visit: Visit, here: str) -> list[Crumb]:
    return [(visit.gettext("Software of the gates"), HERE), (here, None)]
