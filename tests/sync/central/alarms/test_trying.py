"""What a rule would have raised in the last days."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.alarms.core import Cue
from sync.central.alarms.core.kinds import AlarmKind, Severity
from sync.central.alarms.core.rules import AlarmRule, RuleHours, Settings
from sync.central.alarms.digesting import digest
from sync.central.alarms.loop import AlarmLoop
from sync.central.alarms.raising import raise_cue
from sync.central.alarms.trying import episodes, would_raise
from sync.central.devices.devices import put_site
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place
from sync.central.store import Store
from sync.central.units import HOUR, MINUTE
from tests.sync.central.accesses.examples import by_hand, journal, sent
from tests.sync.central.alarms.test_digesting import cue
from tests.sync.central.alarms.test_loop import EPOCHS, denied
from tests.sync.wire.examples import AT, DEVICE

DENIED, BY_HAND = AlarmKind.DENIED_AT_SEVERAL, AlarmKind.OVERRIDE_RATE


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ([], 0),
        ([("a", 0), ("a", HOUR)], 1),
        ([("a", 0), ("a", HOUR + 1), ("b", 0)], 3),
    ],
)
def test_what_is_close_together_is_one(told: list[tuple[str, int]], count: int) -> None:
    assert episodes((key, at, (None, None)) for key, at in told) == count


def tried(store: Store, rule: AlarmRule, sight: Sight = EVERYWHERE) -> int:
    with store.reading() as connection:
        return would_raise(connection, rule, AT + HOUR, sight)


@pytest.mark.parametrize(("threshold", "count"), [(2, 1), (3, 0)])
def test_denials_are_counted_by_the_rule_that_is_tried(store: Store, threshold: int, count: int) -> None:
    for name in (DEVICE, "gp-0002"):
        sent(store, journal([denied("li-na")], epoch=EPOCHS[name]), name)
    assert tried(store, AlarmRule(DENIED, Severity.SOON, Settings(threshold=threshold))) == count


@pytest.mark.parametrize(("threshold", "count"), [(5, 1), (6, 0)])
def test_so_are_openings_by_hand(store: Store, threshold: int, count: int) -> None:
    sent(store, journal([by_hand()] * 5))
    assert tried(store, AlarmRule(BY_HAND, Severity.SOON, Settings(threshold=threshold))) == count


def test_alarms_of_places_are_counted_where_the_rule_is_about_them(store: Store) -> None:
    kind = AlarmKind.LIMIT_STOPPED
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court", city="Shanghai", street="North", community="Market"))
        levels = sa.select(place.c.level, place.c.number)
        places = {row.level: row.number for row in connection.execute(levels)}
        for level in ("street", "community"):
            where = places[level]
            raise_cue(connection, Cue(kind, None, None, f"place:{where}", AT, place=where), AT)
    AlarmLoop(store, lambda: AT + MINUTE).look()
    assert tried(store, AlarmRule(kind, Severity.NOW)) == 2
    assert tried(store, AlarmRule(kind, Severity.NOW, place=places["community"])) == 1
    assert tried(store, AlarmRule(kind, Severity.NOW), Sight(frozenset({places["community"]}))) == 1
    assert tried(store, AlarmRule(kind, Severity.NOW), Sight(frozenset({places["site"]}))) == 0


def test_of_what_is_not_kept_the_alarms_that_were_raised_are_counted(store: Store) -> None:
    with store.writing() as connection:
        digest(
            connection, [cue(AlarmKind.BARRIER_FORCED), cue(AlarmKind.BARRIER_FORCED, "other")], AT + MINUTE
        )
    rule = AlarmRule(AlarmKind.BARRIER_FORCED, Severity.NOW)
    assert tried(store, rule) == 2
    assert tried(store, rule, Sight()) == 0, "other streets' counts are nobody's"
    assert tried(store, AlarmRule(rule.kind, rule.severity, raises=False)) == 0
    assert tried(store, AlarmRule(rule.kind, rule.severity, place=999)) == 0
    assert tried(store, AlarmRule(rule.kind, rule.severity, schedule=RuleHours("1234567", 0, 1))) == 0
