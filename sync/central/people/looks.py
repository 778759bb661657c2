"""Opens a person's record for a purpose and a quarter of an hour, and tells who looked and why."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.audit.audit import About, note
from sync.central.newer import word_of
from sync.central.people.core import LASTS, Grounds, Purpose, objection
from sync.central.people.subjects import subject_at
from sync.central.people.tables import look
from sync.central.store import StoreError


@dataclass(frozen=True)
class RecordLook:
    """Somebody's look at a person's record; times are microseconds since 1970 UTC."""

    number: int
    site: str
    subject: str
    actor: str
    grounds: Grounds
    opened_at: int
    closes_at: int


def open_look(
    connection: sa.Connection, actor: Actor, site: str, subject: str, grounds: Grounds, now: int
) -> RecordLook:
    """Open a person's record; the audit log says who and why. A look that is open ends.

    Raises StoreError where the grounds are not enough, or there is no such person.
    """
    why_not = objection(grounds)
    if why_not:
        raise StoreError(
            phrase("the record stays closed: %(why_not)s", why_not=why_not),
            remedy=phrase("name the purpose, and the reference of the case or a reason"),
        )
    subject_at(connection, site, subject)
    close_look(connection, actor, site, subject, now)
    values = {"site": site, "subject": subject, "account": actor.account, "actor": actor.name}
    said = {"purpose": grounds.purpose, "reference": grounds.reference, "reason": grounds.reason.strip()}
    times = {"opened_at": now, "closes_at": now + LASTS}
    inserted = sa.insert(look).values(**values, **said, **times).returning(look.c.number)
    number = connection.execute(inserted).scalar_one()
    about = About("subject", subject, site)
    note(connection, actor, "look", about, now, why=str(grounds), detail={"look": number})
    return RecordLook(number, site, subject, actor.name, grounds, **times)


def open_look_of(
    connection: sa.Connection, actor: Actor, site: str, subject: str, now: int
) -> RecordLook | None:
    """The look that this actor has open at `now`, or None: then nothing of the record is shown."""
    query = _looks(site, subject).where(_is_by(actor), look.c.opened_at <= now, look.c.closes_at > now)
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _look(row)


def close_look(connection: sa.Connection, actor: Actor, site: str, subject: str, now: int) -> None:
    """End this actor's open look before its time."""
    is_open = (look.c.site == site) & (look.c.subject == subject) & (look.c.closes_at > now)
    connection.execute(sa.update(look).where(is_open, _is_by(actor)).values(closes_at=now))


def looks_at(
    connection: sa.Connection, site: str, subject: str, since: int, count: int = 50
) -> list[RecordLook]:
    """The newest looks at a person's record since a time, newest first."""
    query = _looks(site, subject).where(look.c.opened_at >= since).limit(count)
    return [_look(row) for row in connection.execute(query)]


def _looks(site: str, subject: str) -> sa.Select[tuple[object, ...]]:
    query = sa.select(look).where(look.c.site == site, look.c.subject == subject)
    return query.order_by(look.c.opened_at.desc(), look.c.number.desc())


def _is_by(actor: Actor) -> sa.ColumnElement[bool]:
    """An account is known by its number; what has none, by its name."""
    if actor.account is not None:
        return look.c.account == actor.account
    return look.c.account.is_(None) & (look.c.actor == actor.name)


def _look(row: sa.Row[tuple[object, ...]]) -> RecordLook:
    grounds = Grounds(word_of(Purpose, row.purpose), row.reference, row.reason)
    return RecordLook(row.number, row.site, row.subject, row.actor, grounds, row.opened_at, row.closes_at)
