"""Accounts and grants on both databases: who may give what where, and who is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from sync.central.accounts.accounts import (
    account_at,
    account_named,
    accounts,
    create_account,
    end_account,
    give,
    replace_directory_grants,
    set_preferences,
    take,
)
from sync.central.accounts.actor import SYSTEM, Actor
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.accounts.tables import account_grant
from sync.central.audit.audit import entries
from sync.central.places.sight import EVERYWHERE
from sync.central.store import StoreError
from tests.sync.central.accounts.conftest import OWNER, Centre
from tests.sync.wire.examples import AT


def test_an_account_has_the_grants_that_it_was_given_and_each_is_noted(centre: Centre) -> None:
    with centre.store.writing() as connection:
        number = account_named(connection, " East.Operator ").number
        give(connection, centre.actor("east.admin"), number, RoleGrant(Role.AUDITOR, centre.east), AT)
        held = account_at(connection, number)
        assert held.grants == (RoleGrant(Role.OPERATOR, centre.east), RoleGrant(Role.AUDITOR, centre.east))
        take(connection, centre.actor("chief"), number, RoleGrant(Role.OPERATOR, centre.east), AT)
        assert account_at(connection, number).grants == (RoleGrant(Role.AUDITOR, centre.east),)
        noted = [
            (entry.name, entry.act, entry.about.id, entry.about.place)
            for entry in entries(connection, EVERYWHERE)
        ]
    assert noted[:2] == [
        ("Chief", "take_grant", "east.operator", centre.east),
        ("East.Admin", "give_grant", "east.operator", centre.east),
    ]


def test_nobody_gives_or_takes_more_than_he_has_or_elsewhere(centre: Centre) -> None:
    east, west = centre.east, centre.west
    tried = [
        # who, to whom, what, whether it may be
        ("chief", "west.operator", RoleGrant(Role.ADMINISTRATOR), True),
        ("chief", "west.operator", RoleGrant(Role.REGISTRAR, west), True),
        ("east.admin", "west.operator", RoleGrant(Role.OPERATOR, east), True),
        ("east.admin", "west.operator", RoleGrant(Role.ADMINISTRATOR, east), True),
        ("east.admin", "east.operator", RoleGrant(Role.OPERATOR, west), False),
        ("east.admin", "east.operator", RoleGrant(Role.OPERATOR, centre.city), False),
        ("east.admin", "east.admin", RoleGrant(Role.OPERATOR), False),
        ("east.operator", "east.operator", RoleGrant(Role.AUDITOR, east), False),
        ("city.auditor", "city.auditor", RoleGrant(Role.OPERATOR, east), False),
    ]
    done = {}
    for who, to, grant, _ in tried:
        with suppress(StoreError), centre.store.writing() as connection:
            give(connection, centre.actor(who), centre.accounts[to], grant, AT)
            done[who, to, grant] = True
    assert done == {(who, to, grant): True for who, to, grant, may in tried if may}
    for who, of, grant, said in (
        (
            "east.admin",
            "west.operator",
            RoleGrant(Role.OPERATOR, west),
            f"no place {west} of which you manage",
        ),
        (
            "east.operator",
            "east.admin",
            RoleGrant(Role.ADMINISTRATOR, east),
            f"no place {east} of which you manage",
        ),
        ("east.admin", "chief", RoleGrant(Role.ADMINISTRATOR), "may not make anybody"),
    ):
        with pytest.raises(StoreError, match=said), centre.store.writing() as connection:
            take(connection, centre.actor(who), centre.accounts[of], grant, AT)
        with pytest.raises(StoreError, match="does not manage all"), centre.store.writing() as connection:
            end_account(connection, centre.actor(who), centre.accounts[of], AT)


def test_a_place_out_of_sight_is_refused_as_one_that_is_not_there(centre: Centre) -> None:
    number = centre.accounts["east.operator"]
    with centre.store.writing() as connection:
        give(connection, OWNER, number, RoleGrant(Role.REGISTRAR, centre.west), AT)

    def said(attempt: Callable[[sa.Connection, Actor], None]) -> str:
        with pytest.raises(StoreError) as refused, centre.store.writing() as connection:
            attempt(connection, centre.actor("east.admin"))
        return str(refused.value)

    there = said(lambda c, who: give(c, who, number, RoleGrant(Role.OPERATOR, centre.west), AT))
    nowhere = said(lambda c, who: give(c, who, number, RoleGrant(Role.OPERATOR, 9999), AT))
    assert there.replace(str(centre.west), "9999") == nowhere
    assert "West" not in said(lambda c, who: end_account(c, who, number, AT))


@pytest.mark.parametrize("ending", [True, False])
def test_the_last_administrator_everywhere_stays_even_where_two_go_at_once(
    centre: Centre, ending: bool
) -> None:
    with centre.store.writing() as connection:
        other = create_account(
            connection, OWNER, "other.chief", "Other", (RoleGrant(Role.ADMINISTRATOR),), AT
        )

    def go(number: int) -> str:
        try:
            with centre.store.writing() as connection:
                if ending:
                    end_account(connection, OWNER, number, AT)
                else:
                    take(connection, OWNER, number, RoleGrant(Role.ADMINISTRATOR), AT)
        except StoreError as error:
            return error.what
        return "gone"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(go, (centre.accounts["chief"], other)))
    assert said == ["gone", "the last administrator everywhere cannot be removed"]


def test_one_sees_the_accounts_of_ones_places(centre: Centre) -> None:
    def seen(name: str) -> set[str]:
        with centre.store.reading() as connection:
            sight = centre.actor(name).sight(Act.MANAGE_ACCOUNTS)
            return {item.name for item in accounts(connection, sight)}

    assert seen("east.admin") == {"east.admin", "east.operator"}
    assert seen("chief") == set(centre.accounts)
    assert seen("city.auditor") == set()


BAD = [
    ("", "Wang Fang", "expected 1 to 63"),
    ("wang fang", "Wang Fang", "expected 1 to 63"),
    ("王芳", "王芳", "expected 1 to 63"),
    ("../x", "x", "expected 1 to 63"),
    ("w" * 64, "x", "expected 1 to 63"),
    ("wang", " ", "0 characters, expected 1 to 60"),
    ("wang", "Wang\x1b[2J", "cannot be seen"),
    ("wang", "gnaW\u202e", "cannot be seen"),
    ("CHIEF", "Another", "already an account 'chief'"),
]


def test_what_cannot_be_an_account_is_refused_with_what_is_wrong(centre: Centre) -> None:
    for name, display, said in BAD:
        with pytest.raises(StoreError, match=said), centre.store.writing() as connection:
            create_account(connection, OWNER, name, display, (), AT)
    with pytest.raises(StoreError, match="there is no place 9999"), centre.store.writing() as connection:
        create_account(connection, OWNER, "wang", "Wang", (RoleGrant(Role.OPERATOR, 9999),), AT)
    with centre.store.reading() as connection:
        assert len(accounts(connection, EVERYWHERE)) == len(centre.accounts), "nothing half done"


def test_an_ended_account_is_given_nothing_and_its_name_to_nobody(centre: Centre) -> None:
    with centre.store.writing() as connection:
        end_account(connection, OWNER, centre.accounts["east.operator"], AT + 1)
    for attempt, said in (
        (
            lambda c: give(c, OWNER, centre.accounts["east.operator"], RoleGrant(Role.AUDITOR), AT),
            "has ended",
        ),
        (lambda c: end_account(c, OWNER, centre.accounts["east.operator"], AT), "has ended already"),
        (lambda c: create_account(c, OWNER, "east.operator", "New", (), AT), "never given again"),
    ):
        with pytest.raises(StoreError, match=said), centre.store.writing() as connection:
            attempt(connection)


def test_a_directory_replaces_what_it_gave_and_nothing_else(centre: Centre) -> None:
    number, east = centre.accounts["east.operator"], centre.east

    def after(*grants: RoleGrant) -> set[RoleGrant]:
        with centre.store.writing() as connection:
            replace_directory_grants(connection, SYSTEM, number, grants, AT)
            return set(account_at(connection, number).grants)

    own = RoleGrant(Role.OPERATOR, east)
    assert after(RoleGrant(Role.AUDITOR, east)) == {own, RoleGrant(Role.AUDITOR, east)}
    assert after(RoleGrant(Role.REGISTRAR)) == {own, RoleGrant(Role.REGISTRAR)}
    assert after() == {own}


def test_a_directory_takes_nothing_that_a_newer_version_gave(centre: Centre) -> None:
    """While processes of two versions serve, one directory gives by the newer one's roles."""
    number, east = centre.accounts["east.operator"], RoleGrant(Role.AUDITOR, centre.east)
    with centre.store.writing() as connection:
        replace_directory_grants(connection, SYSTEM, number, [east], AT)
        newer = {"account": number, "role": "zz_newer", "place": centre.east, "at": AT}
        connection.execute(sa.insert(account_grant).values(**newer, by_directory=True))
        before = account_at(connection, number)
        replace_directory_grants(connection, SYSTEM, number, [east], AT)
        after = account_at(connection, number)
    assert (set(after.grants), after.epoch) == (set(before.grants), before.epoch), "its sessions go on"
    assert "zz_newer" in {grant.role for grant in after.grants}


def test_what_one_wants_of_the_console_is_kept(centre: Centre) -> None:
    number = centre.accounts["chief"]
    with centre.store.writing() as connection:
        set_preferences(connection, number, language="zh", single_keys=False)
        held = account_at(connection, number)
    assert (held.language, held.single_keys) == ("zh", False)
