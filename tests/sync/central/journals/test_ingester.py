"""What central acknowledges of a journal: what is committed, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.journals.ingester import Ingester
from sync.central.store import Store
from sync.central.tables import event
from sync.wire import Channel, ReceivedMessage, batch_of
from tests.keys import ed25519
from tests.sync.wire.examples import AT, DEVICE, chained

CENTRE: Ed25519PrivateKey = ed25519("centre")

_REFUSES_AT_COMMIT = {
    "sqlite": (
        "CREATE TABLE never (id INTEGER PRIMARY KEY)",
        "CREATE TABLE wants (id INTEGER REFERENCES never (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER refusing AFTER INSERT ON event BEGIN INSERT INTO wants VALUES (1); END",
    ),
    "postgresql": (
        """CREATE FUNCTION refuse() RETURNS trigger AS
           $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql""",
        """CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION refuse()""",
    ),
}
"""Makes every statement that stores an event succeed, and its commit fail."""
_MENDED = {"sqlite": "DROP TRIGGER refusing", "postgresql": "DROP TRIGGER refusing ON event"}


def test_nothing_is_acknowledged_whose_commit_failed_and_all_of_it_once_it_succeeds(store: Store) -> None:
    ingester = Ingester(store, CENTRE, lambda: AT)
    journal = chained(4)
    batches = [
        ReceivedMessage(DEVICE, Channel.JOURNAL, batch_of(part, part[0].sequence - 1), b"")
        for part in (journal[:2], journal[2:])
    ]
    with store.writing() as connection:
        dialect = connection.dialect.name
        for statement in _REFUSES_AT_COMMIT[dialect]:
            connection.execute(sa.text(statement))
    assert list(ingester.handle(batches, 0.0)) == []
    assert ingester.stored == 0
    with store.writing() as connection:
        connection.execute(sa.text(_MENDED[dialect]))
    assert len(list(ingester.handle(batches, 0.0))) == 1
    assert ingester.stored == 4
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one() == 4
