"""Old counts become coarser and then go; who is inside, and what was counted, stays the same."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.flow.core.where import site
from sync.central.flow.keeping import BY_MINUTE, DAYS_KEPT, KEPT, tidy
from sync.central.flow.reading import course, inside_now
from sync.central.flow.tables import flow_correction, flow_count, flow_day
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.units import DAY, MINUTE, SECOND
from tests.sync.central.flow.examples import entry, exit_, turns
from tests.sync.central.flow.street import Street, passing
from tests.sync.wire.examples import AT

TEN = 10 * MINUTE


def rows(store: Store, table: sa.Table = flow_count) -> int:
    with store.reading() as connection:
        found: int = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    return found


def test_after_some_days_counts_are_by_ten_minutes_and_come_to_the_same(street: Street) -> None:
    street.happen("fish-in", *passing(entry(), 60, every=60))
    street.happen("fish-out", *passing(exit_(), 20, first=600, every=90))
    now, whole = AT + BY_MINUTE + DAY, (site("fish"), AT - TEN, AT + 2 * 3600 * SECOND, TEN)
    with street.store.reading() as connection:
        before = course(connection, *whole)
    assert tidy(street.store, AT + DAY) == 0, "not yet"
    fine = rows(street.store)
    assert tidy(street.store, now) > 50
    assert rows(street.store) < fine / 3
    with street.store.reading() as connection:
        assert course(connection, *whole) == before
        assert inside_now(connection, EVERYWHERE, now)["fish"].inside == 40
    assert tidy(street.store, now) == 0


def test_what_comes_late_to_an_old_day_is_made_coarse_too(street: Street) -> None:
    now = AT + BY_MINUTE + DAY
    street.happen("fish-in", *passing(entry(), 5, every=60))
    tidy(street.store, now)
    street.happen("fish-in", *passing(entry(), 5, first=120, every=60), now=now)
    tidy(street.store, now)
    with street.store.reading() as connection:
        assert sum(course(connection, site("fish"), AT - TEN, AT + 2 * TEN, TEN).entered) == 10


def test_who_never_resets_is_counted_on_though_the_minutes_are_forgotten(street: Street) -> None:
    street.happened = {name: [] for name in street.happened}
    street.happen("fish-in", *passing(entry(), 4))
    now = AT + KEPT + DAY
    assert tidy(street.store, now) > 0
    with street.store.reading() as connection:
        assert inside_now(connection, EVERYWHERE, now)["fish"].inside == 4
        assert course(connection, site("fish"), now - TEN, now, MINUTE, now).inside[-1] == 4


def test_days_that_are_over_for_long_are_forgotten_but_the_last(street: Street) -> None:
    late = AT + 3600 * SECOND
    street.happen("fish-in", (1, entry()), now=late)
    street.happen("fish-in", (86_400, turns("2026-03-04", "2026-03-03")), (86_401, entry()))
    now = AT + DAYS_KEPT + 2 * DAY
    assert rows(street.store, flow_correction) == 1
    tidy(street.store, now)
    assert (rows(street.store, flow_day), rows(street.store, flow_correction)) == (1, 0)
    with street.store.reading() as connection:
        assert inside_now(connection, EVERYWHERE, now)["fish"].inside == 1
        assert course(connection, site("fish"), AT - TEN, AT + TEN, TEN).entered[1:] == (1,), "figures stay"
