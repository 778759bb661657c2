"""An alarm of a street or a zone sends somebody, as one of a site does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.alarms.core import KINDS, AlarmKind, AlarmLife, Cue
from sync.central.alarms.loop import AlarmLoop
from sync.central.alarms.raising import end_cue, raise_cue
from sync.central.alarms.rows import AlarmAbout, HeldAlarm
from sync.central.alarms.tables import alarm_cue
from sync.central.delivery.tables import delivery
from sync.central.devices.devices import put_site
from sync.central.dispatch.reading import Task, ended_tasks, find_task, live_tasks
from sync.central.dispatch.tasks import close_task
from sync.central.dispatch.whereabouts import Whereabouts, name_of, whereabouts_of
from sync.central.places.core import Level
from sync.central.places.editing import create_place
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place
from sync.central.sending import AlarmsOfSending
from sync.central.store import Store, StoreError
from sync.central.task_senders import TaskSenders
from sync.central.units import SECOND
from tests.sync.central.alarms.test_loop import Centre
from tests.sync.central.dispatch.test_loop import NOW, SITE, Street

IN_COMMUNITY = SiteFile(
    SITE, city="Shanghai", district="East Lake", street="North Market", community="Market"
)


def places_in(store: Store) -> dict[str, int]:
    """The number of the place of each level, of which there is one."""
    with store.reading() as connection:
        return {row.level: row.number for row in connection.execute(sa.select(place.c.level, place.c.number))}


def live(store: Store, sight: Sight = EVERYWHERE) -> list[Task]:
    with store.reading() as connection:
        return live_tasks(connection, sight)


def cue_of(where: int) -> Cue:
    return Cue(AlarmKind.LIMIT_STOPPED, None, None, f"place:{where}", NOW, place=where)


def held(kind: AlarmKind, about: AlarmAbout) -> HeldAlarm:
    life = AlarmLife(KINDS[kind].severity, NOW, NOW, times=1, seen=(), raised_at=NOW)
    return HeldAlarm(1, kind, "x", about, life)


@pytest.fixture
def street(store: Store) -> Street:
    """A street with an alarm of its community, for which somebody is sent at once."""
    Centre(store).rule(AlarmKind.LIMIT_STOPPED, dispatch=True)
    with store.writing() as connection:
        put_site(connection, IN_COMMUNITY)
    with store.writing() as connection:
        raise_cue(connection, cue_of(places_in(store)["community"]), NOW)
    AlarmLoop(store, lambda: NOW + SECOND, senders=TaskSenders()).look()
    return Street(store, NOW + SECOND)


def test_a_full_community_has_a_task_that_says_where_and_the_nearest_there_goes(street: Street) -> None:
    places = places_in(street.store)
    street.worker("far", level="city")
    near = street.worker("near", mail="near@example.org")
    [found] = live(street.store)
    assert (found.place, found.kind) == (places["community"], "limit_stopped")
    street.look()
    assert street.has(found.number)[0] == near, "they are within it"
    with street.store.reading() as connection:
        [text] = connection.execute(sa.select(delivery.c.text).where(delivery.c.way == "mail")).scalars()
        assert name_of(connection, whereabouts_of(found)) in (text or "")


def test_who_sees_the_whole_place_sees_its_task_and_nobody_who_sees_a_site_of_it(street: Street) -> None:
    places, [found] = places_in(street.store), live(street.store)
    assert live(street.store, Sight(frozenset({places["community"]}))) == [found]
    assert live(street.store, Sight(frozenset({places["city"]}))) == [found]
    site_only = Sight(frozenset({places["site"]}))
    assert live(street.store, site_only) == []
    with street.store.writing() as connection:
        assert find_task(connection, site_only, found.number) is None
        with pytest.raises(StoreError, match="no task"):
            close_task(connection, site_only, found.number, "other", "x", NOW)
        close_task(connection, Sight(frozenset({places["city"]})), found.number, "other", "x", NOW)
        assert ended_tasks(connection, site_only, 0) == []


def test_it_is_taken_back_when_the_place_is_full_no_more(street: Street) -> None:
    where = places_in(street.store)["community"]
    with street.store.writing() as connection:
        end_cue(connection, AlarmKind.LIMIT_STOPPED, f"place:{where}", NOW + 2 * SECOND, NOW + 2 * SECOND)
    AlarmLoop(street.store, lambda: NOW + 3 * SECOND, senders=TaskSenders()).look()
    assert live(street.store) == []


def test_where_nobody_is_on_duty_there_the_alarm_is_about_the_place(street: Street) -> None:
    where = Whereabouts(None, places_in(street.store)["community"])
    street.look()
    assert street.told.said == [(where.key, "nobody_on_duty")]
    with street.store.writing() as connection:
        AlarmsOfSending().hole(connection, where, "nobody_on_duty", NOW)
        row = connection.execute(sa.select(alarm_cue).where(alarm_cue.c.kind == "roster_hole")).one()
    assert (row.site, row.place, row.key) == (None, where.place, where.key)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (AlarmKind.DURESS, AlarmAbout("green-court", None, None, None)),
        (AlarmKind.DELIVERY_FAILED, AlarmAbout(None, None, None, None)),
    ],
)
def test_nobody_is_sent_for_what_is_silent_or_nowhere(
    store: Store, kind: AlarmKind, about: AlarmAbout
) -> None:
    with store.writing() as connection:
        assert not TaskSenders().send(connection, held(kind, about), NOW)
    assert live(store) == []


def test_an_alarm_of_a_place_whose_sites_moved_away_is_raised_without_a_task(store: Store) -> None:
    centre = Centre(store)
    centre.rule(AlarmKind.LIMIT_STOPPED, dispatch=True)
    with store.writing() as connection:
        put_site(connection, IN_COMMUNITY)
    street = places_in(store)["street"]
    with store.writing() as connection:
        empty = create_place(connection, street, Level.COMMUNITY, "Old Market", None)
        raise_cue(connection, replace(cue_of(empty), key="zone:7", at=centre.now), centre.now)
    [raised] = [each for each in centre.after(SECOND).alarms() if each.kind is AlarmKind.LIMIT_STOPPED]
    assert raised.life.is_open
    assert raised.life.sent_at is None
    assert live(store) == []
