"""Tokens on both databases: never more than their account, nowhere else, not longer than they say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sync.central.accounts.accounts import end_account, give, take
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.accounts.tables import token as token_table
from sync.central.accounts.tokens import (
    LONGEST,
    PREFIX,
    TokenRefused,
    actor_by_token,
    create_token,
    revoke_token,
    tokens,
)
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import StoreError
from tests.sync.central.accounts.conftest import OWNER, Centre
from tests.sync.wire.examples import AT

UNTIL = AT + 1000
READING = frozenset({Act.SEE, Act.EXPORT})


def made(centre: Centre, name: str, acts: frozenset[Act], place: int | None, until: int = UNTIL) -> str:
    with centre.store.writing() as connection:
        return create_token(connection, OWNER, centre.accounts[name], "report", acts, place, until, AT)


def used(centre: Centre, secret: str, at: int = AT + 1) -> Actor:
    return actor_by_token(centre.store, secret, at)


def test_a_token_acts_in_its_accounts_name_within_its_acts(centre: Centre) -> None:
    actor = used(centre, made(centre, "city.auditor", READING, None))
    assert (actor.name, actor.account, actor.via) == (
        "City.Auditor",
        centre.accounts["city.auditor"],
        Via.TOKEN,
    )
    assert actor.sight(Act.SEE) == Sight(frozenset({centre.city}))
    assert not actor.may(Act.READ_AUDIT), "its account may, the token was not given it"


def test_a_token_of_a_place_acts_there_only(centre: Centre) -> None:
    of_chief = used(centre, made(centre, "chief", READING, centre.east))
    of_auditor = used(centre, made(centre, "city.auditor", READING, centre.east))
    of_operator = used(centre, made(centre, "east.operator", frozenset({Act.SEE}), centre.city))
    east = Sight(frozenset({centre.east}))
    assert [who.sight(Act.SEE) for who in (of_chief, of_auditor, of_operator)] == [east] * 3
    with centre.store.reading() as connection:
        assert of_chief.sight(Act.SEE).has_site(connection, "lake-view")
        assert not of_chief.sight(Act.SEE).has_site(connection, "hill"), "another street"


@pytest.mark.parametrize(
    ("acts", "place", "said"),
    [
        (frozenset({Act.COMMAND}), None, "may not do this itself: command"),
        (READING, "west", "there is no place [0-9]+ at which 'east.admin' may do anything"),
        (READING, 9999, "there is no place 9999 at which 'east.admin' may do anything"),
        (frozenset[Act](), None, "what may the token do"),
    ],
)
def test_nobody_is_given_a_token_for_more_than_he_may(
    centre: Centre, acts: frozenset[Act], place: int | str | None, said: str
) -> None:
    with centre.store.writing() as connection:
        give(connection, OWNER, centre.accounts["east.admin"], RoleGrant(Role.AUDITOR, centre.east), AT)
        take(connection, OWNER, centre.accounts["east.admin"], RoleGrant(Role.ADMINISTRATOR, centre.east), AT)
    where = centre.west if place == "west" else place
    with pytest.raises(StoreError, match=said):
        made(centre, "east.admin", acts, where)  # type: ignore[arg-type]  # a number or none by now


def test_what_is_taken_from_the_account_is_taken_from_its_tokens(centre: Centre) -> None:
    secret, number = made(centre, "city.auditor", READING, None), centre.accounts["city.auditor"]
    with centre.store.writing() as connection:
        take(connection, OWNER, number, RoleGrant(Role.AUDITOR, centre.city), AT)
        give(connection, OWNER, number, RoleGrant(Role.OPERATOR, centre.west), AT)
    actor = used(centre, secret)
    assert actor.sight(Act.SEE) == Sight(frozenset({centre.west}))
    assert not actor.may(Act.EXPORT)
    with centre.store.writing() as connection:
        end_account(connection, OWNER, number, AT)
    with pytest.raises(TokenRefused, match="has ended"):
        used(centre, secret)


def test_a_token_that_counts_no_more_says_so_and_a_wrong_one_nothing(centre: Centre) -> None:
    secret = made(centre, "chief", READING, None)
    with pytest.raises(TokenRefused, match="has ended"):
        used(centre, secret, UNTIL)
    for wrong in ("", PREFIX, secret[:-1], secret + "x", secret.upper(), "\udcff" * 40, "x" * 100_000):
        with pytest.raises(TokenRefused, match="not known here"):
            used(centre, wrong)
    with centre.store.writing() as connection:
        [held] = tokens(connection, EVERYWHERE, None)
        with pytest.raises(StoreError, match="there is no token"):
            revoke_token(connection, centre.actor("east.admin"), held.number, AT)
        revoke_token(connection, centre.actor("chief"), held.number, AT)
        with pytest.raises(StoreError, match="has ended already"):
            revoke_token(connection, OWNER, held.number, AT)
    with pytest.raises(TokenRefused, match="has ended"):
        used(centre, secret)


def test_a_token_is_shown_once_and_its_last_use_is_kept(centre: Centre) -> None:
    secret = made(centre, "chief", READING, centre.east)
    with centre.store.reading() as connection:
        row = connection.execute(sa.select(token_table)).one()
    assert secret.startswith(PREFIX)
    assert all(
        secret not in str(value) and secret.encode() not in bytes(str(value), "utf-8") for value in row
    )
    used(centre, secret, AT + 5)
    with centre.store.reading() as connection:
        [held] = tokens(connection, EVERYWHERE, None)
    assert (held.used_at, held.acts, held.place, held.until) == (AT + 5, READING, centre.east, UNTIL)


def test_one_sees_ones_own_tokens_and_those_of_accounts_that_one_manages(centre: Centre) -> None:
    for name in ("east.operator", "west.operator"):
        made(centre, name, frozenset({Act.SEE}), None)

    def seen(name: str) -> set[str]:
        with centre.store.reading() as connection:
            sight = centre.actor(name).sight(Act.MANAGE_ACCOUNTS)
            return {item.account for item in tokens(connection, sight, centre.accounts[name])}

    assert {name: seen(name) for name in ("east.admin", "west.operator", "chief", "city.auditor")} == {
        "east.admin": {"east.operator"},
        "west.operator": {"west.operator"},
        "chief": {"east.operator", "west.operator"},
        "city.auditor": set(),
    }


def test_who_may_make_a_token_of_whom(centre: Centre) -> None:
    number = centre.accounts["east.operator"]
    by_token = used(centre, made(centre, "east.operator", frozenset({Act.SEE}), None))
    for actor, until, label, said in (
        (by_token, UNTIL, "x", "a token makes no tokens"),
        (centre.actor("east.admin"), UNTIL, "x", "made by the one in whose name"),
        (OWNER, AT, "x", "ends after now"),
        (OWNER, AT + LONGEST + 1, "x", "within a year"),
        (OWNER, UNTIL, " ", "expected 1 to 60"),
    ):
        with pytest.raises(StoreError, match=said), centre.store.writing() as connection:
            create_token(connection, actor, number, label, {Act.SEE}, None, until, AT)


def test_nobody_revokes_a_token_of_somebody_who_may_do_more_elsewhere(centre: Centre) -> None:
    with centre.store.writing() as connection:
        give(connection, OWNER, centre.accounts["chief"], RoleGrant(Role.OPERATOR, centre.east), AT)
    secrets = [made(centre, name, frozenset({Act.SEE}), None) for name in ("chief", "east.operator")]
    east = centre.actor("east.admin")
    with centre.store.writing() as connection:
        below, above = tokens(connection, east.sight(Act.MANAGE_ACCOUNTS), None)
        with pytest.raises(StoreError, match="does not manage all that 'chief' may do"):
            revoke_token(connection, east, above.number, AT)
        revoke_token(connection, east, below.number, AT)
    assert used(centre, secrets[0]).name == "Chief"
