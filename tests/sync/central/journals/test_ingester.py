"""What central acknowledges of a journal: what is committed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.journals.findings import Finding, FindingKind
from sync.central.journals.ingester import Ingester
from sync.central.store import InDoubt, Store, open_store
from sync.central.tables import event
from sync.wire import Channel, JournalBatch, ReceivedMessage, batch_of
from tests.keys import ed25519
from tests.sync.migrated import MigratedCopies, empty
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


def received(batch: JournalBatch) -> ReceivedMessage:
    return ReceivedMessage(DEVICE, Channel.JOURNAL, batch, b"")


def stored(store: Store) -> list[bytes]:
    """The hashes of all stored events."""
    with store.reading() as connection:
        return list(connection.execute(sa.select(event.c.hash).order_by(event.c.sequence)).scalars())


def test_nothing_is_acknowledged_whose_commit_failed_and_all_of_it_once_it_succeeds(store: Store) -> None:
    ingester = Ingester(store, CENTRE, lambda: AT)
    journal = chained(4)
    batches = [received(batch_of(part, part[0].sequence - 1)) for part in (journal[:2], journal[2:])]
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


@pytest.mark.parametrize("place", [0, 1, 3])
def test_nothing_of_an_altered_batch_is_stored_and_the_genuine_one_is_that_comes_later(
    store: Store, place: int
) -> None:
    """Altered in the sender's memory or file: the signature is genuine, the events are not."""
    told: list[Finding] = []
    ingester = Ingester(store, CENTRE, lambda: AT, told.append)
    journal = chained(4)
    genuine = batch_of(journal, 0)
    rows = [*genuine.rows]
    rows[place] = replace(rows[place], body=b'{"outcome":"deny"}')
    altered = replace(genuine, rows=tuple(rows))
    assert list(ingester.handle([received(altered)], 0.0)) == [], "nothing is acknowledged"
    assert [(item.kind, item.first, item.last) for item in told] == [(FindingKind.ALTERED, 1, 4)]
    assert stored(store) == []
    assert len(list(ingester.handle([received(altered), received(genuine)], 0.0))) == 1
    assert stored(store) == [entry.hash for entry in journal]
    assert len(told) == 1, "said once"


def test_a_server_that_goes_away_in_mid_batch_is_no_gates_fault(server: Store) -> None:
    """It is back at once: what would be noted of the gate could be written."""
    left: list[int] = []

    def ended() -> int:
        if left:
            left.pop()
            with closing(open_store(server.name)) as other, other.writing() as connection:
                connection.execute(_END_ALL)
        return AT

    told: list[Finding] = []
    ingester = Ingester(server, CENTRE, ended, told.append)
    journal = chained(4)
    assert len(list(ingester.handle([received(batch_of(journal[:2], 0))], 0.0))) == 1
    left.append(1)
    assert list(ingester.handle([received(batch_of(journal[2:], 2))], 0.0)) == []
    assert told == []
    assert len(list(ingester.handle([received(batch_of(journal[2:], 2))], 0.0))) == 1


_END_ALL = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def server(postgresql_url: str, migrated: MigratedCopies) -> Iterator[Store]:
    empty(postgresql_url)
    migrated.fill(postgresql_url)
    with closing(open_store(postgresql_url)) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            enrol_device(connection, DEVICE, ("green-court", "main"), b"k" * 32, AT)
        yield store


def test_a_commit_whose_answer_is_lost_is_in_doubt(server: Store) -> None:
    def perhaps() -> None:
        with server.writing() as connection:
            connection.execute(sa.text("CREATE TABLE perhaps (number INTEGER)"))
            with closing(open_store(server.name)) as other, other.writing() as ending:
                ending.execute(_END_ALL)

    with pytest.raises(InDoubt, match="may be done, or not"):
        perhaps()
