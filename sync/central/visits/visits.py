"""Stores visits: invites, cancels, lists; how far each has come is computed from what gates wrote."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from edge.credentials.known import MOST_DIGITS, SALT_BYTES, kept_digest, number_of
from edge.credentials.own_pass import PASS_ID_BYTES
from edge.decision import VISITOR_IDS, Direction, Outcome
from edge.support.phrases import phrase
from sync.central.accesses.finding import find_accesses
from sync.central.accesses.tables import access
from sync.central.batched import batched
from sync.central.history.moved import WantedAccesses, moved_until
from sync.central.places.sight import Sight
from sync.central.store import StoreError, insert_unless_there
from sync.central.tables import site
from sync.central.units import DAY
from sync.central.visits.core import (
    LONGEST_VISIT,
    Happened,
    VisitEvent,
    VisitLife,
    WantedVisit,
    fault_of_visit,
    life_of,
    may_be_cancelled,
    may_be_said_left,
    normal_visitor,
)
from sync.central.visits.tables import code_salt, number_use, visit

_TOKEN_BYTES = 24
_TRIES = 20
NAMES_FOR = 90 * DAY
"""How long a visitor's name is kept after the end of the visit."""
CODE_USES = 2
"""In and out again: as often a number opens where nobody says otherwise."""


@dataclass(frozen=True)
class KeptVisit:
    """A visit as it is stored, and how far it has come. Times are microseconds since 1970 UTC."""

    number: int
    site: str
    subject: str
    name: str
    host: str | None
    since: int
    until: int
    pass_id: str
    by_code: bool
    uses: int | None
    made_at: int
    made_by: str
    life: VisitLife


@dataclass(frozen=True)
class Invited:
    """A visit that was made, and what is told once: the token of the visitor's page, and their number."""

    number: int
    token: str
    code: str | None


@dataclass(frozen=True)
class Inviting:
    """Who invites: in whose name, as which resident, by which invitation."""

    by: str
    host: str | None = None
    invitation: int | None = None


def invite(
    connection: sa.Connection, site_id: str, wanted: WantedVisit, inviting: Inviting, now: int
) -> Invited:
    """Make a visit. Raises StoreError where such a visit cannot be."""
    wanted = WantedVisit(normal_visitor(wanted.name), wanted.since, wanted.until, by_code=wanted.by_code)
    if fault := fault_of_visit(wanted, now):
        raise StoreError(fault, remedy=phrase("nobody was invited; correct it and try again"))
    if connection.execute(sa.select(site.c.id).where(site.c.id == site_id)).first() is None:
        raise StoreError(
            phrase("there is no site %(site)r", site=site_id), remedy=phrase("gatepost central site set")
        )
    _forget_names(connection, now)
    token = new_token()
    code, digest = _new_code(connection, site_id, now) if wanted.by_code else (None, None)
    values = {
        "site": site_id,
        "subject": VISITOR_IDS + secrets.token_hex(8),
        "name": wanted.name,
        "host": inviting.host,
        "invitation": inviting.invitation,
        "since": wanted.since,
        "until": wanted.until,
        "token": token_digest(token),
        "pass_id": secrets.token_hex(PASS_ID_BYTES),
        "code": digest,
        "uses": CODE_USES if wanted.by_code else None,
        "made_at": now,
        "made_by": inviting.by,
    }
    made = connection.execute(sa.insert(visit).values(values).returning(visit.c.number))
    return Invited(made.scalar_one(), token, code)


def cancel(connection: sa.Connection, sight: Sight, number: int, now: int) -> KeptVisit:
    """Cancel a visit that nobody has come to; returns it as it is then. Raises StoreError."""
    found = visit_at(connection, sight, number, now)
    if not may_be_cancelled(found.life.state):
        raise StoreError(
            phrase("this visit cannot be cancelled: it is %(state)s", state=found.life.state),
            remedy=phrase("nothing was changed"),
        )
    connection.execute(sa.update(visit).where(visit.c.number == number).values(cancelled_at=now))
    return visit_at(connection, sight, number, now)


