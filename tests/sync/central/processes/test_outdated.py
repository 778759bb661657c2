"""An ingester of an older version beside a newer one: on a database that was migrated while it ran."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from edge.journal.format import Acknowledgement
from edge.signing.cose import MessageRefused
from sync.central.configuration import load_configuration
from sync.central.followers import FOLLOWERS
from sync.central.journals.findings import findings_of
from sync.central.journals.ingester import Ingester
from sync.central.processes.outdated import migrated_since
from sync.central.service import Central, run_central
from sync.central.store import Store, StoreError, newest_schema, open_store
from sync.central.tables import event
from sync.wire import Channel, JournalBatch, ReceivedMessage, batch_of, open_message
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import AT, DEVICE, chained
from tests.sync.world import CENTRAL_KEY, CENTRAL_KEYS, World, append

MIGRATED = "UPDATE alembic_version SET version_num = '9999'"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_older_ingester_and_a_newer_one_store_each_event_once(store: Store) -> None:
    refused: list[MessageRefused] = []
    newer, older = (
        Ingester(
            each,
            CENTRAL_KEY,
            lambda: AT,
            refuse=lambda _topic, _data, why: refused.append(why),
            followers=FOLLOWERS,
            migrated=lambda each=each: migrated_since(each, newest_schema()),  # type: ignore[misc]
        )
        for each in (store, store)
    )
    entries = chained(40)
    batches = [batch_of(entries[begin : begin + 5], begin) for begin in range(0, 40, 5)]
    assert acknowledged(older, batches[0]) == 5
    do(store, "ALTER TABLE event ADD COLUMN extra integer DEFAULT 0", MIGRATED)
    # Out of order, and some to both: the broker gives to each what it likes.
    assert acknowledged(newer, batches[2]) == 5
    assert acknowledged(older, batches[1]) == 15
    assert acknowledged(newer, batches[1]) == 15
    assert acknowledged(older, batches[3]) == 20
    assert older.fault is None

    do(store, "ALTER TABLE event ALTER COLUMN extra DROP DEFAULT, ALTER COLUMN extra SET NOT NULL")
    assert acknowledged(older, batches[4]) is None, "it says that it has what it has not"
    assert "9999" in str(older.fault)
    assert [each.refusal.value for each in refused] == ["failed"], "the gate is not told to send it again"
    assert found(store) == [], "that is no fault of the gate"

    do(store, "ALTER TABLE event ALTER COLUMN extra SET DEFAULT 0")  # as one that knows the column writes
    assert [acknowledged(newer, batch) for batch in batches[4:]] == [25, 30, 35, 40]
    with store.reading() as connection:
        stored = connection.execute(sa.select(event.c.sequence).order_by(event.c.sequence)).scalars().all()
    assert stored == [*range(1, 41)]
    assert found(store) == []


def test_one_that_can_store_nothing_any_more_ends_and_does_not_start_again(
    tmp_path: Path, broker: Mosquitto
) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    refuses = "CREATE TRIGGER no_more BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no column'); END"
    configuration = load_configuration(world.central_file())
    with world.journal() as journal, world.agent() as agent, closing(open_store(world.url)) as store:
        append(journal, 5)
        migrated = Event()

        def beside(central: Central) -> None:
            agent.poll(0.01)
            if central.stored == 5 and not migrated.is_set():
                do(store, refuses, MIGRATED)
                migrated.set()
                append(journal, 5)

        with pytest.raises(StoreError, match="migrated to schema version 9999 while this process ran"):
            run_central(configuration, Event(), beside=beside)
        with pytest.raises(StoreError, match="schema version 9999, which this Gatepost does not know"):
            run_central(configuration, Event())
        assert found(store) == []
        do(store, "DROP TRIGGER no_more", f"UPDATE alembic_version SET version_num = '{newest_schema()}'")  # noqa: S608 - a number of ours
        stop = Event()

        def until_all(central: Central) -> None:
            agent.poll(0.01)
            if central.stored == 5:
                stop.set()

        run_central(configuration, stop, beside=until_all)
        assert [entry.sequence for entry in world.stored()] == [*range(1, 11)]


def acknowledged(ingester: Ingester, batch: JournalBatch) -> int | None:
    """Up to where it says that the centre has the journal; None: it says nothing."""
    for answer in ingester.handle([ReceivedMessage(DEVICE, Channel.JOURNAL, batch, b"")], 0.0):
        said = open_message(answer.topic, answer.data, CENTRAL_KEYS).message
        assert isinstance(said, Acknowledgement)
        return said.sequence
    return None


def do(store: Store, *statements: str) -> None:
    with store.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def found(store: Store) -> list[object]:
    with store.reading() as connection:
        return [*findings_of(connection)]
