"""Stores invitations: the link by which a resident invites, a number of times until its end."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.decision import Subject
from edge.support.decoding import json_of
from edge.support.phrases import Phrase, phrase
from sync.central.places.sight import Sight
from sync.central.store import StoreError
from sync.central.tables import subject
from sync.central.units import DAY
from sync.central.visits.core import LONGEST_INVITATION, MOST_VISITS, WantedVisit, fault_of_host
from sync.central.visits.tables import invitation, visit
from sync.central.visits.visits import Invited, Inviting, invite, new_token, token_digest


@dataclass(frozen=True)
class Invitation:
    """A resident's link: whose, until when, and how many visits it has made of how many."""

    number: int
    site: str
    host: str | None
    visits: int
    made: int
    until: int
    withdrawn: bool

    def fault(self, now: int) -> Phrase | None:
        """Why it makes no visit any more; None where it does."""
        if self.withdrawn:
            return phrase("this link was withdrawn")
        if now >= self.until:
            return phrase("this link has ended")
        if self.made >= self.visits:
            return phrase("this link has made all the visits that it may make")
        return None


def make_invitation(
    connection: sa.Connection, site_id: str, host: str, visits: int, until: int, by: str, now: int
) -> tuple[int, str]:
    """Give a resident a link of `visits` visits; returns its number and its token, which is told once.

    Raises StoreError.
    """
    if not 1 <= visits <= MOST_VISITS:
        raise StoreError(
            phrase("%(visits)s visits cannot be, expected 1 to %(most)s", visits=visits, most=MOST_VISITS),
            remedy=phrase("no link was made"),
        )
    if not now < until <= now + LONGEST_INVITATION:
        raise StoreError(
            phrase(
                "a link ends within %(longest)s days, and not in the past", longest=LONGEST_INVITATION // DAY
            ),
            remedy=phrase("no link was made"),
        )
    if fault := fault_of_host(_subject(connection, site_id, host), now + 1, now):
        raise StoreError(fault, where=f"{site_id} {host}", remedy=phrase("no link was made"))
    token = new_token()
    values = {
        "site": site_id,
        "host": host,
        "token": token_digest(token),
        "visits": visits,
        "until": until,
        "made_at": now,
        "made_by": by,
    }
    made = connection.execute(sa.insert(invitation).values(values).returning(invitation.c.number))
    return made.scalar_one(), token


def withdraw_invitation(connection: sa.Connection, sight: Sight, number: int, now: int) -> Invitation:
    """Let a link make no more visits. Raises StoreError if there is none in sight."""
    of_number = (invitation.c.number == number) & sight.of(invitation.c.site)
    found = _invitation(connection, of_number)
    if found is None:
        raise StoreError(
            phrase("there is no invitation %(number)s", number=number),
            remedy=phrase("the page of visits lists them"),
        )
    connection.execute(sa.update(invitation).where(invitation.c.number == number).values(withdrawn_at=now))
    return found


def invitation_of_token(connection: sa.Connection, token: str) -> Invitation | None:
    """The invitation with this token; None where there is none."""
    return _invitation(connection, invitation.c.token == token_digest(token))


def live_invitations(connection: sa.Connection, sight: Sight, now: int, count: int = 100) -> list[Invitation]:
    """The invitations in sight that have not ended, the newest first."""
    live = sight.of(invitation.c.site) & (invitation.c.until > now) & invitation.c.withdrawn_at.is_(None)
    query = _WITH_COUNT.where(live).order_by(invitation.c.number.desc()).limit(count)
    return [_read(row) for row in connection.execute(query)]


def invite_by(connection: sa.Connection, token: str, wanted: WantedVisit, now: int) -> Invited:
    """Make the visit that a resident asks for by their link. Raises StoreError where it may not be."""
    held = invitation.c.token == token_digest(token)
    # On PostgreSQL two at once wait here for each other, so that a link makes no visit too many.
    connection.execute(sa.select(invitation.c.number).where(held).with_for_update())
    found = _invitation(connection, held)
    if found is None:
        raise StoreError(phrase("there is no such link"), remedy=phrase("ask for a new one at the office"))
    if fault := found.fault(now):
        raise StoreError(fault, remedy=phrase("ask for a new one at the office"))
    host = _subject(connection, found.site, found.host)
    fault = fault_of_host(host, wanted.until, now)
    if fault or host is None:
        raise StoreError(fault or phrase("nobody invites"), remedy=phrase("nobody was invited"))
    return invite(connection, found.site, wanted, Inviting("a resident", host.id, found.number), now)


# --- inside --------------------------------------------------------------------------------

_MADE = sa.select(sa.func.count()).where(visit.c.invitation == invitation.c.number).scalar_subquery()
_WITH_COUNT = sa.select(invitation, _MADE.label("made"))


def _invitation(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Invitation | None:
    row = connection.execute(_WITH_COUNT.where(which)).first()
    return None if row is None else _read(row)


def _read(row: sa.Row[tuple[object, ...]]) -> Invitation:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    return Invitation(
        held["number"],
        held["site"],
        held["host"],
        held["visits"],
        held["made"],
        held["until"],
        held["withdrawn_at"] is not None,
    )


def _subject(connection: sa.Connection, site_id: str, identity: str | None) -> Subject | None:
    query = sa.select(subject.c.record).where(subject.c.site == site_id, subject.c.id == identity)
    record = connection.execute(query).scalar()
    return None if record is None else json_of(record, Subject)
