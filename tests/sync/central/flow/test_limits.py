"""Limits are rows of a site, a zone or a place; a site's policy is its floor."""

from __future__ import annotations

import pytest

from edge.decision import OccupancyRule
from sync.central.flow.core.levels import Limit
from sync.central.flow.core.where import Where, gate, place, site, zone
from sync.central.flow.limits import MOST_LIMITS, limits_in, put_limit, remove_limit
from sync.central.flow.zones import ZoneGate, put_zone, remove_zone
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import StoreError
from tests.sync.central.flow.street import Street, on_sqlite
from tests.sync.wire.examples import AT


def test_what_is_set_holds_where_it_is_set_for_those_who_see_it(street: Street) -> None:
    with street.store.writing() as connection:
        hall = put_zone(connection, "hall", street.number, [ZoneGate("fish", "in")], "he-jing", AT)
        table = {
            site("fish"): Limit(45, 50, 5),
            zone(hall): Limit(None, 20, 2),
            place(street.number): Limit(90, 100, 5),
        }
        for where, limit in table.items():
            put_limit(connection, where, limit, "he-jing", AT)
        held = limits_in(connection, EVERYWHERE, {"tea": OccupancyRule(stop=7)})
        assert {where: [each.limit for each in rows] for where, rows in held.rows.items()} == {
            where: [limit] for where, limit in table.items()
        }
        assert held.bounded() == sorted([*table, site("tea")])
        assert held.rule(site("tea"), AT) == OccupancyRule(stop=7)
        assert held.rule(site("fish"), AT) == OccupancyRule(warn=45, stop=50)
        assert held.rule(zone(99), AT) is None
        assert limits_in(connection, Sight(), {}).bounded() == []


def test_a_limit_is_changed_and_removed_and_goes_with_its_zone(street: Street) -> None:
    with street.store.writing() as connection:
        number = put_limit(connection, site("fish"), Limit(45, 50), "he-jing", AT)
        assert put_limit(connection, site("fish"), Limit(40, 50), "liu-yang", AT + 1, number) == number
        [row] = limits_in(connection, EVERYWHERE, {}).rows[site("fish")]
        assert (row.limit.warn, row.changed_by, row.changed_at) == (40, "liu-yang", AT + 1)
        assert remove_limit(connection, number)
        assert not remove_limit(connection, number)
        hall = put_zone(connection, "hall", street.number, [ZoneGate("fish", "in")], "he-jing", AT)
        put_limit(connection, zone(hall), Limit(45, 50), "he-jing", AT)
        remove_zone(connection, hall)
        assert limits_in(connection, EVERYWHERE, {}).bounded() == []


@on_sqlite
@pytest.mark.parametrize(
    ("where", "limit", "number", "wrong"),
    [
        (gate("fish-in"), Limit(1, 2), None, "a gate has no limit"),
        (site("none"), Limit(1, 2), None, "the site has no place"),
        (site("fish"), Limit(None, None), None, "neither warn nor stop"),
        (site("fish"), Limit(1, 2), 99, "no limit 99"),
    ],
)
def test_what_cannot_be_set_says_why(
    street: Street, where: Where, limit: Limit, number: int | None, wrong: str
) -> None:
    with street.store.writing() as connection, pytest.raises(StoreError, match=wrong):
        put_limit(connection, where, limit, "he-jing", AT, number)


@on_sqlite
def test_a_place_has_so_many_limits_and_no_more(street: Street) -> None:
    with street.store.writing() as connection:
        for _ in range(MOST_LIMITS):
            put_limit(connection, site("fish"), Limit(1, 2), "he-jing", AT)
        put_limit(connection, site("tea"), Limit(1, 2), "he-jing", AT)
        with pytest.raises(StoreError, match="has 16 limits already"):
            put_limit(connection, site("fish"), Limit(1, 2), "he-jing", AT)
