"""Challenges: what somebody was just given to answer, once and soon."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accounts.secret_words import secret_hash
from sync.central.accounts.tables import challenge
from sync.central.over import APART, is_over
from sync.central.units import MINUTE

LIFETIME = 5 * MINUTE
"""Microseconds in which a challenge has to be answered."""
_MOST = 10_000
"""Challenges that wait: with one more the oldest counts no more, so that asking fills no disk."""


def keep_challenge(
    connection: sa.Connection,
    secret: str,
    purpose: str,
    now: int,
    *,
    account: int | None = None,
    detail: str = "",
) -> None:
    """Remember that `secret` was given out for `purpose`, to an account where one is known."""
    connection.execute(sa.delete(challenge).where(_is_over(now)))
    newest = sa.select(challenge.c.until).order_by(challenge.c.until.desc()).offset(_MOST - 1).limit(1)
    oldest_kept = connection.execute(newest).scalar()
    if oldest_kept is not None:
        connection.execute(sa.delete(challenge).where(challenge.c.until <= oldest_kept))
    values = {"hash": secret_hash(secret), "purpose": purpose, "account": account, "detail": detail}
    connection.execute(sa.insert(challenge).values(**values, until=now + LIFETIME))


def answered_challenge(
    connection: sa.Connection, secret: str, purpose: str, now: int, *, account: int | None = None
) -> str | None:
    """What was kept with a challenge that is answered now, which uses it up; None where it counts not."""
    where = (challenge.c.hash == secret_hash(secret)) & (challenge.c.purpose == purpose)
    whose = challenge.c.account.is_not_distinct_from(account)
    statement = sa.delete(challenge).where(where, whose, ~_is_over(now))
    detail: str | None = connection.execute(statement.returning(challenge.c.detail)).scalar()
    return detail


def _is_over(now: int) -> sa.ColumnElement[bool]:
    return is_over(challenge.c.until, now, LIFETIME + APART)
