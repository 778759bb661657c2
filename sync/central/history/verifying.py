"""Verifies the files: each is what was written, its events are the gates', and their chains lead on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import Said
from sync.central.history.core import PARTIAL, FileKind, FileState, Run, first_changed, runs_of
from sync.central.history.damage import FOREIGN, OTHER_EVENTS, changed_event, loose_event, of_other_rows
from sync.central.history.files import HistoryError, look_at, what_is_wrong
from sync.central.history.manifest import KeptFile, files_where, folder_of
from sync.central.history.parquet import read_table
from sync.central.history.tables import history_file, history_run
from sync.central.store import Store
from sync.central.tables import event, finding

_MOST_FOREIGN = 100


@dataclass(frozen=True)
class FileDamage:
    """What is wrong with a file; of a foreign one nothing but its name is known."""

    name: str
    what: str
    file: KeptFile | None = None


def verify_files(
    store: Store, now: int, *, before: int | None = None, most: int | None = None
) -> list[FileDamage]:
    """What is wrong with the files that were not verified since `before` (None: with all), those first that
    were verified longest ago, at most so many; and with what lies in the folder beside them. What is found is
    noted. Raises GatepostError.
    """
    of = history_file.c
    with store.reading() as connection:
        folder = folder_of(connection)
        due = sa.true() if before is None else of.verified_at < before
        files = files_where(connection, of.state == FileState.KEPT, due)
    if folder is None:
        return []
    files.sort(key=lambda file: file.verified_at or 0)
    found = []
    for file in files[:most]:
        what = str(_wrong(store, folder, file))
        _note(store, folder, file, what, now)
        if what:
            found.append(FileDamage(file.name, what, file))
    return found + [FileDamage(name, str(FOREIGN)) for name in _foreign(store, folder)]


def glance(store: Store, now: int) -> list[FileDamage]:
    """What is wrong with the files by their size and time; one that is gone, cut or was written again is
    found at once.
    """
    of = history_file.c
    with store.reading() as connection:
        folder = folder_of(connection)
        files = files_where(connection, of.state == FileState.KEPT)
    found = []
    for file in files if folder is not None else ():
        assert folder is not None  # noqa: S101 - as above
        what = str(what_is_wrong(folder, file.name, file.written, thorough=False))
        if what != file.damage:
            _note(store, folder, file, what, now)
        if what:
            found.append(FileDamage(file.name, what, file))
    return found


# --- inside --------------------------------------------------------------------------------


def _wrong(store: Store, folder: Path, file: KeptFile) -> Said:
    """What is wrong with a file, its bytes and its chains; "" if nothing is."""
    what = what_is_wrong(folder, file.name, file.written, thorough=True)
    if what:
        return what
    try:
        rows = read_table(folder / file.name, file.kind).to_pylist()
    except HistoryError as error:
        return error.said[0]
    if len(rows) != file.rows:
        return of_other_rows(len(rows), file.rows)
    return _chains_wrong(store, file, rows) if file.kind is FileKind.EVENTS else ""


def _chains_wrong(store: Store, file: KeptFile, rows: list[dict[str, Any]]) -> Said:
    changed = first_changed(rows)
    if changed is not None:
        return changed_event(changed["sequence"], changed["device"])
    runs = [*runs_of(rows)]
    with store.reading() as connection:
        if sorted(runs, key=_place) != sorted(_listed(connection, file.number), key=_place):
            return OTHER_EVENTS
        loose = next(_loose(connection, runs), None)
    return "" if loose is None else loose_event(loose.first)


def _place(run: Run) -> tuple[int, int]:
    return run.chain, run.first


def _listed(connection: sa.Connection, file: int) -> list[Run]:
    of = history_run.c
    query = sa.select(of.chain, of.first, of.last, of.previous, of.hash).where(of.file == file)
    return [Run(*row) for row in connection.execute(query)]


def _loose(connection: sa.Connection, runs: Sequence[Run]) -> Iterator[Run]:
    """The runs that do not follow the event before them, where that is here and nobody declared a break."""
    for run in runs:
        here = sa.select(event.c.hash).where(event.c.chain == run.chain, event.c.sequence == run.first - 1)
        moved = sa.select(history_run.c.hash).where(
            history_run.c.chain == run.chain, history_run.c.last == run.first - 1
        )
        before = connection.execute(here.union_all(moved).limit(1)).scalar()
        if before is None or before == run.previous:
            continue
        declared = sa.select(finding.c.number).where(
            finding.c.chain == run.chain, finding.c.kind == "broken", finding.c.first == run.first
        )
        if connection.execute(declared).first() is None:
            yield run


def _note(store: Store, folder: Path, file: KeptFile, what: str, now: int) -> None:
    values: dict[str, object] = {"damage": what}
    if not what:
        # Restored from a backup, it has another time: from here on that one says that it is as it was.
        values |= {"verified_at": now, "changed": look_at(folder / file.name).changed}
    with store.writing() as connection:
        connection.execute(sa.update(history_file).where(history_file.c.number == file.number).values(values))


def _foreign(store: Store, folder: Path) -> list[str]:
    with store.reading() as connection:
        known = {*connection.execute(sa.select(history_file.c.name)).scalars()}
    found = (path for kind in FileKind for path in (folder / kind.value).rglob("*") if not path.is_dir())
    there = (path.relative_to(folder).as_posix() for path in found)
    names = (name for name in there if name.removesuffix(PARTIAL) not in known)
    return sorted(name for name, _ in zip(names, range(_MOST_FOREIGN), strict=False))
