"""A journal that filled while the gate was offline, made in one transaction."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from edge.decision import ClockTrust
from edge.journal.factory import open_journal
from edge.journal.format import START, Entry
from edge.journal.format.chain import link
from edge.journal.tables import INSERT, connected, row_of
from tests.sync.wire.examples import AT


def filled_at_once(path: Path, count: int, body: bytes, gate: str = "main") -> list[Entry]:
    """`count` events in the journal at `path`, one every 17 seconds."""
    with open_journal(path, gate) as journal:
        epoch = journal.epoch
    entries: list[Entry] = []
    for sequence in range(1, count + 1):
        entry = link(
            epoch=epoch,
            gate=gate,
            sequence=sequence,
            at=AT + sequence * 17_000_000,
            trust=ClockTrust.TRUSTED,
            monotonic=17.0 * sequence,
            kind="access_decided",
            body=body,
            previous=entries[-1].hash if entries else START,
        )
        entries.append(entry)
    with closing(connected(path)) as connection, connection:
        connection.execute("BEGIN")
        connection.executemany(INSERT, [row_of(entry, 1) for entry in entries])
    return entries
