"""Asks accesses in files what a report asks the database, in the words of the engine that reads files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import quoted_name

from sync.central.history.reading import Accesses
from sync.central.reports.tallies import LookedUp, Pairs, Source

COLUMNS = (
    *("chain", "sequence", "at", "received_at", "site", "device", "outcome", "reason", "subject", "means"),
    *("waited", "staff", "why"),
)
"""What a report asks for of an access."""
_FILED = sa.table("access", *(sa.column(quoted_name(name, quote=True)) for name in COLUMNS))
_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def source_of(filed: Accesses, looked_up: LookedUp | None = None) -> Source:
    """What answers a report's questions from files."""

    def answers(query: sa.Select[Any]) -> Iterable[Sequence[Any]]:
        return filed.query(_said(query))

    return Source(answers, _FILED, looked_up)


def look_up(filed: Accesses, query: sa.Select[Any], pairs: Pairs) -> Iterable[Sequence[Any]]:
    """What a question answers of the accesses at these places in the journals."""
    values = {"chains": [each[0] for each in pairs], "sequences": [each[1] for each in pairs]}
    within = '("chain", "sequence") IN (SELECT unnest($chains), unnest($sequences))'
    return filed.query(f"{_said(query)} AND {within}", values)


# --- inside --------------------------------------------------------------------------------


def _said(query: sa.Select[Any]) -> str:
    return str(query.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
