"""Keeps who was erased, by whom and why, and how much of what went: for the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex

import sqlalchemy as sa

from sync.central.people.tables import erasure

_REFERENCE_BYTES = 16
"""As of a removal in a registry, which takes the same reference."""


@dataclass(frozen=True)
class Erasure:
    """A person was erased at `at` (microseconds since 1970 UTC); `erased`: how many rows of which table."""

    reference: str
    site: str
    subject: str
    why: str
    actor: str
    at: int
    erased: Mapping[str, int]


def note_erasure(
    connection: sa.Connection,
    site: str,
    subject: str,
    erased: Mapping[str, int],
    *,
    actor: str,
    why: str,
    now: int,
) -> str:
    """Keep that somebody was erased; returns the reference, which names nobody."""
    reference = token_hex(_REFERENCE_BYTES)
    names = {"site": site, "subject": subject, "why": why, "actor": actor}
    values = {"reference": reference, "at": now, "erased": dict(erased)}
    connection.execute(sa.insert(erasure).values(**names, **values))
    return reference


def erasures_of(connection: sa.Connection, site: str, subject: str) -> list[Erasure]:
    """The erasures of a person, newest first: who was added again can be erased again."""
    query = sa.select(erasure).where(erasure.c.site == site, erasure.c.subject == subject)
    return [
        Erasure(row.reference, row.site, row.subject, row.why, row.actor, row.at, row.erased)
        for row in connection.execute(query.order_by(erasure.c.number.desc()))
    ]
