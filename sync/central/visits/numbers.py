"""Checks the numbers that visitors without a phone tell the staff: uses and wrong tries are counted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.credentials.known import KEPT_BYTES, SLOW_BYTES, KnownRight, kept_of_slow, slow_digest, typed_number
from edge.decision import Direction, Outcome
from edge.signing.cose import instant
from edge.support.phrases import phrase
from sync.central.accesses.finding import find_accesses
from sync.central.history.moved import WantedAccesses
from sync.central.store import StoreError
from sync.central.units import DAY, MINUTE
from sync.central.visits.core import NumberVerdict, uses_each_way, verdict_of
from sync.central.visits.tables import code_salt, number_use, visit, wrong_number

_MOST_USES = 1000
MOST_WRONG = 10
WRONG_FOR = 10 * MINUTE
"""So many wrong numbers a site may hear within so long (microseconds); then none is looked at for a while."""


@dataclass(frozen=True)
class NumberCheck:
    """What a typed number is worth; where it is a visit's: which, whose, and how often it opens still."""

    verdict: NumberVerdict
    visit: int | None = None
    name: str = ""
    left: int = 0


def use_number(
    connection: sa.Connection, site_id: str, text: str, direction: Direction, by: str, now: int
) -> NumberCheck:
    """Check a number that somebody told at a site, and count the use if it is good. Raises StoreError if none
    says who checks it.
    """
    if not by:
        raise StoreError(phrase("no actor given: each use of a number is recorded by name"))
    code = typed_number(text)
    if code is None:
        return NumberCheck(NumberVerdict.NOT_A_NUMBER)
    if _wrong_lately(connection, site_id, now) >= MOST_WRONG:
        return NumberCheck(NumberVerdict.TOO_MANY_WRONG)
    row = _found(connection, site_id, code)
    if row is None:
        connection.execute(sa.insert(wrong_number).values(site=site_id, at=now))
        return NumberCheck(NumberVerdict.UNKNOWN)
    used = _uses_of(connection, site_id, row)
    window, cancelled = (row["since"], row["until"]), row["cancelled_at"] is not None
    verdict = verdict_of(window, row["uses"], used, now, cancelled=cancelled)
    if verdict is NumberVerdict.GOOD:
        values = {"visit": row["number"], "direction": direction.value, "at": now, "by": by}
        connection.execute(sa.insert(number_use).values(values))
        used += 1
    return NumberCheck(verdict, row["number"], row["name"], max(0, row["uses"] - used))


def _found(connection: sa.Connection, site_id: str, code: str) -> sa.RowMapping | None:
    """The visit of a number, the newest where an older one had the same; locked until its use is counted."""
    salt = connection.execute(sa.select(code_salt.c.salt).where(code_salt.c.site == site_id)).scalar()
    if salt is None:
        return None
    slow = slow_digest(code, salt)
    # Of one that an older version made the slow digest itself is kept.
    query = sa.select(*_COLUMNS).where(visit.c.site == site_id, visit.c.code.in_((kept_of_slow(slow), slow)))
    return (
        connection.execute(query.order_by(visit.c.until.desc()).limit(1).with_for_update()).mappings().first()
    )


_COLUMNS = tuple(
    visit.c[name]
    for name in ("number", "subject", "name", "pass_id", "code", "since", "until", "uses", "cancelled_at")
)


def _uses_of(connection: sa.Connection, site_id: str, row: sa.RowMapping) -> int:
    """How often somebody passed by the number of a visit: let in by staff, or by a gate alone."""
    by_staff = sa.select(sa.func.count()).select_from(number_use).where(number_use.c.visit == row["number"])
    granted = {"subject": row["subject"], "outcome": Outcome.GRANT.value}
    at_gates = find_accesses(
        connection, [site_id], WantedAccesses(_MOST_USES, granted, since=row["since"] - DAY)
    )
    told: int = connection.execute(by_staff).scalar_one()
    return told + len(at_gates)


# --- what gates are given --------------------------------------------------------------------


def numbers_for_gates(
    connection: sa.Connection, site_id: str, now: int
) -> tuple[dict[bytes, KnownRight], bytes]:
    """What the numbers of a site's visits open at its gates, by what is kept of them, and their salt."""
    salt: bytes | None = connection.execute(
        sa.select(code_salt.c.salt).where(code_salt.c.site == site_id)
    ).scalar()
    query = sa.select(*_COLUMNS).where(visit.c.site == site_id, *_live(now))
    rows = connection.execute(query.order_by(visit.c.number)).mappings()
    return {_kept(row["code"]): _right(row) for row in rows}, salt or b""


def sites_with_numbers(connection: sa.Connection, now: int) -> dict[str, int]:
    """The sites that have numbers now, and when the newest of each was made."""
    query = sa.select(visit.c.site, sa.func.max(visit.c.made_at).label("made_at")).where(*_live(now))
    return {row.site: row.made_at for row in connection.execute(query.group_by(visit.c.site))}


def _live(now: int) -> tuple[sa.ColumnElement[bool], ...]:
    sizes = sa.func.length(visit.c.code).in_((KEPT_BYTES, SLOW_BYTES))
    return sizes, visit.c.until > now, visit.c.cancelled_at.is_(None)


def _kept(code: bytes) -> bytes:
    return kept_of_slow(code) if len(code) == SLOW_BYTES else code


def _right(row: sa.RowMapping) -> KnownRight:
    return KnownRight(
        row["subject"],
        row["pass_id"],
        instant(row["since"]),
        instant(row["until"]),
        uses_each_way(row["uses"]),
    )


def _wrong_lately(connection: sa.Connection, site_id: str, now: int) -> int:
    connection.execute(sa.delete(wrong_number).where(wrong_number.c.at <= now - WRONG_FOR))
    query = sa.select(sa.func.count()).select_from(wrong_number).where(wrong_number.c.site == site_id)
    return connection.execute(query).scalar_one()
