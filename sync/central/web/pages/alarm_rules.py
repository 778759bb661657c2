"""The rules of alarms: which hold where, what each would have raised, and their change."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Form, Query
from starlette.responses import Response

from edge.support.toml_words import in_words
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.alarms.core import (
    EVERY_DAY,
    KINDS,
    SHIPPED,
    AlarmKind,
    AlarmRule,
    RuleHours,
    Settings,
    Severity,
)
from sync.central.alarms.editing import remove_rule, rules_in, set_rule
from sync.central.alarms.trying import DAYS, would_raise
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.store import StoreError
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
Text = Annotated[str, Form(max_length=2000)]
_FIGURES = ("after", "threshold", "within", "escalate_after", "snooze_most", "most_open")
_LISTS = ("addresses", "groups", "sites")


@PAGES.get("/alarms/rules", act=Act.SET_LIMITS)
def rules(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        held = rules_in(connection, visit.sight)
        names = names_in_sight(place_tree(connection, visit.sight))
        shown = [
            (rule, would_raise(connection, rule, visit.now, visit.sight))
            for rule in (*held, *SHIPPED.values())
        ]
    order = [*KINDS]
    shown.sort(key=lambda each: (order.index(each[0].kind), each[0].number is None))
    return visit.page(
        "alarms/rules.html",
        title=visit.gettext("Rules of alarms"),
        crumbs=[(visit.gettext("Alarms"), "/alarms"), (visit.gettext("Rules of alarms"), None)],
        shown=shown,
        names=names,
        kinds=KINDS,
        days=DAYS,
        sees_everything=visit.sight == EVERYWHERE,
        clock=clock,
    )


@PAGES.get("/alarms/rules/edit", act=Act.SET_LIMITS)
def edit(
    visit: VisitOf,
    kind: Annotated[str, Query(max_length=32)] = AlarmKind.BARRIER_FORCED.value,
    number: Annotated[int | None, Query(ge=1, lt=1 << 62)] = None,
) -> Response:
    """The form of one rule: of one that there is, or a new one of a kind."""
    if kind not in {*AlarmKind}:
        raise NotFound
    with visit.store.reading() as connection:
        held = [rule for rule in rules_in(connection, visit.sight) if rule.number == number]
    if number is not None and not held:
        raise NotFound
    return _form(visit, held[0] if number is not None else SHIPPED[AlarmKind(kind)])


@PAGES.post("/alarms/rules", act=Act.SET_LIMITS)
def save(
    visit: VisitOf,
    kind: Annotated[str, Form(max_length=32)],
    severity: Annotated[int, Form(ge=1, le=3)],
    place: Annotated[str, Form(max_length=18)] = "",
    number: Annotated[str, Form(max_length=18)] = "",
    days: Annotated[str, Form(max_length=7)] = EVERY_DAY,
    begins: Annotated[str, Form(max_length=5)] = "00:00",
    ends: Annotated[str, Form(max_length=5)] = "00:00",
    raises: Annotated[str, Form(max_length=4)] = "",
    dispatch: Annotated[str, Form(max_length=4)] = "",
    figures: Text = "",
    lists: Text = "",
    why: Annotated[str, Form(max_length=600)] = "",
    act: Annotated[str, Form(max_length=8)] = "save",
) -> Response:
    """Save a rule; or, with `act` try, say what it would have raised, and change nothing."""
    if kind not in {*AlarmKind}:
        raise NotFound
    rule = AlarmRule(
        AlarmKind(kind),
        Severity(severity),
        _settings(figures, lists, dispatch=bool(dispatch)),
        int(place) if place.isdecimal() else None,
        RuleHours(days, _minute(begins), _minute(ends)),
        raises=bool(raises),
        number=int(number) if number.isdecimal() else None,
    )
    if problem := rule.schedule.problem():
        raise StoreError(problem, remedy="nothing was changed")
    if act == "try":
        with visit.store.reading() as connection:
            return _form(visit, rule, would_raise(connection, rule, visit.now, visit.sight))
    with visit.act() as connection:
        set_rule(connection, visit.actor, rule, why, visit.now)
    return visit.go("/alarms/rules")


@PAGES.post("/alarms/rules/{number}/remove", act=Act.SET_LIMITS)
def remove(visit: VisitOf, number: int, why: Annotated[str, Form(max_length=600)] = "") -> Response:
    with visit.act() as connection:
        if number not in {rule.number for rule in rules_in(connection, visit.sight)}:
            raise NotFound
        remove_rule(connection, visit.actor, number, why, visit.now)
    return visit.go("/alarms/rules")


# --- inside --------------------------------------------------------------------------------


def clock(minute: int) -> str:
    """A minute of the day as people write it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _form(visit: Visit, rule: AlarmRule, tried: int | None = None) -> Response:
    with visit.store.reading() as connection:
        places = place_tree(connection, visit.sight)
    held = msgspec.structs.asdict(rule.settings)
    return visit.page(
        "alarms/rule.html",
        title=visit.gettext("Rule of alarms"),
        crumbs=[
            (visit.gettext("Alarms"), "/alarms"),
            (visit.gettext("Rules of alarms"), "/alarms/rules"),
            (visit.gettext(KINDS[rule.kind].words), None),
        ],
        rule=rule,
        words=KINDS[rule.kind].words,
        places=places,
        figures="\n".join(f"{name} = {held[name]}" for name in _FIGURES),
        lists="\n".join(f"{name} = {', '.join(held[name])}" for name in _LISTS),
        sees_everything=visit.sight == EVERYWHERE,
        tried=tried,
        days=DAYS,
        clock=clock,
    )


def _settings(figures: str, lists: str, *, dispatch: bool) -> Settings:
    """The figures that a form brings, a line each: name = value. Raises StoreError."""
    told: dict[str, object] = {"dispatch": dispatch}
    for line in filter(str.strip, [*figures.splitlines(), *lists.splitlines()]):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or name not in {*_FIGURES, *_LISTS}:
            raise StoreError(
                f"the line {line[:60]!r} is not understood",
                where="settings",
                remedy=f"a line is: name = value, of {', '.join((*_FIGURES, *_LISTS))}",
            )
        if name in _LISTS:
            told[name] = [each.strip() for each in value.split(",") if each.strip()]
        elif value.isdecimal() and len(value) < 10:
            told[name] = int(value)
        else:
            raise StoreError(f"{name} is {value[:30]!r}, expected a number", where="settings")
    try:
        return msgspec.convert(told, Settings)
    except msgspec.ValidationError as error:
        raise StoreError(in_words(error, Settings), where="settings", remedy="nothing was changed") from None


def _minute(text: str) -> int:
    """The minute of the day that a form's time says. Raises StoreError."""
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise StoreError(f"{text[:10]!r} is no time of day, expected as 08:30", remedy="nothing was changed")
    return int(hour) * 60 + int(minute)
