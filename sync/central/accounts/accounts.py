"""Accounts and their grants: made, listed, changed, ended, each by an actor who may, and noted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core import (
    Act,
    Role,
    RoleGrant,
    fault_of_display,
    fault_of_name,
    may_grant,
    name_as_kept,
)
from sync.central.accounts.tables import account, account_grant, one_time_link, session, token
from sync.central.audit.audit import About, note
from sync.central.newer import is_known, word_of
from sync.central.places.sight import Sight
from sync.central.places.tree import path_of, path_text
from sync.central.store import StoreError

_HANDLE_BYTES = 64
_LIST = phrase("gatepost central user list")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in, until `ended_at`. Times are microseconds since 1970 UTC."""

    number: int
    name: str
    display: str
    language: str
    single_keys: bool
    handle: bytes
    epoch: int
    made_at: int
    ended_at: int | None
    has_password: bool
    issuer: str | None
    grants: tuple[RoleGrant, ...]

    def actor(self, via: Via = Via.SESSION) -> Actor:
        """The account as somebody who acts."""
        return Actor(self.number, self.display, self.grants, via)


def create_account(
    connection: sa.Connection,
    actor: Actor,
    name: str,
    display: str,
    grants: Iterable[RoleGrant],
    now: int,
    *,
    directory: tuple[str, str] | None = None,
) -> int:
    """Make an account that nothing lets in yet; returns its number. Raises StoreError.

    `directory` is the issuer that vouches for it, and its subject there.
    """
    kept = name_as_kept(name)
    if fault := fault_of_name(kept) or fault_of_display(display):
        raise StoreError(fault, where=name[:70])
    if connection.execute(sa.select(account.c.number).where(account.c.name == kept)).first() is not None:
        raise StoreError(
            phrase("there is already an account %(kept)r", kept=kept),
            remedy=phrase("names are never given again"),
        )
    issuer, subject = directory or (None, None)
    values = {"name": kept, "display": display.strip(), "handle": token_bytes(_HANDLE_BYTES), "made_at": now}
    made = sa.insert(account).values(**values, issuer=issuer, issuer_subject=subject)
    number = int(connection.execute(made.returning(account.c.number)).scalar_one())
    wanted = tuple(dict.fromkeys(grants))
    places = {grant.place for grant in wanted}
    about = About("account", kept, place=places.pop() if len(places) == 1 else None)
    note(connection, actor, "create_account", about, now)
    for grant in wanted:
        give(connection, actor, number, grant, now)
    return number


def accounts(connection: sa.Connection, sight: Sight) -> list[Account]:
    """Every account with a grant in sight, or one at its end; those without any where all is in sight."""
    holders = sa.select(account_grant.c.account).where(sight.of_place(account_grant.c.place))
    seen = sa.true() if sight.everywhere else account.c.number.in_(holders)
    return _accounts(connection, seen)


def account_at(connection: sa.Connection, number: int) -> Account:
    """The account with this number. Raises StoreError if there is none."""
    return _one(connection, account.c.number == number, str(number))


def account_named(connection: sa.Connection, name: str) -> Account:
    """The account with this name. Raises StoreError if there is none."""
    kept = name_as_kept(name)
    return _one(connection, account.c.name == kept, kept[:70])


def set_preferences(connection: sa.Connection, number: int, *, language: str, single_keys: bool) -> None:
    """Set what somebody wants of the console: it changes nobody else's."""
    where = account.c.number == number
    connection.execute(sa.update(account).where(where).values(language=language, single_keys=single_keys))


# --- grants --------------------------------------------------------------------------------------


