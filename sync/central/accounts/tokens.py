"""Tokens for the API: what an account lets a program do in its name, at a place, until a day.

A token may never do more than its account may now: what is taken from the account is taken from its tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import code, listed, phrase
from sync.central.accounts.accounts import Account, account_at, account_named, check_manages
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core import Act, RoleGrant, acts_at
from sync.central.accounts.secret_words import new_secret, secret_hash
from sync.central.accounts.tables import account, account_grant, token
from sync.central.audit.audit import About, note
from sync.central.places.sight import Sight
from sync.central.places.tree import path_of
from sync.central.store import Store, StoreError
from sync.central.units import DAY, MINUTE

PREFIX = "gatepost_"
"""How every token begins, so that one that was put into a file by mistake is found."""
LONGEST = 366 * DAY
_WRITTEN_EVERY = MINUTE
_LONGEST_LABEL = 60
_LIST = phrase("gatepost central token list")
_ACTS = frozenset(Act)


class TokenRefused(StoreError):
    """A token that opens nothing: an unknown one, one that has ended, one of an account that has."""


@dataclass(frozen=True)
class Token:
    """What is known of a token, which is never shown again. Times are microseconds since 1970 UTC."""

    number: int
    account: str
    label: str
    acts: frozenset[Act]
    place: int | None
    made_at: int
    until: int
    used_at: int | None
    revoked_at: int | None


def create_token(
    connection: sa.Connection,
    actor: Actor,
    number: int,
    label: str,
    acts: Iterable[Act],
    place: int | None,
    until: int,
    now: int,
) -> str:
    """Make a token of an account; returns it, for the only time. Raises StoreError."""
    held, wanted = account_at(connection, number), frozenset(acts)
    if actor.via is Via.TOKEN:
        raise StoreError(phrase("a token makes no tokens"), remedy=phrase("sign in, or use the command line"))
    if actor.account not in {None, number}:
        raise StoreError(phrase("a token is made by the one in whose name it acts"), where=held.name)
    if not label.strip() or len(label) > _LONGEST_LABEL:
        raise StoreError(
            phrase(
                "a token's name has %(count)s characters, expected 1 to %(longest)s",
                count=len(label.strip()),
                longest=_LONGEST_LABEL,
            )
        )
    if not wanted:
        raise StoreError(
            phrase("what may the token do?"), where=label, remedy=phrase("name one act at least")
        )
    if not now < until <= now + LONGEST:
        raise StoreError(phrase("a token ends after now, and within a year"), where=label)
    if held.ended_at is not None:
        raise StoreError(phrase("the account %(name)r has ended", name=held.name))
    narrowed = _narrowed(connection, held, place)
    if place is not None and not narrowed:
        raise StoreError(
            phrase(
                "there is no place %(place)s at which %(name)r may do anything", place=place, name=held.name
            ),
            where=label,
        )
    lacking = wanted - frozenset(
        act for grant in narrowed for act in acts_at([grant], _above(connection, grant))
    )
    if lacking:
        raise StoreError(
            phrase(
                "%(name)r may not do this itself: %(lacking)s",
                name=held.name,
                lacking=listed(code(act) for act in sorted(lacking)),
            ),
            where=label,
            remedy=phrase("leave it out"),
        )
    secret = PREFIX + new_secret()
    values = {"hash": secret_hash(secret), "account": number, "label": label.strip(), "place": place}
    times = {"made_at": now, "until": until}
    connection.execute(sa.insert(token).values(**values, acts=",".join(sorted(wanted)), **times))
    about = About("token", label.strip(), place=place)
    note(connection, actor, "create_token", about, now, detail={"acts": sorted(wanted), "account": number})
    return secret


def actor_by_token(store: Store, secret: str, now: int) -> Actor:
    """Who acts with this token: its account's name and grants, within the token's place and acts.

    Raises TokenRefused.
    """
    made = secret_hash(secret)
    with store.reading() as connection:
        row = connection.execute(sa.select(token).where(token.c.hash == made)).first()
        if row is None or not compare_digest(row.hash, made):
            raise TokenRefused(phrase("this token is not known here"), remedy=_LIST)
        held = account_at(connection, row.account)
        if row.revoked_at is not None or held.ended_at is not None or row.until <= now:
            raise TokenRefused(
                phrase("this token has ended"), where=row.label, remedy=phrase("make a new one")
            )
        grants = _narrowed(connection, held, row.place)
    if row.used_at is None or now - row.used_at >= _WRITTEN_EVERY:
        with store.writing() as connection:
            connection.execute(sa.update(token).where(token.c.number == row.number).values(used_at=now))
    return Actor(held.number, held.display, grants, Via.TOKEN, _acts(row))


def tokens(connection: sa.Connection, sight: Sight, own: int | None) -> list[Token]:
    """The tokens of the account `own`, and those of accounts with a grant in `sight`; the newest first."""
    holders = sa.select(account_grant.c.account).where(sight.of_place(account_grant.c.place))
    seen = sa.true() if sight.everywhere else token.c.account.in_(holders)
    query = sa.select(token, account.c.name).join(account, account.c.number == token.c.account)
    rows = connection.execute(query.where(seen | (token.c.account == own)).order_by(token.c.number.desc()))
    return [_token(row) for row in rows]


def revoke_token(connection: sa.Connection, actor: Actor, number: int, now: int) -> None:
    """Let a token count no more. Raises StoreError where it is out of the actor's sight, or ended already;
    and where it is another's, and the actor does not manage all that its account may do.
    """
    seen = {item.number: item for item in tokens(connection, actor.sight(Act.MANAGE_ACCOUNTS), actor.account)}
    if number not in seen:
        raise StoreError(phrase("there is no token %(number)s", number=number), remedy=_LIST)
    held = account_named(connection, seen[number].account)
    if actor.account != held.number:
        check_manages(connection, actor, held)
    live = (token.c.number == number) & token.c.revoked_at.is_(None)
    if not connection.execute(sa.update(token).where(live).values(revoked_at=now)).rowcount:
        raise StoreError(
            phrase("token %(number)s has ended already", number=number), where=seen[number].label
        )
    note(connection, actor, "revoke_token", About("token", seen[number].label, place=seen[number].place), now)


# --- inside --------------------------------------------------------------------------------------


def _narrowed(connection: sa.Connection, held: Account, place: int | None) -> tuple[RoleGrant, ...]:
    """The account's grants as far as they lie within `place`."""
    if place is None:
        return held.grants
    around = _around(connection, place)
    if not around:
        return ()
    whole = {RoleGrant(grant.role, place) for grant in held.grants if grant.covers(around)}
    within = {grant for grant in held.grants if grant.place and place in _around(connection, grant.place)}
    return tuple(sorted(whole | within, key=lambda grant: (grant.role, grant.place or 0)))


def _above(connection: sa.Connection, grant: RoleGrant) -> frozenset[int]:
    return frozenset() if grant.place is None else _around(connection, grant.place)


def _around(connection: sa.Connection, place: int) -> frozenset[int]:
    return frozenset(node.number for node in path_of(connection, place))


def _acts(row: sa.Row[Any]) -> frozenset[Act]:
    # What a newer version lets a token do, this one does not know how to do.
    return frozenset(Act(word) for word in row.acts.split(",") if word in _ACTS)


def _token(row: sa.Row[Any]) -> Token:
    times = (row.made_at, row.until, row.used_at, row.revoked_at)
    return Token(row.number, row.name, row.label, _acts(row), row.place, *times)
