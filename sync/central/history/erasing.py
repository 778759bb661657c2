"""Erases people from files, as from the database: the accesses stay, without saying whose they were."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sync.central.history.core import FileKind, FileState
from sync.central.history.forgotten import Forgotten, still_to_erase
from sync.central.history.manifest import files_where
from sync.central.history.rewriting import Rewriting
from sync.central.history.tables import history_erasure, history_file
from sync.central.store import insert_unless_there


def erase_from_files(rewriting: Rewriting) -> int:
    """Carry out the erasures that did not reach the files yet; returns how many. Raises GatepostError."""
    with rewriting.store.reading() as connection:
        waiting = still_to_erase(connection)
    for each in waiting:
        _erase(rewriting, each)
        with rewriting.store.writing() as connection:
            done = {"erasure": each.erasure, "at": rewriting.now}
            connection.execute(insert_unless_there(connection, history_erasure), done)
    return len(waiting)


# --- inside --------------------------------------------------------------------------------


def _erase(rewriting: Rewriting, forgotten: Forgotten) -> None:
    of = history_file.c
    theirs = (
        of.kind == FileKind.ACCESSES.value,
        of.state == FileState.KEPT.value,
        of.site == forgotten.site,
        of.first_at <= forgotten.until,
    )
    with rewriting.store.reading() as connection:
        files = files_where(connection, *theirs)
    for file in files:
        table = rewriting.table_of(file)
        named = pc.and_(
            pc.equal(table["subject"], forgotten.subject), pc.less_equal(table["at"], forgotten.until)
        )
        if pc.any(named).as_py():
            blank = pc.if_else(pc.fill_null(named, False), pa.scalar(None, pa.string()), table["subject"])
            rewriting.replace(
                file, table.set_column(table.schema.get_field_index("subject"), "subject", blank)
            )
