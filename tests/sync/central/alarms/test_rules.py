"""Rules as they are stored: each reads as it was set, also beside what only a newer version knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec import inspect, structs

from sync.central.accounts.actor import command_line_actor
from sync.central.alarms.core.kinds import AlarmKind, Severity
from sync.central.alarms.core.rules import SHIPPED, AlarmRule, Settings
from sync.central.alarms.editing import set_rule
from sync.central.alarms.rules import RulesInForce, stored_rules
from sync.central.alarms.tables import alarm_rule
from sync.central.newer_needed import OfNewerVersion
from sync.central.store import Store
from tests.sync.wire.examples import AT

DARK, FORCED = AlarmKind.GATE_DARK, AlarmKind.BARRIER_FORCED
SITE = "green-court"
HE = command_line_actor("he")


def stored(store: Store, kind: str, settings: Mapping[str, object], severity: int = 2) -> None:
    with store.writing() as connection:
        values = {"kind": kind, "days": "1234567", "begins": 0, "ends": 0, "severity": severity}
        more = {"raises": True, "settings": settings, "changed_at": AT, "changed_by": "he"}
        connection.execute(sa.insert(alarm_rule).values(values | more))


def row(connection: sa.Connection) -> tuple[object, ...]:
    """The kind, the severity and the settings of the one rule, as they are stored."""
    columns = alarm_rule.c.kind, alarm_rule.c.severity, alarm_rule.c.settings
    return tuple(connection.execute(sa.select(*columns)).one())


def others(name: str, *but: object) -> Iterator[Any]:
    """Values that a setting may have, none of these."""
    kinds = {each.name: each.type for each in inspect.type_info(Settings).fields}  # type: ignore[attr-defined]
    of: Any = kinds[name]
    of = of.type if isinstance(of, inspect.Metadata) else of
    match of:
        case inspect.BoolType():
            every: tuple[Any, ...] = (False, True)
        case inspect.IntType():
            every = ((of.ge or 0) + 1, (of.ge or 0) + 2, of.le)
        case _:
            every = (("3/2",),)
    yield from (each for each in every if each not in but)


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_each_setting_of_each_kind_reads_as_it_was_set(store: Store, name: str) -> None:
    tried = 0
    with store.writing() as connection:
        for kind, shipped in SHIPPED.items():
            by_class, by_kind = getattr(Settings(), name), getattr(shipped.settings, name)
            number = None
            for value in (by_class, by_kind, *others(name, by_class, by_kind)):
                settings = structs.replace(shipped.settings, **{name: value})
                rule = AlarmRule(kind, shipped.severity, settings, number=number)
                number = set_rule(connection, HE, rule, "a test", AT)
                [held] = (each for each in stored_rules(connection) if each.number == number)
                assert held == replace(rule, number=number)
                tried += 1
    assert tried >= 2 * len(AlarmKind)


def test_nobody_is_sent_where_somebody_switched_that_off(store: Store) -> None:
    shipped = SHIPPED[FORCED]
    assert (shipped.settings.dispatch, shipped.settings.escalate_after) == (True, 300)
    stored(store, FORCED, {"snooze_most": 1800})  # as every version stores it
    with store.reading() as connection:
        found = RulesInForce(connection).rule(FORCED, (SITE, None), AT)
    assert (found.settings.dispatch, found.settings.escalate_after) == (False, 0)


def test_settings_of_a_newer_version_leave_the_others_as_they_are(store: Store) -> None:
    stored(store, DARK, {"of_a_newer_version": 1, "after": "long", "most_open": 7})
    with store.reading() as connection:
        found = RulesInForce(connection).rule(DARK, (SITE, None), AT)
    shipped = SHIPPED[DARK].settings
    assert shipped.after == 180
    assert shipped.escalate_after != Settings().escalate_after
    assert found.settings == Settings(after=180, most_open=7), "what is not stored is as in the class"


def test_what_only_a_newer_version_understands_stays_where_it_is_not_touched(store: Store) -> None:
    stored(store, DARK, {"most_open": 7, "zz_newer": 1, "after": "long"}, severity=9)
    with store.writing() as connection:
        [rule] = stored_rules(connection)
        assert (rule.settings.most_open, rule.settings.after, rule.severity) == (7, 180, 9)
        settings = structs.replace(rule.settings, most_open=8, escalate_after=60)
        set_rule(connection, HE, replace(rule, settings=settings), "a test", AT)
        kept = {"most_open": 8, "escalate_after": 60, "zz_newer": 1, "after": "long"}
        assert row(connection) == (DARK, 9, kept)


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ((DARK, {"after": "long"}, 2), {"settings": Settings(after=60)}),
        ((DARK, {"after": "long"}, 2), {"settings": Settings()}),
        ((DARK, {"after": 60}, 9), {"severity": Severity.NOW}),
        (("zz_newer", {"after": 60}, 2), {"kind": DARK}),
    ],
)
def test_nothing_is_set_over_what_only_a_newer_version_understands(
    store: Store, held: tuple[str, dict[str, object], int], asked: dict[str, Any]
) -> None:
    stored(store, *held)
    with store.writing() as connection:
        [rule] = stored_rules(connection)
        before = row(connection)
        with pytest.raises(OfNewerVersion, match=f"rule {rule.number} was written by a newer version"):
            set_rule(connection, HE, replace(rule, **asked), "a test", AT)
        assert row(connection) == before
