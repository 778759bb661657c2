"""Visits in the database: invited, come to, left, cancelled; listed in sight; nothing is kept that opens."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.credentials.known.numbers import kept_digest
from edge.decision import Direction, Subject
from edge.signing.cose import instant
from sync.central.accesses.tables import access
from sync.central.devices.devices import put_site
from sync.central.people.erasing import erase_rows
from sync.central.people.subjects import put_subject
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store, StoreError
from sync.central.tables import chain
from sync.central.units import DAY, HOUR
from sync.central.visits.core.codes import NumberVerdict
from sync.central.visits.core.life import VisitState
from sync.central.visits.core.limits import WantedVisit
from sync.central.visits.invitations import (
    invitation_of_token,
    invite_by,
    live_invitations,
    make_invitation,
    withdraw_invitation,
)
from sync.central.visits.numbers import use_number
from sync.central.visits.tables import visit
from sync.central.visits.visits import (
    NAMES_FOR,
    Invited,
    Inviting,
    cancel,
    invite,
    overstayed,
    salt_of,
    say_left,
    visit_at,
    visit_of_token,
    visits_between,
)
from tests.sync.wire.examples import DEVICE

SITE = "green-court"
NOW = 1_790_000_000_000_000
STAFF = Inviting("zhang")


@pytest.fixture
def office(store: Store) -> Iterator[sa.Connection]:
    """green-court in Shanghai with a resident, and another site elsewhere."""
    with store.writing() as connection:
        put_site(connection, SiteFile("other", city="江城市"))
        put_subject(connection, SITE, Subject("ann"), NOW)
        values = {"number": 1, "device": DEVICE, "epoch": b"e", "gate": "main", "hash": b"h"}
        connection.execute(sa.insert(chain).values(values))
        yield connection


def invited(connection: sa.Connection, site: str = SITE, since: int = 0, **more: bool) -> Invited:
    return invite(connection, site, WantedVisit("李四", NOW + since, NOW + since + HOUR, **more), STAFF, NOW)


def let_through(
    connection: sa.Connection, number: int, direction: str, at: int, outcome: str = "grant"
) -> None:
    """What watch makes of a gate's event."""
    subject = connection.execute(sa.select(visit.c.subject).where(visit.c.number == number)).scalar_one()
    count = connection.execute(sa.select(sa.func.count()).select_from(access)).scalar_one()
    connection.execute(
        sa.insert(access).values(
            chain=1,
            sequence=count + 1,
            at=at,
            received_at=at,
            site=SITE,
            device=DEVICE,
            gate="main",
            direction=direction,
            outcome=outcome,
            reason="code_accepted",
            rule="access.visitors",
            subject=subject,
            means="code",
        )
    )


def test_a_visit_goes_its_way_by_what_gates_write(office: sa.Connection) -> None:
    number = invited(office).number

    def state(now: int) -> VisitState:
        return visit_at(office, EVERYWHERE, number, now).life.state

    assert state(NOW) is VisitState.INVITED
    let_through(office, number, "entry", NOW + 1, "deny")
    assert state(NOW + HOUR) is VisitState.NO_SHOW, "who was refused has not come"
    let_through(office, number, "entry", NOW + 2)
    assert (state(NOW + 3), state(NOW + HOUR)) == (VisitState.ARRIVED, VisitState.OVERSTAYED)
    assert [each.number for each in overstayed(office, EVERYWHERE, NOW - DAY, NOW + HOUR)] == [number]
    let_through(office, number, "exit", NOW + 2 * HOUR)
    assert state(NOW + 2 * HOUR) is VisitState.LEFT
    assert overstayed(office, EVERYWHERE, NOW - DAY, NOW + 2 * HOUR) == []


