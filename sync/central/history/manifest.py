"""The list of files in the database: which there are, what they hold, and where the folder is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.history.core import FileKind, FileState, Run
from sync.central.history.files import HistoryError, Written
from sync.central.history.tables import history_file, history_folder, history_run, history_sum


@dataclass(frozen=True)
class KeptFile:
    """A file as the database knows it."""

    number: int
    kind: FileKind
    site: str
    day: int
    name: str
    state: FileState
    begun_at: int
    rows: int
    first_at: int
    last_at: int
    written: Written
    verified_at: int | None
    damage: str


def note_folder(connection: sa.Connection, folder: Path) -> None:
    """Note where the files are; every process that reads takes them from there."""
    path = str(folder.resolve())
    if folder_of(connection) == Path(path):
        return
    changed = connection.execute(sa.update(history_folder).values(folder=path))
    if not changed.rowcount:
        connection.execute(sa.insert(history_folder).values(id=1, folder=path))


def folder_of(connection: sa.Connection) -> Path | None:
    """Where the files are; None where none were ever written."""
    found = connection.execute(sa.select(history_folder.c.folder)).scalar_one_or_none()
    return None if found is None else Path(found)


def the_folder(connection: sa.Connection) -> Path:
    """Where the files are. Raises HistoryError where the database does not know."""
    found = folder_of(connection)
    if found is None:
        raise HistoryError(
            phrase("no folder of history is noted"), remedy=phrase("gatepost central history archive")
        )
    return found


def files_where(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[KeptFile]:
    """The files of which that is so, by kind, day and site."""
    of = history_file.c
    query = sa.select(history_file).where(*conditions).order_by(of.kind, of.day, of.site, of.number)
    return [_file(row) for row in connection.execute(query)]


def files_with(connection: sa.Connection, chain: int, first: int, last: int) -> list[tuple[KeptFile, Run]]:
    """The runs that have events `first` to `last` of a chain, in order, each with its file."""
    query = (
        sa.select(history_file, history_run)
        .join(history_run, history_run.c.file == history_file.c.number)
        .where(
            history_run.c.chain == chain,
            history_run.c.last >= first,
            history_run.c.first <= last,
            history_file.c.state.in_([FileState.KEPT, FileState.DROPPED, FileState.DELETED]),
        )
        .order_by(history_run.c.last)
    )
    return [
        (_file(row), Run(row.chain, row.first, row.last, row.previous, row.hash))
        for row in connection.execute(query)
    ]


def values_as_kept(written: Written, rows: Sequence[Mapping[str, Any]], now: int) -> dict[str, object]:
    """What the list says of a file from the moment at which it counts: it was `written` with those `rows`, of
    which there is one at least, and read again.
    """
    return {
        "state": FileState.KEPT,
        "claim": None,
        "rows": len(rows),
        "first_at": min(row["at"] for row in rows),
        "last_at": max(row["at"] for row in rows),
        "size": written.size,
        "changed": written.changed,
        "digest": written.digest,
        "verified_at": now,
    }


def add_runs(connection: sa.Connection, file: int, runs: Iterable[Run]) -> None:
    """Note which runs of chains a file has."""
    rows = [
        {"file": file, "chain": run.chain, "first": run.first, "last": run.last}
        | {"previous": run.previous, "hash": run.hash}
        for run in runs
    ]
    if rows:
        connection.execute(sa.insert(history_run), rows)


def forget_files(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Take files out of the list."""
    if numbers:
        forget_sums(connection, numbers)
        connection.execute(sa.delete(history_run).where(history_run.c.file.in_(numbers)))
        connection.execute(sa.delete(history_file).where(history_file.c.number.in_(numbers)))


def forget_sums(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Delete what the accesses of files come to: their rows count no more, or in another file."""
    connection.execute(sa.delete(history_sum).where(history_sum.c.file.in_(numbers)))


# --- inside --------------------------------------------------------------------------------


def _file(row: sa.Row[tuple[object, ...]]) -> KeptFile:
    said = row._mapping  # noqa: SLF001 - SQLAlchemy's public way to a row's columns by name
    return KeptFile(
        said["number"],
        FileKind(said["kind"]),
        said["site"],
        said["day"],
        said["name"],
        FileState(said["state"]),
        said["begun_at"],
        said["rows"],
        said["first_at"],
        said["last_at"],
        Written(said["size"], said["changed"], said["digest"]),
        said["verified_at"],
        said["damage"],
    )
