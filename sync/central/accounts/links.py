"""One-time links: how somebody comes in for the first time, or again after a lost passkey."""

from __future__ import annotations

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.accounts import account_at, check_manages
from sync.central.accounts.actor import Actor
from sync.central.accounts.secret_words import new_secret, secret_hash
from sync.central.accounts.sessions import about_account
from sync.central.accounts.tables import account
from sync.central.accounts.tables import one_time_link as _table
from sync.central.audit.audit import note
from sync.central.over import APART, is_over
from sync.central.store import StoreError
from sync.central.units import MINUTE

LIFETIME = 15 * MINUTE
"""Microseconds in which a link has to be used."""
PATH = "/sign-in/link/"


def one_time_link(connection: sa.Connection, number: int, now: int) -> str:
    """A new link's path, to sign in an account once within 15 minutes; earlier ones of it count no more.

    Who asks for it answers for that: `send_link` is for an actor. Raises StoreError.
    """
    held = account_at(connection, number)
    if held.ended_at is not None:
        raise StoreError(
            phrase("the account %(name)r has ended", name=held.name), remedy=phrase("make a new account")
        )
    secret = new_secret()
    connection.execute(sa.delete(_table).where((_table.c.account == number) | _is_over(now)))
    values = {"hash": secret_hash(secret), "account": number, "until": now + LIFETIME}
    connection.execute(sa.insert(_table).values(**values))
    return f"{PATH}{secret}"


def link_by(connection: sa.Connection, actor: Actor, number: int, now: int) -> str:
    """A new link for an account that `actor` manages, noted. Raises StoreError where they do not.

    Who has the link may all that the account may: so nobody makes one for somebody who may more, and the
    account does not approve what they ask for (sync.central.changes.deciding).
    """
    held = account_at(connection, number)
    check_manages(connection, actor, held)
    link = one_time_link(connection, number, now)
    if actor.account is not None and actor.account != number:
        made = {"linked_by": actor.account, "linked_at": now}
        connection.execute(sa.update(account).where(account.c.number == number).values(**made))
    note(connection, actor, "make_link", about_account(held), now)
    return link


def account_of_link(connection: sa.Connection, secret: str, now: int) -> int:
    """The account that a link signs in, which uses the link up. Raises StoreError if it counts no more."""
    where = (_table.c.hash == secret_hash(secret)) & ~_is_over(now)
    number = connection.execute(sa.delete(_table).where(where).returning(_table.c.account)).scalar()
    if number is None:
        raise StoreError(
            phrase("this link was used already, or is older than 15 minutes"),
            remedy=phrase("ask your administrator for a new one: gatepost central user link create"),
        )
    return int(number)


# --- inside --------------------------------------------------------------------------------------


def _is_over(now: int) -> sa.ColumnElement[bool]:
    return is_over(_table.c.until, now, LIFETIME + APART)