@pytest.mark.parametrize("seed", range(2))
def test_who_overstays_is_who_their_lives_say(office: sa.Connection, seed: int) -> None:
    """The query only picks whom it may be; what each visit has come to decides."""
    random = Random(seed)
    numbers = [invited(office).number for _ in range(12)]
    for _ in range(30):
        outcome = random.choice(["grant", "grant", "deny"])
        direction, at = random.choice(["entry", "exit"]), NOW + random.randrange(2 * HOUR)
        let_through(office, random.choice(numbers), direction, at, outcome)
    for number in random.sample(numbers, 3):
        office.execute(sa.update(visit).where(visit.c.number == number).values(said_left_at=NOW + HOUR // 2))
    later = NOW + 2 * HOUR
    lives = {number: visit_at(office, EVERYWHERE, number, later).life.state for number in numbers}
    expected = {number for number, state in lives.items() if state is VisitState.OVERSTAYED}
    assert {each.number for each in overstayed(office, EVERYWHERE, NOW - DAY, later)} == expected
    assert 0 < len(expected) < len(numbers)


def test_who_is_seen_to_be_gone_is_said_to_have_left(office: sa.Connection) -> None:
    number = invited(office).number
    with pytest.raises(StoreError, match="is not inside: the visit is invited"):
        say_left(office, EVERYWHERE, number, NOW)
    let_through(office, number, "entry", NOW + 1)
    say_left(office, EVERYWHERE, number, NOW + 2)
    assert visit_at(office, EVERYWHERE, number, NOW + 3).life.state is VisitState.LEFT
    assert overstayed(office, EVERYWHERE, NOW - DAY, NOW + HOUR) == []


def test_a_visit_is_cancelled_while_nobody_has_come(office: sa.Connection) -> None:
    first, second = invited(office).number, invited(office).number
    cancel(office, EVERYWHERE, first, NOW)
    assert visit_at(office, EVERYWHERE, first, NOW + DAY).life.state is VisitState.CANCELLED
    let_through(office, second, "entry", NOW + 1)
    for number, why in ((first, "it is cancelled"), (second, "it is arrived"), (999, "there is no visit")):
        with pytest.raises(StoreError, match=why):
            cancel(office, EVERYWHERE, number, NOW + 2)


def test_who_sees_one_city_sees_no_visit_to_another(office: sa.Connection) -> None:
    here, there = invited(office).number, invited(office, "other").number
    sight = Sight(frozenset({place_at(office, "Shanghai")}))
    assert [each.number for each in visits_between(office, sight, NOW, NOW + DAY, NOW)] == [here]
    for act in (visit_at, cancel, say_left):
        with pytest.raises(StoreError, match="there is no visit"):
            act(office, sight, there, NOW)


def test_visits_of_a_day_are_listed_page_by_page(office: sa.Connection) -> None:
    numbers = [invited(office, since=since).number for since in (-3 * HOUR // 4, 0, 0, HOUR, 2 * HOUR)]
    listed = visits_between(office, EVERYWHERE, NOW, NOW + 2 * HOUR, NOW, count=3)
    last = listed[-1]
    rest = visits_between(
        office, EVERYWHERE, NOW, NOW + 2 * HOUR, NOW, after=(last.since, last.number), count=3
    )
    assert [each.number for each in (*listed, *rest)] == numbers[:4], "the last begins when the span ends"


def test_what_opens_is_told_once_and_not_kept(office: sa.Connection) -> None:
    made = invited(office, by_code=True)
    row = office.execute(sa.select(visit).where(visit.c.number == made.number)).one()
    assert made.code is not None
    assert row.code == kept_digest(made.code, salt_of(office, SITE))
    assert made.token not in str(tuple(row))
    assert made.code not in str(tuple(row))
    found = visit_of_token(office, made.token, NOW)
    assert found is not None
    assert (found.number, found.by_code, found.uses) == (made.number, True, 2)
    assert visit_of_token(office, "guessed", NOW) is None


def test_a_visitors_name_goes_when_the_visit_is_long_over(office: sa.Connection) -> None:
    number = invited(office).number
    for later, name in ((NAMES_FOR, "李四"), (HOUR + NAMES_FOR, "")):
        at = NOW + later
        invite(office, SITE, WantedVisit("王", at, at + HOUR), STAFF, at)
        assert visit_at(office, EVERYWHERE, number, at).name == name


# --- a resident's link -----------------------------------------------------------------------


def link(office: sa.Connection, visits: int = 2, until: int = NOW + DAY) -> str:
    return make_invitation(office, SITE, "ann", visits, until, "zhang", NOW)[1]


def by(office: sa.Connection, token: str, now: int = NOW) -> Invited:
    return invite_by(office, token, WantedVisit("李四", now, now + HOUR), now)


def test_a_residents_link_invites_as_often_as_it_says(office: sa.Connection) -> None:
    token = link(office)
    for _ in range(2):
        made = visit_at(office, EVERYWHERE, by(office, token).number, NOW)
        assert (made.host, made.made_by) == ("ann", "a resident")
    with pytest.raises(StoreError, match="all the visits that it may make"):
        by(office, token)
    assert [(held.made, held.visits) for held in live_invitations(office, EVERYWHERE, NOW)] == [(2, 2)]


def test_a_link_that_is_guessed_over_or_withdrawn_invites_nobody(office: sa.Connection) -> None:
    token = link(office)
    with pytest.raises(StoreError, match="there is no such link"):
        by(office, "guessed")
    with pytest.raises(StoreError, match="has ended"):
        by(office, token, NOW + DAY)
    held = invitation_of_token(office, token)
    assert held is not None
    withdraw_invitation(office, EVERYWHERE, held.number, NOW)
    with pytest.raises(StoreError, match="was withdrawn"):
        by(office, token)
    assert office.execute(sa.select(sa.func.count()).select_from(visit)).scalar() == 0


def test_a_link_invites_nobody_once_the_residents_right_is_over(office: sa.Connection) -> None:
    token = link(office)
    put_subject(office, SITE, Subject("ann", valid_until=instant(NOW)), NOW)
    with pytest.raises(StoreError, match="has ended"):
        by(office, token)
    with pytest.raises(StoreError, match="has ended"):
        link(office)


def test_an_erased_residents_link_is_dead_and_their_visitor_still_expected(office: sa.Connection) -> None:
    token = link(office)
    number = by(office, token).number
    erase_rows(office, SITE, "ann")
    assert visit_at(office, EVERYWHERE, number, NOW).host is None
    with pytest.raises(StoreError, match="not registered"):
        by(office, token)


def test_a_link_is_bounded(office: sa.Connection) -> None:
    for host, visits, until, why in (
        ("ann", 0, NOW + DAY, "0 visits"),
        ("ann", 51, NOW + DAY, "51 visits"),
        ("ann", 1, NOW, "not in the past"),
        ("ann", 1, NOW + 91 * DAY, "within 90 days"),
        ("bob", 1, NOW + DAY, "not registered"),
    ):
        with pytest.raises(StoreError, match=why):
            make_invitation(office, SITE, host, visits, until, "zhang", NOW)


def test_what_a_gate_let_pass_by_a_number_is_a_use_of_it_here(office: sa.Connection) -> None:
    made = invited(office, by_code=True)
    assert made.code is not None
    let_through(office, made.number, "entry", NOW + 1)
    assert use_number(office, SITE, made.code, Direction.EXIT, "zhang", NOW + 2).left == 0
    used_up = use_number(office, SITE, made.code, Direction.ENTRY, "zhang", NOW + 3)
    assert used_up.verdict is NumberVerdict.USED_UP
