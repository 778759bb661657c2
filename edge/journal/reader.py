"""Reading a journal, while the gate may go on writing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from edge.errors import JournalError
from edge.journal.format import (
    BEGINNING,
    Break,
    ChainPoint,
    Entry,
    JournalSalvaged,
    SequenceGap,
    Span,
    breaks,
    understood,
)
from edge.journal.tables import COLUMNS, FROM, JournalDamaged, check_version, explained, is_row, rows
from edge.support.storage import REAL_STORAGE, Storage


class JournalReader:
    """A journal open for reading, while the gate may go on writing it."""

    def __init__(self, path: Path, storage: Storage = REAL_STORAGE) -> None:
        if not path.is_file():
            raise JournalError(
                "there is no journal", where=str(path), remedy="a gate makes it when it first runs"
            )
        self._path = path
        try:
            with ExitStack() as opened:
                self._connection = storage.connect(path, read_only=True)
                opened.callback(self._connection.close)
                check_version(self._connection, path)
                opened.pop_all()
        except sqlite3.Error as error:
            raise explained(error, path) from error

    def newest(self, count: int) -> list[Entry]:
        """The newest `count` events, oldest first."""
        query = f"SELECT {COLUMNS} {FROM} ORDER BY event.epoch DESC, sequence DESC LIMIT ?"
        return list(self._read(query, (count,)))[::-1]

    def since(self, epoch: bytes | None, sequence: int, most: int = 1000) -> list[Entry]:
        """At most `most` events after (`epoch`, `sequence`), oldest first; epoch None: from the start."""
        query = (
            f"SELECT {COLUMNS} {FROM} WHERE (event.epoch, sequence) > "  # noqa: S608
            "(coalesce((SELECT number FROM epoch WHERE id = ?), 0), ?) ORDER BY event.epoch, sequence LIMIT ?"
        )
        return list(self._read(query, (epoch, sequence, most)))

    def of_kinds(self, kinds: tuple[str, ...], *, since: int = 0, naming: str = "") -> Iterator[Entry]:
        """The events of these kinds since then (microseconds since 1970 UTC by the gate's clock), oldest
        first; with `naming`, only those whose body has that text.
        """
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT {COLUMNS} {FROM} WHERE kind IN ({marks}) AND at >= ?"
        values: tuple[object, ...] = (*kinds, since)
        if naming:
            query, values = f"{query} AND instr(body, ?) > 0", (*values, naming.encode())
        return self._read(f"{query} ORDER BY event.epoch, sequence", values)

    def spans(self) -> list[Span]:
        """The span of every epoch that has events, in the order in which they began."""
        query = (
            "SELECT id, epoch.gate, (SELECT min(sequence) FROM event WHERE event.epoch = number), "
            "(SELECT max(sequence) FROM event WHERE event.epoch = number) FROM epoch ORDER BY number"
        )
        try:
            found = [Span(*row) for row in self._connection.execute(query) if row[2] is not None]
        except sqlite3.Error as error:
            raise explained(error, self._path) from error
        return found

    def every(self) -> Iterator[Entry]:
        """All events, oldest first."""
        return self._read(f"SELECT {COLUMNS} {FROM} ORDER BY event.epoch, sequence", ())

    def kinds(self) -> dict[str, int]:
        """How many events of each kind there are."""
        try:
            found = self._connection.execute("SELECT kind, count(*) FROM event GROUP BY kind ORDER BY kind")
            return {str(kind): int(count) for kind, count in found}
        except sqlite3.Error as error:
            raise explained(error, self._path) from error

    def verify(self) -> Iterator[Break]:
        """The breaks of the chain, over all events."""
        yield from breaks(self.every(), from_start=True, gaps=self.gaps(), pruned=self.pruned())
        yield from self._unlike_acknowledged()

    def gaps(self) -> frozenset[SequenceGap]:
        """What is known to be missing, as salvages recorded it in the chain itself."""
        query = f"SELECT {COLUMNS} {FROM} WHERE kind = ?"
        told = [understood(entry) for entry in self._read(query, (JournalSalvaged.kind.value,))]
        return frozenset(
            gap for event in told if isinstance(event, JournalSalvaged) for gap in _gaps_of(event)
        )

    def pruned(self) -> dict[bytes, ChainPoint]:
        """For each epoch with a pruned beginning, the last position that was deleted."""
        return {epoch: place for epoch, place, _ in self._places("pruned", "NULL")}

    def acknowledged(self) -> dict[bytes, tuple[ChainPoint, bytes]]:
        """For each epoch, the position up to which central has it, and the signed message that states it."""
        return {epoch: (place, message) for epoch, place, message in self._places("acknowledged", "message")}

    def _unlike_acknowledged(self) -> Iterator[Break]:
        """Where the chain is intact, but is not the one that central acknowledged."""
        pruned, gaps = self.pruned(), self.gaps()
        for epoch, (place, _) in self.acknowledged().items():
            if place.sequence == pruned.get(epoch, BEGINNING).sequence:
                continue  # the remaining chain begins right after it
            held = [entry for entry in self.since(epoch, place.sequence - 1, 1) if entry.epoch == epoch]
            if held and held[0].sequence == place.sequence and held[0].hash != place.hash:
                yield Break(epoch, place.sequence, "is not the event that central acknowledged")
            elif not held and all(gap[0] != epoch for gap in gaps):
                yield Break(epoch, place.sequence, "is missing: central acknowledged it")

    def _places(self, table: str, message: str) -> list[tuple[bytes, ChainPoint, bytes]]:
        try:
            query = (
                f"SELECT epoch.id, sequence, hash, {message} FROM {table} "  # noqa: S608
                f"JOIN epoch ON epoch.number = {table}.epoch"
            )
            found = self._connection.execute(query).fetchall()
        except sqlite3.Error as error:
            raise explained(error, self._path) from error
        if not all(is_row(table, (0, *row[1:]) if row[3] is not None else (0, *row[1:3])) for row in found):
            raise JournalDamaged(f"has noise in its table {table}", where=str(self._path))
        return [(epoch, ChainPoint(sequence, digest), signed) for epoch, sequence, digest, signed in found]

    def close(self) -> None:
        self._connection.close()

    def _read(self, query: str, values: tuple[object, ...]) -> Iterator[Entry]:
        try:
            yield from rows(self._connection, query, values)
        except JournalDamaged as error:
            raise JournalDamaged(
                error.what, where=str(self._path), remedy="it is salvaged when the gate starts"
            ) from None
        except sqlite3.Error as error:
            raise explained(error, self._path) from error


def _gaps_of(event: JournalSalvaged) -> Iterator[SequenceGap]:
    for epoch, ranges in event.missing.items():
        with suppress(ValueError):  # not hexadecimal: no epoch of this store
            named = bytes.fromhex(epoch)
            yield from ((named, first, last) for first, last in ranges)