def say_left(connection: sa.Connection, sight: Sight, number: int, now: int) -> KeptVisit:
    """Note that a visitor is gone, though no gate saw them leave; returns the visit as it is then. Raises
    StoreError.
    """
    found = visit_at(connection, sight, number, now)
    if not may_be_said_left(found.life.state):
        raise StoreError(
            phrase("this visitor is not inside: the visit is %(state)s", state=found.life.state),
            remedy=phrase("nothing was changed"),
        )
    connection.execute(sa.update(visit).where(visit.c.number == number).values(said_left_at=now))
    return visit_at(connection, sight, number, now)


def visit_at(connection: sa.Connection, sight: Sight, number: int, now: int) -> KeptVisit:
    """The visit with this number, in sight. Raises StoreError if there is none."""
    query = sa.select(visit).where(visit.c.number == number, sight.of(visit.c.site))
    for found in _with_lives(connection, connection.execute(query).all(), now):
        return found
    raise StoreError(
        phrase("there is no visit %(number)s", number=number), remedy=phrase("the page of visits lists them")
    )


def visit_of_token(connection: sa.Connection, token: str, now: int) -> KeptVisit | None:
    """The visit whose visitor has this token; None where there is none."""
    query = sa.select(visit).where(visit.c.token == token_digest(token))
    return next(iter(_with_lives(connection, connection.execute(query).all(), now)), None)


def visits_between(
    connection: sa.Connection,
    sight: Sight,
    since: int,
    until: int,
    now: int,
    *,
    after: tuple[int, int] | None = None,
    count: int = 100,
) -> list[KeptVisit]:
    """The first `count` visits that overlap a span of time, by their begin and number, after that key."""
    query = (
        sa.select(visit)
        .where(sight.of(visit.c.site), visit.c.until > since)
        .where(visit.c.since < until, visit.c.since > since - LONGEST_VISIT)
        .order_by(visit.c.since, visit.c.number)
        .limit(count)
    )
    if after is not None:
        query = query.where(sa.tuple_(visit.c.since, visit.c.number) > sa.tuple_(*after))
    return _with_lives(connection, connection.execute(query).all(), now)


def overstayed(
    connection: sa.Connection, sight: Sight, since: int, now: int, *, count: int = 100
) -> list[KeptVisit]:
    """The visits that ended after `since` and whose visitors are inside still, the longest over first."""
    came, went = _newest(Direction.ENTRY), _newest(Direction.EXIT)
    is_inside = (came > sa.func.coalesce(went, 0)) & (came > sa.func.coalesce(visit.c.said_left_at, 0))
    by_number = sa.exists().where(number_use.c.visit == visit.c.number)
    query = (
        sa.select(visit)
        .where(sight.of(visit.c.site), visit.c.until <= now, visit.c.until > since)
        .where(is_inside | by_number | (visit.c.since < moved_until(connection)))
        .order_by(visit.c.until, visit.c.number)
    )
    inside: list[KeptVisit] = []
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    for some in rows.partitions(_AT_ONCE):
        found = _with_lives(connection, some, now)
        inside += [each for each in found if may_be_said_left(each.life.state)]
        if len(inside) >= count:
            break
    return inside[:count]


def _newest(direction: Direction) -> sa.ScalarSelect[int]:
    """When a gate last let the visitor of a visit pass this way."""
    same = (access.c.site == visit.c.site) & (access.c.subject == visit.c.subject)
    passed = (access.c.outcome == Outcome.GRANT) & (access.c.direction == direction)
    return sa.select(sa.func.max(access.c.at)).where(same, passed).scalar_subquery()


def _forget_names(connection: sa.Connection, now: int) -> None:
    """Let the names of visitors go whose visits are long over."""
    over = (visit.c.until <= now - NAMES_FOR) & (visit.c.name != "")
    connection.execute(sa.update(visit).where(over).values(name=""))


# --- tokens and numbers ----------------------------------------------------------------------


