"""What people do about alarms, where they may, and what the list shows first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.alarms.caring import alarm_sent, close_alarm, snooze_alarm, take_alarm
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.digesting import digest
from sync.central.alarms.listing import (
    AlarmFilters,
    ListedAlarm,
    alarm_at,
    alarms_in,
    changed_after,
    newest_step,
    open_by_where,
    open_count,
    steps_of,
    watcher_of,
)
from sync.central.audit.audit import entries
from sync.central.devices.devices import put_site
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_at
from sync.central.store import Store, StoreError
from sync.central.tables import site
from sync.central.units import HOUR, MINUTE, SECOND
from tests.sync.wire.examples import AT

HERE, THERE = "green-court", "hill"


def actor(role: Role, place: int | None = None, name: str = "Wang") -> Actor:
    return Actor(1, name, (RoleGrant(role, place),), Via.SESSION)


BOSS = actor(Role.ADMINISTRATOR)


def raised(store: Store, *cues: Cue, now: int = AT) -> None:
    with store.writing() as connection:
        digest(connection, cues, now)


def cue(kind: AlarmKind, where: str | None = HERE, at: int = AT, key: str = "k") -> Cue:
    return Cue(kind, where, None, key, at)


@pytest.fixture
def street(store: Store) -> Store:
    """Two sites, each in a street of its own."""
    with store.writing() as connection:
        put_site(connection, SiteFile(HERE, city="江城市", street="北市场街道"))
        put_site(connection, SiteFile(THERE, city="江城市", street="南山街道"))
    return store


def listed(store: Store, who: Actor = BOSS, filters: AlarmFilters | None = None) -> list[ListedAlarm]:
    with store.reading() as connection:
        return alarms_in(connection, watcher_of(who), filters)


def place(store: Store, path: str) -> int:
    with store.reading() as connection:
        return place_at(connection, path)


def test_the_gravest_is_first_then_what_nobody_cares_for_then_the_oldest(street: Store) -> None:
    raised(
        street,
        cue(AlarmKind.CLOCK_OFF, at=AT - HOUR),
        cue(AlarmKind.TAMPERED, at=AT - 2 * MINUTE),
        cue(AlarmKind.BARRIER_FORCED, at=AT - 3 * MINUTE),
        cue(AlarmKind.DURESS, at=AT),
        cue(AlarmKind.FAULT_REPORTED, at=AT),
    )
    forced = next(each.number for each in listed(street) if each.kind is AlarmKind.BARRIER_FORCED)
    with street.writing() as connection:
        take_alarm(connection, BOSS, forced, AT)
    assert [each.kind.value for each in listed(street)] == [
        "tampered",
        "duress",
        "barrier_forced",  # somebody cares for it
        "fault_reported",
        "clock_off",
    ]


def test_everybody_sees_their_own_street_and_the_centre(street: Store) -> None:
    south = place(street, "江城市/南山街道")
    raised(street, cue(AlarmKind.TAMPERED), cue(AlarmKind.TAMPERED, THERE, key="l"))
    raised(
        street,
        cue(AlarmKind.CENTRE_DEAF, None),
        Cue(AlarmKind.LIMIT_WARNED, None, None, "z", AT, place=south),
    )
    of_south = listed(street, actor(Role.AUDITOR, south))
    assert {(each.kind.value, each.where) for each in of_south} == {
        ("tampered", THERE),
        ("centre_deaf", ""),
        ("limit_warned", "南山街道"),
    }
    with street.reading() as connection:
        watcher = watcher_of(actor(Role.AUDITOR, south))
        assert open_count(connection, watcher, AT) == 3
        assert open_by_where(connection, watcher, AT) == ({THERE: 1}, {south: 1})
        assert open_by_where(connection, watcher_of(BOSS), AT) == ({THERE: 1, HERE: 1}, {south: 1})
    by_place = AlarmFilters(place=south)
    assert {each.where for each in listed(street, BOSS, by_place)} == {THERE, "南山街道"}


def test_each_act_is_a_step_by_name_and_in_the_audit(street: Store) -> None:
    raised(street, cue(AlarmKind.BARRIER_FORCED))
    [only] = listed(street)
    with street.writing() as connection:
        take_alarm(connection, BOSS, only.number, AT + 1)
        snooze_alarm(connection, BOSS, only.number, 10, " the guard looks ", AT + 2)
        assert open_count(connection, watcher_of(BOSS), AT + 3) == 0
        alarm_sent(connection, BOSS, only.number, AT + 3)
        closed = close_alarm(connection, BOSS, only.number, "latch mended", AT + 4)
        told = [(step.what.value, step.by, step.why) for step in steps_of(connection, only.number)]
        noted = [entry.act for entry in entries(connection, EVERYWHERE, kind="alarm")]
    assert told == [
        ("raised", "", ""),
        ("taken", "Wang", ""),
        ("snoozed", "Wang", "the guard looks"),
        ("sent", "Wang", ""),
        ("closed", "Wang", "latch mended"),
    ]
    assert noted == ["close_alarm", "send_for_alarm", "snooze_alarm", "take_alarm"]
    assert (closed.life.closed_by, listed(street)) == ("Wang", [])


Doing = Callable[[sa.Connection, Actor, int], object]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda c, a, n: snooze_alarm(c, a, n, 31, "why", AT), "snoozed for 31 minutes, expected 1 to 30"),
        (lambda c, a, n: snooze_alarm(c, a, n, -5, "why", AT), "snoozed for -5 minutes"),
        (lambda c, a, n: snooze_alarm(c, a, n, 5, " ", AT), "the reason has 0 characters"),
        (lambda c, a, n: close_alarm(c, a, n, "x" * 301, AT), "the reason has 301 characters"),
        (lambda c, a, n: take_alarm(c, a, n + 1, AT), "there is no alarm"),
        (lambda c, a, _: take_alarm(c, a, 2**70, AT), "there is no alarm"),
        (lambda c, _, n: take_alarm(c, actor(Role.AUDITOR), n, AT), "there is no alarm"),
        (lambda c, _, n: close_alarm(c, actor(Role.OPERATOR, 999), n, "why", AT), "there is no alarm"),
    ],
)
def test_what_cannot_be_says_why_and_changes_nothing(street: Store, act: Doing, said: str) -> None:
    raised(street, cue(AlarmKind.BARRIER_FORCED))
    [only] = listed(street)
    with pytest.raises(StoreError, match=said), street.writing() as connection:
        act(connection, BOSS, only.number)
    with street.reading() as connection:
        assert len(steps_of(connection, only.number)) == 1


def test_a_silent_alarm_is_there_for_those_who_may_care_alone(street: Store) -> None:
    raised(street, cue(AlarmKind.KEY_AREA_PERSON), cue(AlarmKind.DURESS))
    number = listed(street)[0].number
    for role, sees in ((Role.OPERATOR, 2), (Role.ADMINISTRATOR, 2), (Role.AUDITOR, 0), (Role.REGISTRAR, 0)):
        assert len(listed(street, actor(role))) == sees
        with street.reading() as connection:
            assert (alarm_at(connection, watcher_of(actor(role)), number) is None) == (not sees)
            assert open_count(connection, watcher_of(actor(role)), AT) == sees


def test_what_was_raised_since_is_told_to_an_open_page(street: Store) -> None:
    raised(street, cue(AlarmKind.CLOCK_OFF))
    with street.reading() as connection:
        seen = newest_step(connection)
    raised(street, cue(AlarmKind.TAMPERED), now=AT + SECOND)
    with street.reading() as connection:
        [(told, is_new)] = changed_after(connection, watcher_of(BOSS), seen)
        assert (told.kind, is_new) == (AlarmKind.TAMPERED, True)
        assert changed_after(connection, watcher_of(BOSS), newest_step(connection)) == []


def test_an_alarm_of_a_site_that_is_gone_is_called_by_its_id(store: Store) -> None:
    raised(store, cue(AlarmKind.TAMPERED, "of-long-ago"))
    with store.reading() as connection:
        assert connection.execute(sa.select(site.c.id).where(site.c.id == "of-long-ago")).first() is None
    assert [each.where for each in listed(store)] == ["of-long-ago"]
