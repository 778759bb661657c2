"""Says which processes of a centre run on its database, and what does not fit: two of one id, say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from edge.support.phrases import Phrase, phrase
from sync.central.processes.tables import centre_process
from sync.central.store import insert_or_update
from sync.central.units import DAY, SECOND

RUNS_FOR = 15 * SECOND
"""A process that was seen within this time runs."""
_KEPT = 30 * DAY


@dataclass(frozen=True)
class CentreProcess:
    """A process of the centre: `run` is drawn at its start, `schema` the newest that it knows."""

    id: str
    run: str
    host: str
    version: str
    schema: str
    parts: str
    started_at: int
    seen_at: int


def now_of(connection: sa.Connection, wall: int) -> int:
    """The time that all processes go by: a server's clock, on SQLite this machine's."""
    if connection.dialect.name != "postgresql":
        return wall
    return int(connection.execute(_NOW).scalar_one())


def register(connection: sa.Connection, process: CentreProcess, now: int) -> None:
    """Say that a process runs at `now`, and forget those of long ago, or of long before the clock was set
    back.
    """
    insert = insert_or_update(connection.dialect.name, centre_process)
    row = {name: getattr(process, name) for name in process.__dataclass_fields__}
    seen = insert.on_conflict_do_update(index_elements=["id", "run"], set_={"seen_at": now})
    connection.execute(seen, row | {"started_at": now, "seen_at": now})
    is_kept = centre_process.c.seen_at.between(now - _KEPT, now + _KEPT)
    connection.execute(sa.delete(centre_process).where(~is_kept))


def running(connection: sa.Connection, now: int) -> list[CentreProcess]:
    """The processes that run at `now`, by id."""
    of = centre_process.c
    query = sa.select(centre_process).where(runs(now)).order_by(of.id, of.started_at)
    return [CentreProcess(**row) for row in connection.execute(query).mappings()]


def runs(now: int) -> sa.ColumnElement[bool]:
    """Whether a process runs at `now`: not one that was seen later still, before the clock was set back."""
    return centre_process.c.seen_at.between(now - RUNS_FOR, now + RUNS_FOR)


def misfits(processes: Sequence[CentreProcess], schema: str) -> Iterator[Phrase]:
    """What does not fit of processes that run on a database of that `schema`, in words."""
    for number, one in enumerate(processes):
        for other in processes[number + 1 :]:
            # One that was started again is no second: it is not seen any more once the other runs.
            if one.id == other.id and one.seen_at > other.started_at:
                yield phrase(
                    "two processes are %(id)s (on %(one)s and on %(other)s), and take the link from each "
                    "other: give one of them another [central] id",
                    id=one.id,
                    one=one.host,
                    other=other.host,
                )
    versions = sorted({each.version for each in processes})
    if len(versions) > 1:
        named = ", ".join(f"{each.id} {each.version}" for each in processes)
        yield phrase("processes of several versions run (%(named)s): bring all to the newest", named=named)
    for each in processes:
        if each.schema < schema:
            yield phrase(
                "%(id)s on %(host)s knows the schema up to %(known)s, and the database has %(schema)s: "
                "install the newer Gatepost there, and restart it; once it is down it does not start again "
                "before",
                id=each.id,
                host=each.host,
                known=each.schema,
                schema=schema,
            )


_NOW = sa.text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
