"""The rules of alarms: which hold where, what each would have raised, and their change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Form, Query, Request
from starlette.responses import Response

from edge.web.texts import N_
from edge.web.visit import NotFound
from sync.central.accounts.core import Act
from sync.central.alarms.caring import LONGEST_WHY
from sync.central.alarms.core import (
    EVERY_DAY,
    KINDS,
    SHIPPED,
    UNIT_WORDS,
    AlarmKind,
    AlarmRule,
    Parameter,
    RuleHours,
    Severity,
    in_unit,
    parameters_of,
    read,
    said_time,
)
from sync.central.alarms.editing import may_set_at, remove_rule, rules_in, set_rule
from sync.central.alarms.trying import DAYS, would_raise
from sync.central.newer import is_known
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import names_in_sight, place_tree
from sync.central.web.routes import Pages
from sync.central.web.visit import Visit, VisitOf

PAGES = Pages()
DAY_WORDS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MOST_FIELDS = 64


@PAGES.get("/alarms/rules", act=Act.SET_LIMITS)
def rules(visit: VisitOf) -> Response:
    with visit.store.reading() as connection:
        held = rules_in(connection, visit.sight)
        names = names_in_sight(place_tree(connection, visit.sight))
        shown = [
            (rule, would_raise(connection, rule, visit.now, visit.sight))
            for rule in (*held, *SHIPPED.values())
        ]
    order = {kind: place for place, kind in enumerate(KINDS)}
    shown.sort(key=lambda each: (order.get(each[0].kind, len(order)), each[0].number is None))
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
    if not is_known(AlarmKind, kind):
        raise NotFound
    rule = _held(visit, number) if number is not None else SHIPPED[AlarmKind(kind)]
    if rule is None:
        raise NotFound
    return _form(visit, FilledRule(rule))


async def said_of(request: Request) -> Mapping[str, str]:
    """What a form says, by the names of its fields."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    return {name: value for name, value in form.items() if isinstance(value, str)}


@PAGES.post("/alarms/rules", act=Act.SET_LIMITS)
def save(
    visit: VisitOf,
    said: Annotated[Mapping[str, str], Depends(said_of)],
    kind: Annotated[str, Form(max_length=32)],
    severity: Annotated[int, Form(ge=1, le=3)],
    day: Annotated[list[str] | None, Form()] = None,
    place: Annotated[str, Form(max_length=18)] = "",
    number: Annotated[str, Form(max_length=18)] = "",
    raises: Annotated[str, Form(max_length=4)] = "",
    why: Annotated[str, Form(max_length=10_000)] = "",
    act: Annotated[str, Form(max_length=8)] = "save",
) -> Response:
    """Save a rule; or, with `act` try, say what it would have raised, and change nothing. What cannot be is
    said at its field, and nothing that was typed is lost.
    """
    if not is_known(AlarmKind, kind):
        raise NotFound
    of = AlarmKind(kind)
    before = _held(visit, int(number)) if number.isdecimal() else None
    settings = read(of, said, (before or SHIPPED[of]).settings)
    wrong = {name: visit.spoken(each) for name, each in settings.wrong.items()}
    begins, ends = (_minute(visit, said.get(name, "00:00"), name, wrong) for name in ("begins", "ends"))
    if not day or set(day) - set(EVERY_DAY):
        wrong["day"] = visit.gettext("choose one day at least")
    rule = AlarmRule(
        of,
        Severity(severity),
        settings.settings,
        int(place) if place.isdecimal() else None,
        RuleHours("".join(sorted(set(day or ()) & set(EVERY_DAY))), begins, ends),
        raises=bool(raises),
        number=int(number) if number.isdecimal() else None,
    )
    if act == "save":
        _look_before(visit, rule, why.strip(), wrong)
    if wrong:
        return _form(visit, FilledRule(rule, said, wrong))
    if act == "try":
        with visit.store.reading() as connection:
            tried = would_raise(connection, rule, visit.now, visit.sight)
        return _form(visit, FilledRule(rule, said, tried=tried))
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


@dataclass(frozen=True)
class FilledRule:
    """A form: the rule, what was typed where it was sent, what is wrong by field, and how many alarms it
    would have raised (None: nobody asked).
    """

    rule: AlarmRule
    said: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    tried: int | None = None


@dataclass(frozen=True)
class ParameterField:
    """A parameter of the rule with what stands in its field: a text, or whether it is so; for a time its
    unit.
    """

    of: Parameter
    value: str
    unit: str = ""

    @property
    def id(self) -> str:
        return self.of.name.replace("_", "-")


def _held(visit: Visit, number: int) -> AlarmRule | None:
    with visit.store.reading() as connection:
        return next((rule for rule in rules_in(connection, visit.sight) if rule.number == number), None)


def _fields(filled: FilledRule) -> list[ParameterField]:
    """The parameters of the rule's kind, as they were typed, else as they are."""
    return [
        ParameterField(each, filled.said.get(each.name, ""), filled.said.get(f"{each.name}_unit", ""))
        if filled.said
        else _field(each, getattr(filled.rule.settings, each.name))
        for each in parameters_of(filled.rule.kind)
    ]


def _field(of: Parameter, value: Any) -> ParameterField:
    match of.sort:
        case "time":
            number, unit = in_unit(value)
            return ParameterField(of, str(number), unit)
        case "flag":
            return ParameterField(of, "yes" if value else "")
        case "texts":
            return ParameterField(of, ", ".join(value))
    return ParameterField(of, str(value))


def _form(visit: Visit, filled: FilledRule) -> Response:
    with visit.store.reading() as connection:
        places = place_tree(connection, visit.sight)
    rule = filled.rule
    return visit.page(
        "alarms/rule.html",
        title=visit.gettext("Rule of alarms"),
        crumbs=[
            (visit.gettext("Alarms"), "/alarms"),
            (visit.gettext("Rules of alarms"), "/alarms/rules"),
            (visit.gettext(KINDS[rule.kind].words), None),
        ],
        status=422 if filled.wrong else 200,
        filled=filled,
        rule=rule,
        words=KINDS[rule.kind].words,
        places=places,
        fields=_fields(filled),
        units=UNIT_WORDS,
        time=lambda seconds: visit.spoken(said_time(seconds)),
        sees_everything=visit.sight == EVERYWHERE,
        tried=filled.tried,
        days=DAYS,
        day_words=DAY_WORDS,
        clock=clock,
    )


def _look_before(visit: Visit, rule: AlarmRule, why: str, wrong: dict[str, str]) -> None:
    """Note at its field what of the rest of a form cannot be saved."""
    if not why:
        wrong["why"] = visit.gettext("say why: it is noted with your name")
    elif len(why) > LONGEST_WHY:
        values = {"got": len(why), "most": LONGEST_WHY}
        wrong["why"] = visit.gettext("the reason has %(got)s characters, at most %(most)s", **values)
    with visit.store.reading() as connection:
        if not may_set_at(connection, visit.actor, rule.place):
            wrong["place"] = visit.gettext("no rule can be set for that place: choose one of these")


def _minute(visit: Visit, text: str, name: str, wrong: dict[str, str]) -> int:
    """The minute of the day that a form's time says; else what is `wrong` with it."""
    hour, _, minute = text.partition(":")
    if hour.isdecimal() and minute.isdecimal() and int(hour[:3]) < 24 and int(minute[:3]) < 60:
        return int(hour[:3]) * 60 + int(minute[:3])
    wrong[name] = visit.gettext("a time of day is expected here, such as 08:30")
    return 0
