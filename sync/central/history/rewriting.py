"""Shrinks a day: writes what is left of a file into another one, and takes the first away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.history.core import FileKind, FileState, file_name, runs_of
from sync.central.history.files import HistoryError, look_at, remove_file, what_is_wrong
from sync.central.history.manifest import KeptFile, add_runs, forget_files, forget_sums, values_as_kept
from sync.central.history.parquet import read_table, write_file
from sync.central.history.tables import history_file
from sync.central.store import Store, insert_unless_there


@dataclass(frozen=True)
class Rewriting:
    """How files are rewritten: those of `store` in `folder`, at `now`."""

    store: Store
    folder: Path
    now: int
    compression: str = "zstd"

    def table_of(self, file: KeptFile) -> pa.Table:
        """What a file holds. Raises HistoryError where it is not what was written: it stays as it is."""
        wrong = what_is_wrong(self.folder, file.name, file.written, thorough=True)
        if wrong:
            raise HistoryError(
                wrong, where=str(self.folder / file.name), remedy=phrase("restore it from a backup")
            )
        return read_table(self.folder / file.name, file.kind)

    def replace(
        self, file: KeptFile, left: pa.Table, also: Callable[[sa.Connection], None] = lambda _: None
    ) -> bool:
        """Keep `left` in place of what a file holds, and do what is `also` to be done, in one transaction;
        returns whether that was done here. Whatever is killed when, one of the two files counts, and the
        other goes.
        """
        begun = self._begin(file)
        if begun is None:
            return False
        number, name = begun
        write_file(self.folder, name, file.kind, left, self.compression)
        if not read_table(self.folder / name, file.kind).equals(left):
            raise HistoryError(
                "is not what was written", where=str(self.folder / name), remedy="test the disk"
            )
        written, rows = look_at(self.folder / name), left.to_pylist()
        values = values_as_kept(written, rows, self.now)
        with self.store.writing() as connection:
            if not self._end(connection, file, FileState.REPLACED):
                forget_files(connection, [number])
                remove_file(self.folder, name)
                return False
            connection.execute(sa.update(history_file).where(history_file.c.number == number).values(values))
            if file.kind is FileKind.EVENTS:
                add_runs(connection, number, runs_of(rows))
            also(connection)
        remove_file(self.folder, file.name)
        with self.store.writing() as connection:
            forget_files(connection, [file.number])
        return True

    def drop(self, connection: sa.Connection, file: KeptFile) -> bool:
        """Take a file out of what counts, in the caller's transaction; `remove` it once that is committed."""
        return self._end(connection, file, FileState.DROPPED)

    def remove(self, file: KeptFile) -> None:
        """Take a dropped file away. What it held stays known: it never comes back."""
        remove_file(self.folder, file.name)
        with self.store.writing() as connection:
            self._end(connection, file, FileState.DELETED, FileState.DROPPED)

    # --- inside ----------------------------------------------------------------------------

    def _begin(self, file: KeptFile) -> tuple[int, str] | None:
        row = {
            "kind": file.kind.value,
            "site": file.site,
            "day": file.day,
            "name": "",
            "state": FileState.WRITING,
            "claim": f"again/{file.number}",
            "begun_at": self.now,
            "digest": b"",
        }
        with self.store.writing() as connection:
            number = connection.execute(insert_unless_there(connection, history_file, "number"), row).scalar()
            if number is None:
                return None  # another process does it
            name = file_name(file.kind, file.day, file.site, number)
            connection.execute(
                sa.update(history_file).where(history_file.c.number == number).values(name=name)
            )
        return number, name

    @staticmethod
    def _end(
        connection: sa.Connection, file: KeptFile, state: FileState, before: FileState = FileState.KEPT
    ) -> bool:
        forget_sums(connection, [file.number])
        this = (history_file.c.number == file.number) & (history_file.c.state == before)
        ended: int = connection.execute(sa.update(history_file).where(this).values(state=state)).rowcount
        return bool(ended)
