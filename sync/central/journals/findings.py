"""What is wrong with a journal or a device: recorded once, and ended where that can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import sqlalchemy as sa

from sync.central.history.events import sequences_between
from sync.central.newer import word_of
from sync.central.store import insert_unless_there
from sync.central.tables import chain, event, finding


class FindingKind(StrEnum):
    """What is wrong with a journal. A kind, once released, keeps its meaning.

    `missing` and `altered` are about events that central has not: they end when it has them. Every other kind
    says what happened, and stays.
    """

    MISSING = "missing"  # the gate declared these events as lost
    FORKED = "forked"  # another event has this number: two stores continued one epoch
    CLONED = "cloned"  # another device continues this epoch too: two devices from one card
    BROKEN = "broken"  # the gate itself has another event before this one than it sent
    REUSED = "reused"  # a one-time pass was also used elsewhere
    ALTERED = "altered"  # a batch whose events do not lead to the hash that the gate names for the last
    SHARED = "shared"  # two processes use the device's identity: sync.central.devices.process_starts
    FLOODING = "flooding"  # the device sends more than its share: sync.dispatch.intake
    UNREADABLE = "unreadable"  # a batch that cannot be stored, for whatever reason


@dataclass(frozen=True)
class Finding:
    """Something wrong in a journal, from sequence `first` to `last` of its epoch; `detail` is for people.

    `ended_at`: since when it is no longer so, in microseconds since 1970 UTC; None: it is. `acknowledged_at`:
    since when somebody has taken care of it.
    """

    device: str
    epoch: bytes
    kind: FindingKind
    first: int
    last: int
    detail: str = ""
    ended_at: int | None = None
    acknowledged_at: int | None = None

    @property
    def needs_somebody(self) -> bool:
        """Whether it has not ended, and nobody has taken care of it."""
        return self.ended_at is None and self.acknowledged_at is None


def findings_of(connection: sa.Connection, device: str | None = None) -> list[tuple[Finding, int]]:
    """All findings, oldest first, each with its time (microseconds since 1970 UTC)."""
    query = (
        sa.select(chain.c.device, chain.c.epoch, finding)
        .join(chain, chain.c.number == finding.c.chain)
        .order_by(finding.c.number)
    )
    if device is not None:
        query = query.where(chain.c.device == device)
    return [(_finding(row), row.at) for row in connection.execute(query)]


def record_findings(
    connection: sa.Connection, number: int, found: Iterable[Finding], now: int
) -> tuple[Finding, ...]:
    """Record findings on the chain with this `number`, once each; returns the new ones."""
    new = []
    for item in found:
        made = connection.execute(
            insert_unless_there(connection, finding, "number"),
            {
                "chain": number,
                "kind": item.kind.value,
                "first": item.first,
                "last": item.last,
                "detail": item.detail,
                "at": now,
                "ended_at": item.ended_at,
            },
        )
        if made.first() is not None:
            new.append(item)
    return tuple(new)


def record_device_findings(
    connection: sa.Connection, kind: FindingKind, reasons: Iterable[tuple[str, str]], now: int
) -> list[Finding]:
    """Record `kind` with a reason for each device in `reasons`, once per journal; returns the new findings.

    A device without a stored event has no journal to record it on; the next call tries again.
    """
    new: list[Finding] = []
    for device, why in reasons:
        newest = connection.execute(
            sa.select(chain.c.number, chain.c.epoch)
            .where(chain.c.device == device)
            .order_by(chain.c.number.desc())
            .limit(1)
        ).one_or_none()
        if newest is not None:
            found = Finding(device, newest.epoch, kind, 0, 0, why)
            new.extend(record_findings(connection, newest.number, [found], now))
    return new


def end_where_arrived(connection: sa.Connection, number: int, arrived: Sequence[int], now: int) -> None:
    """End the findings about events that are stored, where one of `arrived` (ascending, new in the chain
    `number`) is among them. A finding about more is split: what is here has ended, the rest has not.
    """
    if not arrived:
        return
    about = {"of_chain": number, "from": arrived[0], "to": arrived[-1]}
    for row in connection.execute(_OPEN_ABOUT_EVENTS, about).all():
        stored = sa.select(event.c.sequence).where(
            event.c.chain == number, event.c.sequence.between(row.first, row.last)
        )
        here = {*connection.execute(stored).scalars()}
        here |= sequences_between(connection, number, row.first, row.last)
        (_, end, is_here), *rest = _runs(row.first, row.last, here)
        connection.execute(
            sa.update(finding)
            .where(finding.c.number == row.number)
            .values(last=end, ended_at=now if is_here else None)
        )
        for begin, end, is_here in rest:
            part = {"chain": number, "kind": row.kind, "first": begin, "last": end, "detail": row.detail}
            part |= {name: getattr(row, name) for name in _BY_WHOM}
            connection.execute(
                insert_unless_there(connection, finding),
                part | {"at": row.at, "ended_at": now if is_here else None},
            )


def _finding(row: sa.Row[tuple[object, ...]]) -> Finding:
    said = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    names = ("device", "epoch", "first", "last", "detail", "ended_at", "acknowledged_at")
    return Finding(kind=word_of(FindingKind, said["kind"]), **{name: said[name] for name in names})


_BY_WHOM = ("acknowledged_by", "acknowledged_at", "acknowledged_why")
_OPEN_ABOUT_EVENTS = sa.select(finding).where(
    finding.c.chain == sa.bindparam("of_chain"),
    (finding.c.kind == FindingKind.MISSING.value) | (finding.c.kind == FindingKind.ALTERED.value),
    finding.c.ended_at.is_(None),
    finding.c.first <= sa.bindparam("to"),
    finding.c.last >= sa.bindparam("from"),
)


def _runs(first: int, last: int, here: set[int]) -> list[tuple[int, int, bool]]:
    """`first` to `last` as runs of what is in `here` and what is not."""
    edges = sorted(
        {first, last + 1}
        | {n for n in here if n - 1 not in here}
        | {n + 1 for n in here if n + 1 not in here}
    )
    return [(begin, end - 1, begin in here) for begin, end in pairwise(edges)]
