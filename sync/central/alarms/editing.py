"""Changes rules of alarms: within somebody's sight, by name, with a reason, in the audit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict

from edge.support.phrases import Said, phrase
from edge.support.toml_words import in_words
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.alarms.caring import LONGEST_WHY
from sync.central.alarms.core import AlarmKind, AlarmRule, Settings, Severity
from sync.central.alarms.rules import newer_settings, rule_of
from sync.central.alarms.tables import alarm_rule
from sync.central.audit.audit import About, note
from sync.central.newer import is_known
from sync.central.newer_needed import OfNewerVersion
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import StoreError

MOST_RULES = 500


def rules_in(connection: sa.Connection, sight: Sight) -> list[AlarmRule]:
    """The rules that hold somewhere in sight: those of places there, and those of everywhere."""
    those = sight.of_place(alarm_rule.c.place) | alarm_rule.c.place.is_(None)
    query = sa.select(alarm_rule).where(those).order_by(alarm_rule.c.kind, alarm_rule.c.number)
    return [rule_of(row) for row in connection.execute(query)]


def set_rule(connection: sa.Connection, actor: Actor, rule: AlarmRule, why: str, now: int) -> int:
    """Make a rule, or change the one with its number; returns the number. Raises StoreError, OfNewerVersion
    where it would say something else instead of what only a newer version understands.
    """
    _check_place(connection, actor, rule.place)
    reason = _reason(why)
    if problem := rule.schedule.problem() or problem_of(rule.settings):
        raise StoreError(
            problem,
            where=phrase("rule of %(kind)s", kind=rule.kind),
            remedy=phrase("nothing was changed"),
        )
    values: dict[str, Any] = {
        "kind": rule.kind.value,
        "place": rule.place,
        "days": rule.schedule.days,
        "begins": rule.schedule.begins,
        "ends": rule.schedule.ends,
        "severity": rule.severity.value,
        "raises": rule.raises,
        "settings": msgspec.to_builtins(rule.settings),
        "changed_at": now,
        "changed_by": actor.name,
    }
    if rule.number is None:
        count = connection.execute(sa.select(sa.func.count()).select_from(alarm_rule)).scalar_one()
        if count >= MOST_RULES:
            raise StoreError(
                phrase("there are %(count)s rules already", count=count), remedy=phrase("remove some first")
            )
        made = connection.execute(sa.insert(alarm_rule).values(values))
        [number] = made.inserted_primary_key or [0]
    else:
        number, row = rule.number, _row(connection, actor, rule.number)
        newer = newer_settings(row.settings)
        if _is_overwritten(rule_of(row), rule, newer):
            raise OfNewerVersion(phrase("rule %(number)s", number=number))
        values["settings"] |= newer
        connection.execute(sa.update(alarm_rule).where(alarm_rule.c.number == number).values(values))
    detail = {
        "kind": rule.kind.value,
        "severity": rule.severity.value,
        "raises": rule.raises,
        "days": rule.schedule.days,
        "settings": values["settings"],
    }
    about = About("alarm_rule", str(number), place=rule.place)
    note(connection, actor, "set_alarm_rule", about, now, why=reason, detail=detail)
    return int(number)


def remove_rule(connection: sa.Connection, actor: Actor, number: int, why: str, now: int) -> None:
    """Remove a rule: the one of the place above holds then. Raises StoreError."""
    reason, held = _reason(why), rule_of(_row(connection, actor, number))
    connection.execute(sa.delete(alarm_rule).where(alarm_rule.c.number == number))
    about, detail = About("alarm_rule", str(number), place=held.place), {"kind": held.kind.value}
    note(connection, actor, "remove_alarm_rule", about, now, why=reason, detail=detail)


def may_set_at(connection: sa.Connection, actor: Actor, place: int | None) -> bool:
    """Whether somebody may set a rule of a place. One of everywhere is for those who may set limits
    everywhere.
    """
    sight = actor.sight(Act.SET_LIMITS)
    return sight == EVERYWHERE if place is None else sight.has_place(connection, place)


def problem_of(settings: Settings) -> Said:
    """What is wrong with the figures of a rule; empty: nothing."""
    try:
        msgspec.convert(msgspec.to_builtins(settings), Settings)
    except msgspec.ValidationError as error:
        return in_words(error, Settings)
    return ""


# --- inside --------------------------------------------------------------------------------


def _row(connection: sa.Connection, actor: Actor, number: int) -> sa.Row[Any]:
    """The row of a rule that somebody may change. Raises StoreError."""
    row = None
    if not abs(number) >> 62:
        row = connection.execute(sa.select(alarm_rule).where(alarm_rule.c.number == number)).one_or_none()
    if row is None:
        raise StoreError(
            phrase("there is no rule %(number)s", number=number),
            remedy=phrase("gatepost central alarm rule list"),
        )
    _check_place(connection, actor, row.place)
    return row


def _is_overwritten(held: AlarmRule, rule: AlarmRule, newer: Collection[str]) -> bool:
    """Whether a rule says something else where only a newer version understands what is held: its kind, how
    grave it is, or a setting in `newer`.
    """
    before, asked = asdict(held.settings), asdict(rule.settings)
    is_other = not is_known(AlarmKind, held.kind) and rule.kind != held.kind
    is_regraded = held.severity not in {*Severity} and rule.severity != held.severity
    return is_other or is_regraded or any(before[name] != asked[name] for name in before.keys() & {*newer})


def _check_place(connection: sa.Connection, actor: Actor, place: int | None) -> None:
    """Raises StoreError."""
    if not may_set_at(connection, actor, place):
        raise StoreError(
            phrase("no rule can be set for that place"), remedy=phrase("name a place in your own sight")
        )


def _reason(why: str) -> str:
    reason = why.strip().replace("\0", "")
    if not reason or len(reason) > LONGEST_WHY:
        raise StoreError(
            phrase(
                "the reason has %(count)s characters, expected 1 to %(longest)s",
                count=len(reason),
                longest=LONGEST_WHY,
            ),
            remedy=phrase("say why"),
        )
    return reason
