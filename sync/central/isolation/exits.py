"""Reads the exits of people in isolation: what each was, what became of it, and whether they are back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from edge.decision import Direction, Outcome
from sync.central.accesses.tables import access
from sync.central.history.moved import has_moved
from sync.central.isolation.core import LET_OUT, How
from sync.central.isolation.registry import FirstVersion, version_with
from sync.central.isolation.tables import isolation_exit
from sync.central.newer import word_of
from sync.central.places.sight import Sight
from sync.central.tables import chain


@dataclass(frozen=True)
class Exit:
    """An exit at a gate. `needed` is the first version with the order, where the gate's was older (None: it
    was not published yet); `refused` whether the lane did not open for them; `back_at` when they were let in
    again. Times are microseconds since 1970 UTC.
    """

    epoch: bytes
    sequence: int
    at: int
    received_at: int
    site: str
    device: str
    gate: str
    subject: str | None
    how: How
    reason: str
    registry: int | None
    needed: FirstVersion | None
    staff: str | None
    let_out_at: int | None
    passed_at: int | None
    refused: bool
    back_at: int | None

    @property
    def got_out(self) -> bool:
        """Whether they were let out, by the gate or by staff, as far as anything tells."""
        let_out = (self.how in LET_OUT or self.let_out_at is not None) and not self.refused
        return let_out or self.passed_at is not None

    @property
    def is_out(self) -> bool:
        """Whether they went and did not come back."""
        return self.got_out and self.back_at is None

    @property
    def late_by(self) -> int | None:
        """How long the version with the order had been published when the gate still had an older one."""
        if self.how is not How.UNAWARE or self.needed is None or self.needed.at > self.at:
            return None
        return self.at - self.needed.at


def exits(
    connection: sa.Connection,
    sight: Sight,
    since: int,
    until: int,
    *,
    subject: tuple[str, str] | None = None,
    before: tuple[int, int, int] | None = None,
    count: int = 100,
) -> list[Exit]:
    """The exits in sight from `since` until `until`, the newest first; of one person (site and id) where
    `subject` is given. `before` is the key of the last one of the page before.
    """
    table = isolation_exit.c
    key = sa.tuple_(table.at, table.chain, table.sequence)
    query = (
        sa.select(isolation_exit, chain.c.epoch, _BACK.label("back_at"))
        .join(chain, chain.c.number == table.chain)
        .where(sight.of(table.site), table.at >= since, table.at < until)
        .order_by(table.at.desc(), table.chain.desc(), table.sequence.desc())
        .limit(count)
    )
    if subject is not None:
        query = query.where(table.site == subject[0], table.subject == subject[1])
    if before is not None:
        query = query.where(key < sa.tuple_(*map(sa.literal, before)))
    rows = connection.execute(query).all()
    moved = _moved(connection, sight, rows)
    return [_exit(connection, row, moved.get((row.site, row.subject), ())) for row in rows]


# --- inside --------------------------------------------------------------------------------

_BACK = (
    sa.select(sa.func.min(access.c.at))
    .where(
        access.c.site == isolation_exit.c.site,
        access.c.subject == isolation_exit.c.subject,
        access.c.at > isolation_exit.c.at,
        access.c.direction == Direction.ENTRY.value,
        access.c.outcome == Outcome.GRANT.value,
    )
    .correlate(isolation_exit)
    .scalar_subquery()
)


def _moved(
    connection: sa.Connection, sight: Sight, rows: Sequence[sa.Row[Any]]
) -> dict[tuple[str, str], list[int]]:
    """When these people (site and id) were let in, as files say. Raises HistoryError where one is not what
    was written.
    """
    named = [row for row in rows if row.subject is not None]
    if not named or not has_moved(connection):
        return {}
    # The engine takes a fifth of a second to load: who reads no file does without.
    from sync.central.history.reading import accesses_between, files_between  # noqa: PLC0415

    since = min(row.at for row in named)
    if not files_between(connection, sight, since, _EVER):
        return {}
    found: dict[tuple[str, str], list[int]] = {}
    columns = ("site", "subject", "at", "outcome", "direction")
    with accesses_between(connection, sight, since, _EVER, columns, database=False) as accesses:
        accesses.check()
        let_in = accesses.query(
            'SELECT site, subject, "at" FROM access WHERE direction = $way AND outcome = $outcome'
            " AND subject IN (SELECT unnest($subjects))",
            {
                "way": Direction.ENTRY.value,
                "outcome": Outcome.GRANT.value,
                "subjects": sorted({row.subject for row in named}),
            },
        )
    for of_site, subject, at in let_in:
        found.setdefault((of_site, subject), []).append(at)
    return found


_EVER = 2**62


def _exit(connection: sa.Connection, row: sa.Row[Any], moved: Sequence[int]) -> Exit:
    back = [at for at in (*moved, row.back_at) if at is not None and at > row.at]
    how = word_of(How, row.how)
    is_unaware = how is How.UNAWARE and row.ordered is not None
    return Exit(
        row.epoch,
        row.sequence,
        row.at,
        row.received_at,
        row.site,
        row.device,
        row.gate,
        row.subject,
        how,
        row.reason,
        row.registry,
        version_with(connection, row.site, row.ordered) if is_unaware else None,
        row.staff,
        row.let_out_at,
        row.passed_at,
        row.refused is not None,
        min(back, default=None),
    )
