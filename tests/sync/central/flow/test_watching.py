"""What has a limit is watched: alarms begin and end as it fills, warns, stops and empties, each told once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from edge.decision import Crowding
from edge.journal.format import Event
from sync.central.alarms.tables import alarm_cue
from sync.central.flow.core.levels import Limit
from sync.central.flow.core.where import place, site, zone
from sync.central.flow.forecasts import forecast_error, forecast_of
from sync.central.flow.limits import limits_in, put_limit, remove_limit
from sync.central.flow.tables import flow_forecast
from sync.central.flow.watching import FlowLoop, level_now
from sync.central.flow.zones import ZoneGate, put_zone
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.units import DAY, MINUTE, SECOND
from tests.sync.central.flow.examples import entry, exit_, turns
from tests.sync.central.flow.street import Street, passing
from tests.sync.wire.examples import AT

Told = list[tuple[str, bool, str]]


def told(store: Store) -> Told:
    """What the alarms were told since this was asked last: kind, whether it ended, of what."""
    with store.writing() as connection:
        rows = connection.execute(sa.select(alarm_cue).order_by(alarm_cue.c.number)).all()
        connection.execute(sa.delete(alarm_cue))
    return [(row.kind, row.is_end, row.key) for row in rows]


class Watch:
    """Two processes that watch one database; each looks in each round."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.now = AT
        self.loops = [FlowLoop(street.store, lambda: self.now) for _ in range(2)]

    def at(self, seconds: int) -> Told:
        self.now = AT + seconds * SECOND
        assert all(loop.look() for loop in self.loops)
        return told(self.street.store)


@pytest.fixture
def watch(street: Street) -> Watch:
    with street.store.writing() as connection:
        put_limit(connection, site("fish"), Limit(6, 9, 2), "he-jing", AT)
    return Watch(street)


FISH = "site:fish"
WARNED, STOPPED, SOON = "limit_warned", "limit_stopped", "limit_forecast"


def test_a_market_fills_warns_stops_and_empties(watch: Watch) -> None:
    assert watch.at(0) == []
    watch.street.happen("fish-in", *passing(entry(), 6))
    assert watch.at(10) == [(WARNED, False, FISH)]
    assert watch.at(11) == [], "once"
    watch.street.happen("fish-in", *passing(entry(), 3, first=20))
    assert watch.at(30) == [(WARNED, True, FISH), (STOPPED, False, FISH)]
    watch.street.happen("fish-out", *passing(exit_(), 1, first=40))
    assert watch.at(45) == [], "one fewer is not yet room"
    watch.street.happen("fish-out", *passing(exit_(), 1, first=50))
    assert watch.at(55) == [(STOPPED, True, FISH), (WARNED, False, FISH)]
    watch.street.happen("fish-out", *passing(exit_(), 5, first=60))
    assert watch.at(70) == [(WARNED, True, FISH)]


def test_between_two_levels_the_minutes_before_decide_whoever_looks(watch: Watch) -> None:
    street = watch.street
    street.happen("fish-in", *passing(entry(), 9, every=10))
    street.happen("fish-out", *passing(exit_(), 1, first=150))
    now = AT + 200 * SECOND
    with street.store.reading() as connection:
        limits = limits_in(connection, EVERYWHERE, {})
        assert level_now(connection, site("fish"), limits, 8, now) is Crowding.STOPPED
    assert watch.at(200) == [(STOPPED, False, FISH)], (
        "who was not there when it was reached knows it all the same"
    )


def test_a_limit_that_is_taken_away_ends_what_it_raised(watch: Watch) -> None:
    watch.street.happen("fish-in", *passing(entry(), 9))
    assert watch.at(10) == [(STOPPED, False, FISH)]
    with watch.street.store.writing() as connection:
        [row] = limits_in(connection, EVERYWHERE, {}).rows[site("fish")]
        remove_limit(connection, row.number)
    assert watch.at(20) == [(kind, True, FISH) for kind in (WARNED, STOPPED, SOON)]
    assert watch.at(21) == []


def test_zones_and_places_have_limits_of_their_own(watch: Watch) -> None:
    street = watch.street
    with street.store.writing() as connection:
        hall = put_zone(connection, "hall", street.number, [ZoneGate("fish", "in")], "he-jing", AT)
        put_limit(connection, zone(hall), Limit(None, 2), "he-jing", AT)
        put_limit(connection, place(street.number), Limit(5, None), "he-jing", AT)
    street.happen("fish-in", *passing(entry(), 2))
    street.happen("tea-in", *passing(entry(), 3))
    assert watch.at(10) == [(WARNED, False, f"place:{street.number}"), (STOPPED, False, f"zone:{hall}")]


def test_a_limit_that_is_expected_soon_is_said_kept_and_judged(watch: Watch) -> None:
    street = watch.street
    with street.store.writing() as connection:
        put_limit(connection, site("tea"), Limit(None, 50), "he-jing", AT)
    street.happen("tea-in", *passing(entry(), 30, first=60, every=60))
    assert watch.at(1860) == [(SOON, False, "site:tea")]
    with street.store.reading() as connection:
        made = forecast_of(connection, site("tea"), 30, 50, AT + 1860 * SECOND)
        [row] = connection.execute(sa.select(flow_forecast)).all()
    assert (made.expected, round(made.rate)) == (20, 1)
    assert (row.limit, row.expected, row.settled) == (50, AT + (1860 + 20 * 60) * SECOND, False)
    street.happen("tea-in", *passing(entry(), 20, first=1920, every=45))
    assert watch.at(2820) == [(STOPPED, False, "site:tea"), (SOON, True, "site:tea")]
    with street.store.reading() as connection:
        error = forecast_error(connection, site("tea"), AT + 2900 * SECOND)
        assert error is not None
        assert (error.count, error.missed, round(error.median)) == (1, 0, 4)
        assert forecast_error(connection, site("fish"), AT + 2900 * SECOND) is None


def test_a_forecast_that_came_to_nothing_is_one_that_missed(watch: Watch) -> None:
    street = watch.street
    with street.store.writing() as connection:
        put_limit(connection, site("tea"), Limit(None, 50), "he-jing", AT)
    street.happen("tea-in", *passing(entry(), 30, first=60, every=60))
    watch.at(1860)
    assert watch.at(1860 + 141 * 60) == [(SOON, True, "site:tea")]
    with street.store.reading() as connection:
        assert forecast_error(connection, None, AT + 4 * 3600 * SECOND) is None
        [row] = connection.execute(sa.select(flow_forecast)).all()
        assert (row.settled, row.reached) == (True, None)


def test_the_same_weekday_bends_the_forecast(street: Street) -> None:
    week = 7 * 86_400
    usual: Sequence[tuple[int, Event]] = [
        *passing(entry(), 60, first=60, every=60),
        *passing(exit_(), 60, first=3700, every=60),
    ]
    street.happened["tea-in"] = []
    street.happen("tea-in", (0, turns("2026-03-03")), *usual)
    now = AT + week * SECOND + 40 * MINUTE
    street.happen(
        "tea-in",
        (week, turns("2026-03-10", "2026-03-03")),
        *passing(entry(), 39, first=week + 60, every=60),
        now=now,
    )
    with street.store.reading() as connection:
        made = forecast_of(connection, site("tea"), 39, 80, now)
    assert made.expected is None, "an hour after the beginning they leave, as they did a week ago"
    assert 50 <= max(made.line) <= 65


def test_a_database_that_does_not_answer_is_said_and_asked_again(street: Street) -> None:
    loop = FlowLoop(street.store, lambda: AT + DAY)
    assert loop.look()
    street.store.close()
    assert not loop.look()
