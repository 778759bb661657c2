"""Whether one identity is used by two processes, as far as central can see it.

A broker lets one client at a time use an identity, and each throws the other out. Central sees two things:
each says in its health report when it started, and one that speaks again after another has spoken has not
ended; and one that was thrown out says so (`session_taken_over`).
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from sync.central.journals import Finding, FindingKind
from sync.central.store import insert_unless_there
from sync.central.tables import chain, finding
from sync.wire.messages import Health

_REMEMBERED = 4
"""Starts of one device. A process that is started again never says the start of one before it."""


class Starts:
    """When the newest processes of each device began, as their reports said. PURE."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[int, ...]] = {}

    def by_turns(self, device: str, health: Health) -> bool:
        """Whether this report is of a process that has been heard before another was."""
        if not health.started:
            return False  # a will: it was signed long before it was sent
        before = self._of.get(device, ())
        others = tuple(start for start in before if start != health.started)
        self._of[device] = (*others, health.started)[-_REMEMBERED:]
        return health.started in before[:-1]


def note_shared(connection: sa.Connection, shared: Iterable[tuple[str, str]], now: int) -> list[Finding]:
    """Write down which devices' identities are shared, and why; once for each journal. Those that are new.

    A device of which no event is stored has no journal to write it to: the next report says it again.
    """
    new = []
    for device, why in shared:
        newest = connection.execute(
            sa.select(chain.c.number, chain.c.epoch)
            .where(chain.c.device == device)
            .order_by(chain.c.number.desc())
            .limit(1)
        ).one_or_none()
        if newest is None:
            continue
        found = Finding(device, newest.epoch, FindingKind.SHARED, 0, 0, why)
        made = connection.execute(
            insert_unless_there(connection, finding).returning(finding.c.number),
            {
                "chain": newest.number,
                "kind": found.kind.value,
                "first": found.first,
                "last": found.last,
                "detail": found.detail,
                "at": now,
            },
        )
        if made.first() is not None:
            new.append(found)
    return new