def give(connection: sa.Connection, actor: Actor, number: int, grant: RoleGrant, now: int) -> None:
    """Give an account a role at a place; its sessions are over. Raises StoreError where `actor` may not."""
    held = account_at(connection, number)
    if held.ended_at is not None:
        raise StoreError(phrase("the account %(name)r has ended", name=held.name), remedy=_LIST)
    _check_may(connection, actor, grant)
    if grant in held.grants:
        raise StoreError(phrase("%(name)r is %(role)s there already", name=held.name, role=grant.role))
    values = {"account": number, "role": grant.role.value, "place": grant.place, "at": now}
    connection.execute(sa.insert(account_grant).values(**values))
    _note_grant(connection, actor, "give_grant", held, grant, now)
    end_sessions(connection, number)


def take(connection: sa.Connection, actor: Actor, number: int, grant: RoleGrant, now: int) -> None:
    """Take a role from an account; its sessions are over. Raises StoreError where `actor` may not, and where
    nobody would be left who may everything everywhere.
    """
    held = account_at(connection, number)
    if grant not in held.grants:
        raise StoreError(
            phrase("%(name)r is not %(role)s there", name=held.name, role=grant.role), remedy=_LIST
        )
    _check_may(connection, actor, grant)
    # Noted first: it queues those who do this at once, so that each sees what the one before has left.
    _note_grant(connection, actor, "take_grant", held, grant, now)
    same = (account_grant.c.account == number) & (account_grant.c.role == grant.role.value)
    where = same & account_grant.c.place.is_not_distinct_from(grant.place)
    connection.execute(sa.delete(account_grant).where(where))
    if grant == RoleGrant(Role.ADMINISTRATOR):
        _check_somebody_is_left(connection)
    end_sessions(connection, number)


def end_account(connection: sa.Connection, actor: Actor, number: int, now: int) -> None:
    """End an account for good: its sessions, tokens and links with it. Raises StoreError where `actor` may
    not take all that it may do, and where nobody would be left who may everything everywhere.
    """
    held = account_at(connection, number)
    if held.ended_at is not None:
        raise StoreError(phrase("the account %(name)r has ended already", name=held.name), remedy=_LIST)
    check_manages(connection, actor, held)
    places = {grant.place for grant in held.grants}
    about = About("account", held.name, place=places.pop() if len(places) == 1 else None)
    note(connection, actor, "end_account", about, now)
    gone = {"ended_at": now, "password": None, "second_factor": None, "epoch": account.c.epoch + 1}
    connection.execute(sa.update(account).where(account.c.number == number).values(**gone))
    live = (token.c.account == number) & token.c.revoked_at.is_(None)
    connection.execute(sa.update(token).where(live).values(revoked_at=now))
    for table in (session, one_time_link):
        connection.execute(sa.delete(table).where(table.c.account == number))
    if RoleGrant(Role.ADMINISTRATOR) in held.grants:
        _check_somebody_is_left(connection)


def replace_directory_grants(
    connection: sa.Connection, actor: Actor, number: int, grants: Iterable[RoleGrant], now: int
) -> None:
    """Set what a directory says that somebody may; what was given here stays, and a role that this version
    does not know: a newer one's process has given that by the same directory.
    """
    wanted = dict.fromkeys(grants)
    columns = account_grant.c
    of_directory = (columns.account == number) & columns.by_directory
    rows = connection.execute(sa.select(columns.role, columns.place).where(of_directory))
    held = account_at(connection, number)
    said = {RoleGrant(Role(row.role), row.place) for row in rows if is_known(Role, row.role)}
    for grant in said - wanted.keys():
        where = of_directory & (columns.role == grant.role.value)
        connection.execute(
            sa.delete(account_grant).where(where & columns.place.is_not_distinct_from(grant.place))
        )
        _note_grant(connection, actor, "take_grant", held, grant, now)
    for grant in wanted:
        if grant not in held.grants:
            values = {"account": number, "role": grant.role.value, "place": grant.place, "at": now}
            connection.execute(sa.insert(account_grant).values(**values, by_directory=True))
            _note_grant(connection, actor, "give_grant", held, grant, now)
    if said != wanted.keys():
        end_sessions(connection, number)


