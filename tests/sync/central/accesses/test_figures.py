"""The figures of sites and gates are what the rows come to, corrected by what came late."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision import ClockTrust, Outcome, Situation, WallTime
from edge.journal.format import AccessDecided, circumstances_of
from edge.signing.cose import instant
from sync.central.accesses.core.counting import AN_HOUR, TEN_MINUTES
from sync.central.accesses.core.rollup import COURSE
from sync.central.accesses.figures import (
    AccessWaits,
    counts_by_device,
    course_of,
    figures_by_site,
    known_between,
    last_accesses,
    waits_of,
)
from sync.central.accesses.recording import AccessFollower
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from sync.central.tables import chain, device
from sync.central.units import SECOND
from tests.events import decided
from tests.sync.central.accesses.examples import by_hand, journal, sent
from tests.sync.wire.examples import AT, DEVICE

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NOW = AT + 20 * MINUTE
HAPPENED = [
    (60, decided(Outcome.GRANT, "li-na")),
    (61, decided(Outcome.DENY)),
    (700, decided(Outcome.DENY)),
    (701, by_hand()),
    (1190, decided(Outcome.REFER)),
    (1150, decided()),
]


@pytest.fixture
def counted(store: Store) -> Store:
    """A gate's six accesses, of which the last came a quarter of an hour late, and another that is silent."""
    whole = journal(HAPPENED)
    sent(store, whole[:5], now=AT + 1190 * SECOND)
    sent(store, whole[5:], now=AT + 1150 * SECOND + 15 * MINUTE)
    with store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == DEVICE).values(last_seen=NOW))
    return store


def test_a_site_shows_its_day_and_the_last_minutes(counted: Store) -> None:
    with counted.reading() as connection:
        site = figures_by_site(connection, EVERYWHERE, NOW, AT)["green-court"]
        assert figures_by_site(connection, Sight(), NOW, AT) == {}
    assert (site.gates, site.granted, site.denied, site.referred, site.overrides) == (2, 2, 2, 1, 1)
    assert (site.accesses, site.share(site.denied)) == (6, 2 / 6)
    assert len(site.course) == COURSE
    assert site.per_minute == 2
    assert site.course[-10:] == (0, 2, 0, 0, 0, 0, 0, 0, 0, 2)


def test_a_total_that_changed_since_says_when_and_by_how_much(counted: Store) -> None:
    """Three came more than a minute after they were: two of the first batch, and the last."""
    with counted.reading() as connection:
        site = figures_by_site(connection, EVERYWHERE, NOW, AT)["green-court"]
    assert (site.late, site.corrected_at) == (5, AT + 1150 * SECOND + 15 * MINUTE)


def test_a_minute_in_which_no_gate_was_heard_is_a_hole_and_no_zero(counted: Store) -> None:
    with counted.writing() as connection:
        connection.execute(sa.update(device).values(last_seen=NOW - 5 * MINUTE))
    with counted.reading() as connection:
        site = figures_by_site(connection, EVERYWHERE, NOW, AT)["green-court"]
    assert site.course[-5:] == (0, None, None, None, 2)


def test_a_gate_shows_what_kept_people_out(counted: Store) -> None:
    with counted.reading() as connection:
        counts = counts_by_device(connection, EVERYWHERE, AT, AT + AN_HOUR * SECOND)
        assert last_accesses(connection, [DEVICE, "gp-0002"]) == {DEVICE: AT + 1190 * SECOND}
    assert set(counts) == {DEVICE}
    assert counts[DEVICE].reasons == {"face_unknown": 2, "staff_decides": 1}
    assert counts[DEVICE].override_share == 1 / 6


def test_the_course_of_a_day_goes_by_ten_minutes(counted: Store) -> None:
    with counted.reading() as connection:
        course = course_of(connection, EVERYWHERE, AT, NOW + 1)
        assert known_between(connection, EVERYWHERE) == (AT, NOW)
        assert known_between(connection, Sight()) is None
    assert course.passed == (1, 2, 0)
    assert course.denied == (1, 1, 0)
    assert course.referred == (0, 1, 0)
    assert course.since % (TEN_MINUTES * SECOND) == 0


def waiting(seconds: int, waited: int | None, inside: int | None = None) -> tuple[int, AccessDecided]:
    """An access so many seconds after AT, after a wait of so many milliseconds, with so many inside."""
    wall = WallTime(instant(AT), ClockTrust.TRUSTED)
    known = circumstances_of(Situation("green-court", "main", wall, None, occupancy=inside), known=True)
    return seconds, replace(decided(), waited=waited, circumstances=known)


def test_the_day_says_how_long_people_waited(store: Store) -> None:
    """By the hour, as far as the gates said it: an older one does not, and it is no wait of zero."""
    hour = AT - AT % HOUR
    of_that = (hour + HOUR - AT) // SECOND
    happened = [
        waiting(1, 90),
        *(waiting(2 + n, 250) for n in range(8)),
        waiting(20, 2500),
        waiting(21, None),
    ]
    sent(store, journal([*happened, waiting(of_that + HOUR // SECOND, 700)]))
    with store.reading() as connection:
        waits = waits_of(connection, EVERYWHERE, AT, hour + 3 * HOUR)
        assert waits_of(connection, Sight(), AT, hour + HOUR).half == (None,)
    assert waits == AccessWaits(hour, (300, None, 800), (3000, None, 800))


def test_an_access_that_is_taken_back_takes_its_wait_along(store: Store) -> None:
    sent(store, journal([waiting(1, 250), waiting(2, 9000)]))
    with store.writing() as connection:
        number = connection.execute(sa.select(chain.c.number)).scalar_one()
        AccessFollower().displaced(connection, number, [2])
        assert waits_of(connection, EVERYWHERE, AT, AT + MINUTE).most == (300,)


def test_a_day_that_begins_within_a_span_is_told_from_that_span_on(store: Store) -> None:
    """Midnight in Kathmandu is at 18:15 UTC: its first span began at 18:10."""
    since = AT - AT % HOUR + 15 * MINUTE
    sent(store, journal([((since - AT) // SECOND + 60, decided())]))
    with store.reading() as connection:
        course = course_of(connection, EVERYWHERE, since, since + 30 * MINUTE)
    assert (course.since, course.passed) == (since - 5 * MINUTE, (1, 0, 0, 0))
