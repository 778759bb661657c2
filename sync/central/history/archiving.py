"""Moves what is old from the database into files: written, synced, verified from the file, and dropped.

A file takes the rows of one day and site. What it holds is dropped from the database in the transaction that
takes it into the list: at each moment each row is in exactly one of the two, whatever is killed when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync.central.batched import batched
from sync.central.history.core import (
    LAYOUTS,
    OF_CHAIN,
    FileKind,
    FileState,
    Run,
    day_of,
    file_name,
    first_changed,
    runs_of,
)
from sync.central.history.files import HistoryError, look_at, remove_file
from sync.central.history.manifest import add_runs, files_where, forget_files, note_folder, values_as_kept
from sync.central.history.parquet import read_table, table_of, write_file
from sync.central.history.tables import history_file
from sync.central.store import Store, insert_unless_there
from sync.central.tables import chain, device, event, site
from sync.central.units import DAY, HOUR

MOST_ROWS = 20_000
"""Rows of a file: what one transaction drops."""
ABANDONED_AFTER = HOUR
"""A file that was begun so long ago is written by nobody any more."""
_LOOKED_THROUGH = 5_000

Row = dict[str, Any]


@dataclass(frozen=True)
class MovedFile:
    """A file that was written, with what it took out of the database."""

    name: str
    kind: FileKind
    site: str
    day: int
    rows: int
    size: int


@dataclass
class Round:
    """What one round moved, and what kept it from moving more: of one site, the others go on."""

    moved: list[MovedFile] = field(default_factory=list)
    problems: list[HistoryError] = field(default_factory=list)


@dataclass(frozen=True)
class Archiving:
    """How rows move: from `store` into `folder`, those that both the gate's and the centre's clock had before
    the cut of their kind, at `now`. `step` is told between any two steps.
    """

    store: Store
    folder: Path
    cuts: Mapping[FileKind, int]
    now: int
    compression: str = "zstd"
    most_rows: int = MOST_ROWS
    step: Callable[[str], None] = lambda _: None

    def move_some(self, most_files: int) -> Round:
        """Move at most `most_files` files of rows, the oldest of each site first. Raises StoreError."""
        done = Round()
        with self.store.reading() as connection:
            sites = [*connection.execute(sa.select(site.c.id).order_by(site.c.id)).scalars()]
        for kind in FileKind:
            for each in sites:
                try:
                    while len(done.moved) < most_files:
                        made = self._move_one(kind, each)
                        if made is None:
                            break
                        done.moved.append(made)
                except HistoryError as error:
                    done.problems.append(error)
        return done

    def clean_up(self) -> int:
        """Take away what was begun and never finished, and the files that are to go; returns how many."""
        of = history_file.c
        begun = (of.state == FileState.WRITING) & (of.begun_at < self.now - ABANDONED_AFTER)
        with self.store.reading() as connection:
            files = files_where(connection, begun | of.state.in_([FileState.REPLACED, FileState.DROPPED]))
        for file in files:
            if file.state is FileState.WRITING:
                self._give_up(file.number, file.name)
                continue
            remove_file(self.folder, file.name)
            with self.store.writing() as connection:
                if file.state is FileState.DROPPED:
                    gone = sa.update(history_file).where(of.number == file.number)
                    connection.execute(gone.values(state=FileState.DELETED))
                else:
                    forget_files(connection, [file.number])
        return len(files)

    # --- inside ----------------------------------------------------------------------------

    def _move_one(self, kind: FileKind, at_site: str) -> MovedFile | None:
        with self.store.reading() as connection:
            day = _OLDEST[kind](connection, at_site, self.cuts[kind])
        if day is None:
            return None
        begun = self._begin(kind, at_site, day)
        if begun is None:
            return None  # another process moves them
        number, name = begun
        try:
            self.step("begun")
            with self.store.reading() as connection:
                rows = _ROWS[kind](connection, at_site, day, self.cuts[kind], self.most_rows)
            write_file(self.folder, name, kind, table_of(kind, rows), self.compression)
            self.step("written")
            runs = _verified(self.folder / name, kind, rows)
            self.step("verified")
            size = self._take(number, name, kind, rows, runs)
        except Exception:
            self._give_up(number, name)
            raise
        self.step("dropped")
        return MovedFile(name, kind, at_site, day, len(rows), size)

    def _begin(self, kind: FileKind, at_site: str, day: int) -> tuple[int, str] | None:
        row = {
            "kind": kind.value,
            "site": at_site,
            "day": day,
            "name": "",
            "state": FileState.WRITING,
            "claim": f"{kind.value}/{day}/{at_site}",
            "begun_at": self.now,
            "digest": b"",
        }
        with self.store.writing() as connection:
            note_folder(connection, self.folder)
            number = connection.execute(insert_unless_there(connection, history_file, "number"), row).scalar()
            if number is None:
                return None
            name = file_name(kind, day, at_site, number)
            connection.execute(
                sa.update(history_file).where(history_file.c.number == number).values(name=name)
            )
        return number, name

    def _take(self, number: int, name: str, kind: FileKind, rows: Sequence[Row], runs: Sequence[Run]) -> int:
        """Take the file into the list and drop what it holds, both or neither."""
        written = look_at(self.folder / name)
        values = values_as_kept(written, rows, self.now)
        with self.store.writing() as connection:
            mine = (history_file.c.number == number) & (history_file.c.state == FileState.WRITING)
            if not connection.execute(sa.update(history_file).where(mine).values(values)).rowcount:
                raise _Changed("was given up meanwhile", where=name)
            add_runs(connection, number, runs)
            if kind is FileKind.EVENTS:
                _drop_events(connection, name, runs)
            else:
                _drop_accesses(connection, name, rows)
        return written.size

    def _give_up(self, number: int, name: str) -> None:
        """Take away what was begun, unless it counts by now: its rows are nowhere else then. It may, although
        taking it failed: a connection that ends as it commits does not tell what became of it.
        """
        of = history_file.c
        begun = (of.number == number) & (of.state == FileState.WRITING)
        with self.store.writing() as connection:
            if connection.execute(sa.delete(history_file).where(begun)).rowcount:
                remove_file(self.folder, name)  # while nobody can take it into the list


class _Changed(HistoryError):
    """The rows changed while they were written."""


# --- inside --------------------------------------------------------------------------------


def _verified(path: Path, kind: FileKind, rows: Sequence[Row]) -> list[Run]:
    """The runs in the file, which holds `rows`. Raises HistoryError."""
    found = read_table(path, kind).to_pylist()
    if found != rows:
        raise HistoryError("is not what was written", where=f"{path}", remedy="test the disk")
    if kind is not FileKind.EVENTS:
        return []
    changed = first_changed(found)
    if changed is not None:
        raise HistoryError(
            "was changed in the database: its hash is not that of its content",
            where=f"event {changed['sequence']} of {changed['device']}",
            remedy="restore the database from a backup",
        )
    return [*runs_of(found)]


def _chains_of(connection: sa.Connection, at_site: str) -> Sequence[Any]:
    query = (
        sa.select(chain)
        .join(device, device.c.id == chain.c.device)
        .where(device.c.site == at_site, chain.c.prefix > 0)
        .order_by(chain.c.number)
    )
    return connection.execute(query).all()


def _head(held: Any) -> sa.Subquery:
    """The beginning of a chain: what moves is taken from there, a walk along the key."""
    query = (
        sa.select(event.c.sequence, event.c.at, event.c.received_at)
        .where(event.c.chain == held.number, event.c.sequence <= held.prefix)
        .order_by(event.c.sequence)
        .limit(_LOOKED_THROUGH)
    )
    return query.subquery()


def _oldest_events(connection: sa.Connection, at_site: str, cut: int) -> int | None:
    days = set()
    for held in _chains_of(connection, at_site):
        head = _head(held)
        query = sa.select(sa.func.min(head.c.at)).where(head.c.at < cut, head.c.received_at < cut)
        oldest = connection.execute(query).scalar()
        if oldest is not None:
            days.add(day_of(oldest))
    return min(days, default=None)


def _events(connection: sa.Connection, at_site: str, day: int, cut: int, most: int) -> list[Row]:
    rows: list[Row] = []
    for held in _chains_of(connection, at_site):
        of_chain = {name: getattr(held, name) for name in OF_CHAIN}
        last = connection.execute(sa.select(sa.func.max(_head(held).c.sequence))).scalar() or 0
        query = (
            sa.select(event)
            .where(event.c.chain == held.number, event.c.sequence <= last, event.c.received_at < cut)
            .where(event.c.at < min(cut, day + DAY), sa.true() if day == 0 else event.c.at >= day)
            .order_by(event.c.sequence)
            .limit(most - len(rows))
        )
        rows += [{**row, **of_chain} for row in connection.execute(query).mappings()]
        if len(rows) >= most:
            break
    return rows


_access = sa.table(LAYOUTS[FileKind.ACCESSES].table, *map(sa.column, LAYOUTS[FileKind.ACCESSES].names))


def _movable(at_site: str, cut: int) -> sa.Select[Any]:
    """The accesses that move: of the part of a chain that is whole, which no fork takes back."""
    return (
        sa.select(_access)
        .join(chain, chain.c.number == _access.c.chain)
        .where(_access.c.site == at_site, _access.c.at < cut, _access.c.received_at < cut)
        .where(_access.c.sequence <= chain.c.prefix)
    )


def _oldest_accesses(connection: sa.Connection, at_site: str, cut: int) -> int | None:
    query = _movable(at_site, cut).with_only_columns(_access.c.at).order_by(_access.c.at).limit(1)
    oldest = connection.execute(query).scalar()
    return None if oldest is None else day_of(oldest)


def _accesses(connection: sa.Connection, at_site: str, day: int, cut: int, most: int) -> list[Row]:
    query = _movable(at_site, cut).where(_access.c.at < day + DAY).order_by(_access.c.at, _access.c.number)
    return [dict(row) for row in connection.execute(query.limit(most)).mappings()]


_OLDEST = {FileKind.EVENTS: _oldest_events, FileKind.ACCESSES: _oldest_accesses}
_ROWS = {FileKind.EVENTS: _events, FileKind.ACCESSES: _accesses}


def _drop_events(connection: sa.Connection, name: str, runs: Sequence[Run]) -> None:
    for run in runs:
        those = (event.c.chain == run.chain) & event.c.sequence.between(run.first, run.last)
        dropped = connection.execute(sa.delete(event).where(those)).rowcount
        if dropped != run.last - run.first + 1:
            raise _Changed("its events are not all in the database any more", where=name)


def _drop_accesses(connection: sa.Connection, name: str, rows: Sequence[Row]) -> None:
    """Drop the rows, which are as they were written: a name may have been put to one, or taken from it."""
    for part in batched(rows):
        those = _access.c.number.in_([row["number"] for row in part])
        query = sa.select(_access).where(those).order_by(_access.c.at, _access.c.number).with_for_update()
        if [dict(row) for row in connection.execute(query).mappings()] != part:
            raise _Changed("its accesses changed while they were written", where=name)
        connection.execute(sa.delete(_access).where(those))