def end_sessions(connection: sa.Connection, number: int) -> None:
    """End every session of an account, wherever it is open."""
    connection.execute(sa.update(account).where(account.c.number == number).values(epoch=account.c.epoch + 1))
    connection.execute(sa.delete(session).where(session.c.account == number))


# --- inside --------------------------------------------------------------------------------------


def _note_grant(
    connection: sa.Connection, actor: Actor, act: str, held: Account, grant: RoleGrant, now: int
) -> None:
    about = About("account", held.name, place=grant.place)
    note(connection, actor, act, about, now, detail={"role": grant.role.value, "place": grant.place})


def may_manage(connection: sa.Connection, actor: Actor, grant: RoleGrant) -> bool:
    """Whether `actor` may give or take `grant`, and whatever goes with it."""
    above = () if grant.place is None else path_of(connection, grant.place)
    return may_grant(actor.acts_at(frozenset(node.number for node in above)), grant.role)


def _check_may(connection: sa.Connection, actor: Actor, grant: RoleGrant) -> None:
    """Raises StoreError where `actor` may not give or take `grant`: for a place out of their sight in the
    same words as for one that is not there.
    """
    sight = actor.sight(Act.MANAGE_ACCOUNTS)
    if grant.place is not None and not sight.has_place(connection, grant.place):
        raise StoreError(
            phrase("there is no place %(place)s of which you manage accounts", place=grant.place),
            remedy=phrase("gatepost central place list"),
        )
    if not may_manage(connection, actor, grant):
        raise StoreError(
            phrase(
                "%(actor)s may not make anybody %(role)s there, or end it", actor=actor.name, role=grant.role
            ),
            where=phrase("everywhere")
            if grant.place is None
            else path_text(path_of(connection, grant.place)),
            remedy=phrase("ask an administrator of that place, or of one around it"),
        )


def check_manages(connection: sa.Connection, actor: Actor, held: Account) -> None:
    """Raises StoreError where `actor` does not manage all that an account may do, wherever that is."""
    of_nobody = not held.grants and not actor.sight(Act.MANAGE_ACCOUNTS).everywhere
    if of_nobody or not all(may_manage(connection, actor, grant) for grant in held.grants):
        raise StoreError(
            phrase("%(actor)s does not manage all that %(name)r may do", actor=actor.name, name=held.name),
            remedy=phrase("ask an administrator of the places around"),
        )


def _check_somebody_is_left(connection: sa.Connection) -> None:
    columns = account_grant.c
    everywhere = (columns.role == Role.ADMINISTRATOR.value) & columns.place.is_(None)
    joined = sa.select(columns.account).join(account, account.c.number == columns.account)
    if connection.execute(joined.where(everywhere, account.c.ended_at.is_(None))).first() is None:
        raise StoreError(
            phrase("the last administrator everywhere cannot be removed"),
            remedy=phrase("make somebody else administrator everywhere first"),
        )


def _one(connection: sa.Connection, where: sa.ColumnElement[bool], shown: str) -> Account:
    found = _accounts(connection, where)
    if not found:
        raise StoreError(phrase("there is no account %(shown)r", shown=shown), remedy=_LIST)
    return found[0]


def _accounts(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[Account]:
    rows = connection.execute(sa.select(account).where(where).order_by(account.c.name)).all()
    grants = defaultdict[int, list[RoleGrant]](list)
    query = sa.select(account_grant).where(
        account_grant.c.account.in_(sa.select(account.c.number).where(where))
    )
    for row in connection.execute(query.order_by(account_grant.c.number)):
        grants[row.account].append(RoleGrant(word_of(Role, row.role), row.place))
    return [_account(row, tuple(grants[row.number])) for row in rows]


def _account(row: sa.Row[Any], grants: tuple[RoleGrant, ...]) -> Account:
    return Account(
        row.number,
        row.name,
        row.display,
        row.language,
        row.single_keys,
        row.handle,
        row.epoch,
        row.made_at,
        row.ended_at,
        row.password is not None,
        row.issuer,
        grants,
    )
