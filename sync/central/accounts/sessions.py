"""Sessions: one row each, known by the hash of a secret that only the browser's cookie has.

A session belongs to the browser in which it was begun: with another one's name it is over. It is over, too,
as soon as its account's epoch rises: with a changed grant, and when the account ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from secrets import randbits

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.accounts import Account, account_at, check_manages, end_sessions
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import USUAL, Lifetimes, SignInWay
from sync.central.accounts.secret_words import new_secret, secret_hash
from sync.central.accounts.tables import account, session
from sync.central.audit.audit import About, note
from sync.central.newer import word_of
from sync.central.store import Store, StoreError
from sync.central.units import DAY, MINUTE

_WRITTEN_EVERY = MINUTE
"""Microseconds: a session's last use is written so often, and not with every picture of a page."""
_LONGEST_AGENT = 300
_LONGEST = 31 * DAY
"""Microseconds: no settings let a session live longer."""
_MOST_SESSIONS = 20
"""Of one account; with one more, the one that was used longest ago ends."""


@dataclass(frozen=True)
class Visitor:
    """Where a request comes from, as far as it says: the browser's name, the address."""

    agent: str
    address: str

    @property
    def shown_agent(self) -> str:
        return self.agent[:_LONGEST_AGENT]


@dataclass(frozen=True)
class OpenSession:
    """A session that is not over. Times are microseconds since 1970 UTC."""

    number: int
    account: int
    way: SignInWay
    agent: str
    address: str
    made_at: int
    used_at: int


@dataclass(frozen=True)
class SignedInAccount:
    """Who comes with a session: the account as it is now, and the session."""

    account: Account
    session: OpenSession


def begin_session(
    connection: sa.Connection,
    number: int,
    way: SignInWay,
    visitor: Visitor,
    now: int,
    *,
    replaces: str | None = None,
) -> str:
    """Sign an account in; returns the secret for the cookie, always a new one. `replaces` is the secret that
    the browser had before: that session ends.
    """
    if replaces is not None:
        connection.execute(sa.delete(session).where(session.c.hash == secret_hash(replaces)))
    held = account_at(connection, number)
    if held.ended_at is not None:
        raise StoreError(
            phrase("the account %(name)r has ended", name=held.name), remedy=phrase("ask an administrator")
        )
    _make_room(connection, number, now)
    secret = new_secret()
    where_from = {"agent": visitor.shown_agent, "address": visitor.address[:64]}
    times = {"made_at": now, "used_at": now}
    values = {"hash": secret_hash(secret), "number": randbits(48), "account": number, "epoch": held.epoch}
    connection.execute(sa.insert(session).values(**values, way=way.value, **where_from, **times))
    note(connection, held.actor(), "sign_in", about_account(held), now, detail={"way": way.value})
    return secret


def signed_in(
    store: Store,
    secret: str,
    visitor: Visitor,
    now: int,
    lifetimes: Lifetimes = USUAL,
    *,
    is_use: bool = True,
) -> SignedInAccount | None:
    """Who comes with this session's secret; None where it is over, or in another browser, which ends it.

    `is_use` is false where nobody did anything: a page asks by itself.
    """
    with store.reading() as connection:
        row = connection.execute(_OPEN, {"secret": secret_hash(secret)}).first()
        if row is None or lifetimes.is_over(row.made_at, row.used_at, now):
            return None
        found = SignedInAccount(account_at(connection, row.account), _opened(row))
    if visitor.shown_agent != row.agent:
        with store.writing() as connection:
            _end(connection, session.c.number == row.number)
            _note_stolen(connection, found, now)
        return None
    if is_use and now - row.used_at >= _WRITTEN_EVERY:
        with store.writing() as connection:
            connection.execute(sa.update(session).where(session.c.number == row.number).values(used_at=now))
    return found


def _note_stolen(connection: sa.Connection, found: SignedInAccount, now: int) -> None:
    held = found.account
    note(connection, held.actor(), "session_in_another_browser", about_account(held), now)


def sessions_of(
    connection: sa.Connection, number: int, now: int, lifetimes: Lifetimes = USUAL
) -> list[OpenSession]:
    """The sessions of an account that are not over, the newest use first."""
    query = sa.select(session).join(account, account.c.number == session.c.account)
    live = (session.c.account == number) & (session.c.epoch == account.c.epoch)
    rows = connection.execute(query.where(live).order_by(session.c.used_at.desc(), session.c.number))
    return [_opened(row) for row in rows if not lifetimes.is_over(row.made_at, row.used_at, now)]


def end_session(connection: sa.Connection, actor: Actor, held: Account, number: int, now: int) -> None:
    """End one session of an account. Raises StoreError if it has none with this number."""
    if not _end(connection, (session.c.number == number) & (session.c.account == held.number)):
        raise StoreError(phrase("this session is over already"), where=held.name)
    act = "sign_out" if actor.account == held.number else "end_session"
    note(connection, actor, act, about_account(held), now)


def end_all_sessions(connection: sa.Connection, actor: Actor, held: Account, now: int) -> int:
    """End every session of an account at once; returns how many were open. Raises StoreError where it is
    another's, and `actor` does not manage all that it may do.
    """
    if actor.account != held.number:
        check_manages(connection, actor, held)
    count = len(sessions_of(connection, held.number, now))
    end_sessions(connection, held.number)
    note(connection, actor, "end_all_sessions", about_account(held), now, detail={"count": count})
    return count


def about_account(held: Account) -> About:
    """What an act on an account was about: seen by those who may where its one place is."""
    places = {grant.place for grant in held.grants}
    return About("account", held.name, place=places.pop() if len(places) == 1 else None)


# --- inside --------------------------------------------------------------------------------------

_OPEN = (
    sa.select(session)
    .join(account, account.c.number == session.c.account)
    .where(
        session.c.hash == sa.bindparam("secret", type_=sa.LargeBinary),
        session.c.epoch == account.c.epoch,
        account.c.ended_at.is_(None),
    )
)


def _end(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.delete(session).where(where)).rowcount


def _make_room(connection: sa.Connection, number: int, now: int) -> None:
    """Delete what is over by any settings, and of this account what was used longest ago."""
    _end(connection, session.c.made_at <= now - _LONGEST)
    newest = (
        sa.select(session.c.number)
        .where(session.c.account == number)
        .order_by(session.c.used_at.desc())
        .limit(_MOST_SESSIONS - 1)
    )
    _end(connection, (session.c.account == number) & session.c.number.not_in(newest))


def _opened(row: sa.Row[tuple[object, ...]]) -> OpenSession:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    return OpenSession(
        held["number"],
        held["account"],
        word_of(SignInWay, held["way"]),
        held["agent"],
        held["address"],
        held["made_at"],
        held["used_at"],
    )
