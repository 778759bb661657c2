"""Sessions on both databases: whose they are, where, how long, and what ends them at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from sync.central.accounts.accounts import account_at, end_account, give, take
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.core.sessions import USUAL, SignInWay
from sync.central.accounts.links import LIFETIME, PATH, account_of_link, link_by, one_time_link
from sync.central.accounts.sessions import (
    Visitor,
    begin_session,
    end_all_sessions,
    end_session,
    sessions_of,
    signed_in,
)
from sync.central.accounts.tables import one_time_link as link_table
from sync.central.accounts.tables import session as session_table
from sync.central.audit.audit import entries
from sync.central.over import APART
from sync.central.places.sight import EVERYWHERE
from sync.central.store import StoreError
from sync.central.units import HOUR
from tests.sync.central.accounts.conftest import OWNER, Centre
from tests.sync.wire.examples import AT

HERE = Visitor("Firefox on Linux", "192.0.2.7")
MINUTE = HOUR // 60


def begun(centre: Centre, name: str = "chief", at: int = AT, replaces: str | None = None) -> str:
    with centre.store.writing() as connection:
        return begin_session(
            connection, centre.accounts[name], SignInWay.PASSKEY, HERE, at, replaces=replaces
        )


def who(centre: Centre, secret: str, at: int = AT, visitor: Visitor = HERE) -> str | None:
    found = signed_in(centre.store, secret, visitor, at)
    return None if found is None else found.account.name


def acts(centre: Centre) -> list[str]:
    with centre.store.reading() as connection:
        return [entry.act for entry in entries(connection, EVERYWHERE)]


def test_a_session_is_its_accounts_until_it_is_not_used_or_too_old(centre: Centre) -> None:
    secret = begun(centre)
    assert who(centre, secret) == "chief"
    assert who(centre, secret, AT + 59 * MINUTE) == "chief"
    assert who(centre, secret, AT + 118 * MINUTE) == "chief", "used meanwhile"
    assert who(centre, secret, AT + 178 * MINUTE) is None, "an hour without use"
    assert who(centre, secret[:-1] + "x") is None
    assert who(centre, "") is None
    older = begun(centre)
    for hours in range(12):
        assert who(centre, older, AT + hours * HOUR - hours) == "chief"
    assert who(centre, older, AT + 12 * HOUR) is None, "twelve hours in all"


@pytest.mark.parametrize(
    ("made", "used", "now", "over"),
    [
        (0, 0, 0, False),
        (0, 0, HOUR - 1, False),
        (0, 0, HOUR, True),
        (0, 12 * HOUR - 1, 12 * HOUR - 1, False),
        (0, 12 * HOUR - 1, 12 * HOUR, True),
        (HOUR, HOUR, 0, True),
    ],
)
def test_when_a_session_is_over(made: int, used: int, now: int, over: bool) -> None:
    assert USUAL.is_over(made, used, now) is over


def test_each_sign_in_has_a_new_secret_and_ends_what_the_browser_had(centre: Centre) -> None:
    first = begun(centre, "east.operator")
    second = begun(centre, "chief", replaces=first)
    assert who(centre, first) is None, "a session that somebody fixed is worth nothing after the sign-in"
    assert who(centre, second) == "chief"
    with centre.store.reading() as connection:
        kept = connection.execute(sa.select(session_table.c.hash)).scalars().all()
    assert all(second.encode() not in digest for digest in kept), "the database alone opens no session"


def test_a_session_in_another_browser_is_over_and_noted(centre: Centre) -> None:
    secret = begun(centre)
    assert who(centre, secret, visitor=Visitor("curl", HERE.address)) is None
    assert who(centre, secret) is None, "for its owner too: somebody else had the cookie"
    assert acts(centre)[0] == "session_in_another_browser"
    moved = begun(centre)
    assert who(centre, moved, visitor=Visitor(HERE.agent, "198.51.100.1")) == "chief", (
        "phones change addresses"
    )


def test_a_changed_grant_and_the_accounts_end_end_its_sessions_at_once(centre: Centre) -> None:
    number, grant = centre.accounts["east.operator"], RoleGrant(Role.AUDITOR, centre.east)
    changes: list[Callable[[sa.Connection], None]] = [
        lambda c: give(c, OWNER, number, grant, AT),
        lambda c: take(c, OWNER, number, grant, AT),
        lambda c: end_account(c, OWNER, number, AT),
    ]
    for change in changes:
        secret, other = begun(centre, "east.operator"), begun(centre)
        with centre.store.writing() as connection:
            change(connection)
        assert who(centre, secret) is None
        assert who(centre, other) == "chief", "nobody else's"
    with pytest.raises(StoreError, match="has ended"):
        begun(centre, "east.operator")


def test_sessions_are_listed_and_ended_one_by_one_or_all(centre: Centre) -> None:
    first, second, third = (begun(centre, at=AT + index) for index in range(3))
    with centre.store.writing() as connection:
        held = account_at(connection, centre.accounts["chief"])
        open_ones = sessions_of(connection, held.number, AT + 3)
        assert [item.made_at for item in open_ones] == [AT + 2, AT + 1, AT]
        assert {(item.way, item.agent, item.address) for item in open_ones} == {
            (SignInWay.PASSKEY, HERE.agent, HERE.address)
        }
        end_session(connection, held.actor(), held, open_ones[1].number, AT)
    assert [who(centre, item, AT + 3) for item in (first, second, third)] == ["chief", None, "chief"]
    assert acts(centre)[0] == "sign_out"
    with centre.store.writing() as connection:
        other = account_at(connection, centre.accounts["east.admin"])
        with pytest.raises(StoreError, match="over already"):
            end_session(connection, other.actor(), other, open_ones[0].number, AT)
        assert end_all_sessions(connection, OWNER, held, AT + 3) == 2
    assert [who(centre, item, AT + 3) for item in (first, third)] == [None, None]
    assert acts(centre)[0] == "end_all_sessions"


def test_nobody_ends_the_sessions_of_somebody_who_may_do_more_elsewhere(centre: Centre) -> None:
    with centre.store.writing() as connection:
        give(connection, OWNER, centre.accounts["chief"], RoleGrant(Role.OPERATOR, centre.east), AT)
    secret = begun(centre)
    with centre.store.writing() as connection:
        chief = account_at(connection, centre.accounts["chief"])
        with pytest.raises(StoreError, match="does not manage all that 'chief' may do"):
            end_all_sessions(connection, centre.actor("east.admin"), chief, AT)
    assert who(centre, secret) == "chief"


def test_an_account_has_twenty_sessions_at_most_and_old_ones_are_deleted(centre: Centre) -> None:
    secrets = [begun(centre, at=AT + index) for index in range(21)]
    assert who(centre, secrets[0], AT + 30) is None
    assert who(centre, secrets[1], AT + 30) == "chief"
    begun(centre, "east.admin", AT + 31 * 24 * HOUR + 19)
    with centre.store.reading() as connection:
        left = connection.execute(sa.select(sa.func.count()).select_from(session_table)).scalar()
    assert left == 2


# --- one-time links ------------------------------------------------------------------------------


def used(centre: Centre, link: str, at: int = AT) -> int:
    with centre.store.writing() as connection:
        return account_of_link(connection, link.removeprefix(PATH), at)


def test_a_link_signs_in_once_within_a_quarter_of_an_hour(centre: Centre) -> None:
    number = centre.accounts["east.operator"]
    with centre.store.writing() as connection:
        link = one_time_link(connection, number, AT)
        kept = connection.execute(sa.select(link_table.c.hash)).scalar_one()
    assert len(link.removeprefix(PATH)) == 43, "256 random bits"
    assert link.removeprefix(PATH).encode() not in kept
    assert used(centre, link, AT + LIFETIME - 1) == number
    for attempt in (link, PATH, PATH + "x" * 43):
        with pytest.raises(StoreError, match="used already, or is older"):
            used(centre, attempt)
    with centre.store.writing() as connection:
        late = one_time_link(connection, number, AT)
    with pytest.raises(StoreError, match="user link create"):
        used(centre, late, AT + LIFETIME)


def test_a_link_does_not_live_longer_where_the_clock_is_set_back(centre: Centre) -> None:
    number = centre.accounts["east.operator"]
    with centre.store.writing() as connection:
        link = one_time_link(connection, number, AT)
    for back in (2 * APART, HOUR, 365 * 24 * HOUR):
        with pytest.raises(StoreError, match="is older"):
            used(centre, link, AT - back)
    assert used(centre, link, AT - APART // 2) == number, "two processes' clocks are never the same"
    with centre.store.writing() as connection:
        one_time_link(connection, number, AT + 365 * 24 * HOUR)
        one_time_link(connection, centre.accounts["chief"], AT)
        assert connection.execute(sa.select(link_table.c.account)).scalars().all() == [
            centre.accounts["chief"]
        ]


def test_a_second_link_takes_the_first_ones_place(centre: Centre) -> None:
    number = centre.accounts["east.operator"]
    with centre.store.writing() as connection:
        first, second = (one_time_link(connection, number, AT) for _ in range(2))
    with pytest.raises(StoreError, match="used already"):
        used(centre, first)
    assert used(centre, second) == number


def test_nobody_makes_a_link_for_somebody_who_may_more(centre: Centre) -> None:
    with centre.store.writing() as connection:
        link_by(connection, centre.actor("east.admin"), centre.accounts["east.operator"], AT)
        for who_asks, of in (
            ("east.admin", "chief"),
            ("east.admin", "west.operator"),
            ("east.operator", "east.admin"),
        ):
            with pytest.raises(StoreError, match="does not manage all"):
                link_by(connection, centre.actor(who_asks), centre.accounts[of], AT)
        end_account(connection, OWNER, centre.accounts["west.operator"], AT)
        with pytest.raises(StoreError, match="has ended"):
            link_by(connection, OWNER, centre.accounts["west.operator"], AT)
    assert acts(centre).count("make_link") == 1
