"""A gate's days, and the archive that takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa

from edge.decision import Outcome
from edge.journal.format import Entry, LaneOpened
from sync.central.history.archiving import Archiving, Round
from sync.central.history.core.kinds import FileKind
from sync.central.history.reading import accesses_between
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import Store
from sync.central.tables import event
from sync.central.units import DAY
from tests.events import decided
from tests.sync.central.accesses.examples import SECOND, Happened, by_hand, journal
from tests.sync.wire.examples import AT

A_DAY = DAY // SECOND
"""In seconds, as journals of examples count."""
LONG_AFTER = AT + 100 * DAY


def days(count: int, *, subjects: Sequence[str] = ("li-na", "wang-wei")) -> list[Entry]:
    """A journal of `count` days: each day the same five things."""
    happened: list[Happened] = []
    for day in range(count):
        at = day * A_DAY
        happened += [
            (at + 1, decided(Outcome.GRANT, subjects[0])),
            (at + 2, LaneOpened("grant", "1")),
            (at + 3, decided(Outcome.DENY, subjects[-1])),
            (at + 4, by_hand()),
            (at + 5, decided(Outcome.REFER)),
        ]
    return journal(happened)


def archived(
    store: Store,
    folder: Path,
    cut: int = LONG_AFTER,
    now: int = LONG_AFTER,
    *,
    most_rows: int = 20_000,
    step: Callable[[str], None] = lambda _: None,
) -> Round:
    """Everything before `cut` moved into files."""
    return Archiving(store, folder, cuts(cut), now, most_rows=most_rows, step=step).move_some(10_000)


def cuts(at: int) -> dict[FileKind, int]:
    """The same cut for every kind."""
    return dict.fromkeys(FileKind, at)


def in_database(store: Store) -> list[tuple[int, int]]:
    """Chain and sequence of every event in the database."""
    with store.reading() as connection:
        query = sa.select(event.c.chain, event.c.sequence).order_by(event.c.chain, event.c.sequence)
        return [(row.chain, row.sequence) for row in connection.execute(query)]


def all_accesses(
    store: Store, since: int = 0, until: int = 2**62, sight: Sight = EVERYWHERE
) -> list[dict[str, object]]:
    """Every access of a stretch of time, wherever it lies."""
    with store.reading() as connection, accesses_between(connection, sight, since, until) as found:
        assert found.damaged == ()
        return [row for batch in found.batches() for row in batch.to_pylist()]