def new_token() -> str:
    """A token for a link: nobody guesses one of 192 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_digest(token: str) -> bytes:
    """What is kept of a token: who reads the database opens no link."""
    return sha256(token.encode()).digest()


def salt_of(connection: sa.Connection, site_id: str) -> bytes:
    """The salt of a site's numbers; made where there is none."""
    connection.execute(
        insert_unless_there(connection, code_salt).values(site=site_id, salt=secrets.token_bytes(SALT_BYTES))
    )
    salt: bytes = connection.execute(
        sa.select(code_salt.c.salt).where(code_salt.c.site == site_id)
    ).scalar_one()
    return salt


def _new_code(connection: sa.Connection, site_id: str, now: int) -> tuple[str, bytes]:
    """A number that no live visit of the site has, and its digest."""
    salt = salt_of(connection, site_id)
    for _ in range(_TRIES):
        code = number_of(secrets.randbelow(10**MOST_DIGITS), MOST_DIGITS)
        digest = kept_digest(code, salt)
        live = (visit.c.site == site_id) & (visit.c.until > now) & visit.c.cancelled_at.is_(None)
        if connection.execute(sa.select(visit.c.number).where(live, visit.c.code == digest)).first() is None:
            return code, digest
    raise StoreError(phrase("no number was free"), where=site_id, remedy=phrase("try again"))


# --- lives -----------------------------------------------------------------------------------

_AT_ONCE = 200
_MOST_PASSED = 100_000
_HAPPENS = {Direction.ENTRY.value: VisitEvent.ENTERED, Direction.EXIT.value: VisitEvent.WENT_OUT}


def _uses(connection: sa.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, Happened]]:
    """Those of these visits whom staff let pass by a number, and when."""
    query = sa.select(number_use.c.visit, number_use.c.at, number_use.c.direction)
    known = number_use.c.visit.in_(numbers) & number_use.c.direction.in_([*_HAPPENS])
    for row in connection.execute(query.where(known)):
        yield row.visit, Happened(row.at, _HAPPENS[row.direction])


def _passed(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> Iterator[tuple[int, Happened]]:
    """Those of these visits whom a gate let pass, and when."""
    visits = {(row.site, row.subject): row.number for row in rows}
    granted = WantedAccesses(
        _MOST_PASSED,
        {"outcome": Outcome.GRANT.value},
        among={"subject": [row.subject for row in rows], "direction": [*_HAPPENS]},
        since=min(row.since for row in rows) - DAY,  # a gate's clock may be wrong by so much
    )
    for row in find_accesses(connection, sorted({row.site for row in rows}), granted):
        number = visits.get((row["site"], row["subject"]))
        if number is not None:
            yield number, Happened(row["at"], _HAPPENS[row["direction"]])


def _with_lives(
    connection: sa.Connection, rows: Sequence[sa.Row[tuple[object, ...]]], now: int
) -> list[KeptVisit]:
    numbers = [row.number for row in rows]
    happened: dict[int, list[Happened]] = {number: [] for number in numbers}
    for some in batched(rows, _AT_ONCE):
        for number, each in _passed(connection, some):
            happened[number].append(each)
        for number, each in _uses(connection, [row.number for row in some]):
            happened[number].append(each)
    return [_visit(row, happened[row.number], now) for row in rows]


def _visit(row: sa.Row[tuple[object, ...]], accesses: Iterable[Happened], now: int) -> KeptVisit:
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    said = ((held["cancelled_at"], VisitEvent.CANCELLED), (held["said_left_at"], VisitEvent.SAID_LEFT))
    happened = [*accesses, *(Happened(at, what) for at, what in said if at is not None)]
    return KeptVisit(
        number=held["number"],
        site=held["site"],
        subject=held["subject"],
        name=held["name"],
        host=held["host"],
        since=held["since"],
        until=held["until"],
        pass_id=held["pass_id"],
        by_code=held["code"] is not None,
        uses=held["uses"],
        made_at=held["made_at"],
        made_by=held["made_by"],
        life=life_of(held["until"], happened, now),
    )
