"""Checks the numbers that visitors without a phone tell the staff: uses and wrong tries are counted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from edge.decision import Direction
from sync.central.store import StoreError
from sync.central.units import MINUTE
from sync.central.visits.core.codes import NumberVerdict, digest_of, typed_code, verdict_of
from sync.central.visits.tables import code_salt, number_use, visit, wrong_number

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
        raise StoreError("no actor given: each use of a number is recorded by name")
    code = typed_code(text)
    if code is None:
        return NumberCheck(NumberVerdict.NOT_A_NUMBER)
    if _wrong_lately(connection, site_id, now) >= MOST_WRONG:
        return NumberCheck(NumberVerdict.TOO_MANY_WRONG)
    row = _found(connection, site_id, code)
    if row is None:
        connection.execute(sa.insert(wrong_number).values(site=site_id, at=now))
        return NumberCheck(NumberVerdict.UNKNOWN)
    used = connection.execute(
        sa.select(sa.func.count()).select_from(number_use).where(number_use.c.visit == row["number"])
    ).scalar_one()
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
    columns = (visit.c.number, visit.c.name, visit.c.since, visit.c.until, visit.c.uses, visit.c.cancelled_at)
    query = sa.select(*columns).where(visit.c.site == site_id, visit.c.code == digest_of(code, salt))
    return (
        connection.execute(query.order_by(visit.c.until.desc()).limit(1).with_for_update()).mappings().first()
    )


def _wrong_lately(connection: sa.Connection, site_id: str, now: int) -> int:
    connection.execute(sa.delete(wrong_number).where(wrong_number.c.at <= now - WRONG_FOR))
    query = sa.select(sa.func.count()).select_from(wrong_number).where(wrong_number.c.site == site_id)
    return connection.execute(query).scalar_one()
