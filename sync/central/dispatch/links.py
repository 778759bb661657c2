"""Lets a worker in on their phone: by a link that lets in once, for the length of a shift."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.secret_words import new_secret, secret_hash
from sync.central.dispatch.core import Bounds, duty_at
from sync.central.dispatch.rosters import Worker
from sync.central.dispatch.tables import is_taken, task, worker, worker_link, worker_session
from sync.central.over import APART, is_over
from sync.central.store import StoreError
from sync.central.units import DAY, HOUR

PATH = "/w/"
_OFF_DUTY = 4 * HOUR
"""For so long a link lets in somebody who is sent outside of their shift."""
HELD_FOR = 12 * HOUR
"""For so long after their shift a phone has a task that its worker took: it is to be finished."""
_LONGEST = 3 * DAY
"""No link lasts for longer: shifts are looked at two days ahead."""
_MOST_SESSIONS = 3
"""Of one worker: with one more, the oldest ends."""


@dataclass(frozen=True)
class OnPhone:
    """Who comes by a phone's cookie, and until when."""

    worker: int
    name: str
    language: str
    until: int


def make_link(connection: sa.Connection, held: Worker, zone: ZoneInfo, bounds: Bounds, now: int) -> str:
    """A new link's path for a worker, until the end of their shift, and at least for as long as one takes to
    answer and arrive; who has it is let in once.
    """
    span = duty_at(held.roster, now, zone)
    until = now + _OFF_DUTY if span is None else max(span.end, now + bounds.answer + bounds.arrive)
    old = _is_over(now) & (worker_link.c.worker == held.number)
    connection.execute(sa.delete(worker_link).where(old))
    secret = new_secret()
    values = {"hash": secret_hash(secret), "worker": held.number, "until": until}
    connection.execute(sa.insert(worker_link).values(values))
    return f"{PATH}{secret}"


def begin_by_link(connection: sa.Connection, secret: str, now: int) -> tuple[str, OnPhone]:
    """Use a link up: the secret for the phone's cookie, and who it lets in. Raises StoreError."""
    mine = worker_link.c.hash == secret_hash(secret)
    unused = mine & worker_link.c.used_at.is_(None) & ~_is_over(now)
    used = sa.update(worker_link).where(unused).values(used_at=now)
    row = connection.execute(used.returning(worker_link.c.worker, worker_link.c.until)).first()
    if row is None:
        raise StoreError(
            phrase("this link was used already, or its shift is over"),
            remedy=phrase("ask the centre for a new one, or wait for the next task: each brings one"),
        )
    made = new_secret()
    values = {"hash": secret_hash(made), "worker": row.worker, "until": row.until, "made_at": now}
    of_worker = worker_session.c.worker == row.worker
    over = of_worker & (worker_session.c.until + HELD_FOR <= now)
    connection.execute(sa.delete(worker_session).where(over))
    kept = sa.select(worker_session.c.hash).where(of_worker).order_by(worker_session.c.made_at.desc())
    for surplus in connection.execute(kept).scalars().all()[_MOST_SESSIONS - 1 :]:
        connection.execute(sa.delete(worker_session).where(worker_session.c.hash == surplus))
    connection.execute(sa.insert(worker_session).values(values))
    found = who_is(connection, made, now)
    if found is None:
        raise StoreError(phrase("this worker is on the roster no more"), remedy=phrase("ask the centre"))
    return made, found


def who_is(connection: sa.Connection, secret: str, now: int) -> OnPhone | None:
    """Who comes with a cookie's secret; None where their shift is over and they have no task that they took,
    or where somebody ended it.
    """
    took = sa.exists().where(task.c.worker == worker.c.number, is_taken)
    until = worker_session.c.until
    query = (
        sa.select(worker.c.number, worker.c.name, worker.c.language, worker_session.c.until)
        .join(worker_session, worker_session.c.worker == worker.c.number)
        .where(worker_session.c.hash == secret_hash(secret))
        .where((until > now) | (took & (until + HELD_FOR > now)), worker_session.c.made_at <= now + APART)
        .where(worker.c.ended_at.is_(None))
    )
    row = connection.execute(query).first()
    return None if row is None else OnPhone(row.number, row.name, row.language, row.until)


def has_link(connection: sa.Connection, secret: str, now: int) -> bool:
    """Whether a link would let somebody in."""
    mine = (worker_link.c.hash == secret_hash(secret)) & worker_link.c.used_at.is_(None)
    query = sa.select(worker_link.c.worker).where(mine, ~_is_over(now))
    return connection.execute(query).first() is not None


def end_access(connection: sa.Connection, worker_number: int) -> None:
    """End every session of a worker, and every link: a phone is lost, say."""
    connection.execute(sa.delete(worker_session).where(worker_session.c.worker == worker_number))
    connection.execute(sa.delete(worker_link).where(worker_link.c.worker == worker_number))


# --- inside --------------------------------------------------------------------------------


def _is_over(now: int) -> sa.ColumnElement[bool]:
    return is_over(worker_link.c.until, now, _LONGEST)
