"""A primary is killed while a gate sends, and the standby takes over: nothing acknowledged is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.admin.site_admin import SiteFile
from edge.journal.format import START, Acknowledgement, Entry
from edge.signing.cose import keys_of
from edge.signing.key_files import make_private_key
from sync.central.alarms.loop import AlarmLoop
from sync.central.alarms.tables import alarm
from sync.central.devices.devices import enrol_device, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.findings import Finding, findings_of
from sync.central.journals.ingester import Ingester
from sync.central.processes.registering import CentreProcess
from sync.central.processes.watching import CentreWatch
from sync.central.store import NotConfirmed, Store, migrate_store, newest_schema, open_store
from sync.central.tables import event
from sync.central.units import MINUTE
from sync.wire import JournalBatch, SealedMessage, batch_of, open_message, seal_message
from tests.cluster.postgres import Server, primary_and_standby, url_of
from tests.command_line import called
from tests.keys import ed25519
from tests.sync.central.history.examples import days
from tests.waiting import soon

GATE = "gp-0001"
AT = 1_900_000_000_000_000
HERE = CentreProcess("central-1", "a", "here", "1", newest_schema(), "ingester", 0, 0)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with primary_and_standby() as made:
        yield made


def test_a_centre_says_what_it_waits_for_and_loses_nothing(  # noqa: PLR0915 - one story
    servers: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, standby = servers
    key = ed25519("gate")
    migrate_store(url_of(primary, standby))
    with closing(open_store(url_of(primary, standby))) as store:
        with store.writing() as connection:
            put_site(connection, SiteFile("green-court"))
            enrol_device(connection, GATE, ("green-court", "main"), key.public_key().public_bytes_raw(), 1)
        ingester = Ingester(store, key, lambda: AT, followers=FOLLOWERS)
        watch = CentreWatch(store, HERE, lambda: 0)
        entries = days(4)
        assert acknowledged(ingester, entries[:5], key) == 5
        watch.look()
        assert watch.waits == ()

        standby.stop()
        assert acknowledged(ingester, entries[5:10], key) == 0, "acknowledged what only one machine has"
        assert stored(store) == [*range(1, 11)], "it does not store while the standby is away"

        def waits(words: str) -> bool:
            watch.look()
            return any(words in str(each) for each in watch.waits)

        soon(lambda: waits("no standby is connected"), "it does not say that the standby is away")
        soon(lambda: waits("1 commit waits"), "it does not say that a commit waits")
        clock = [AT]
        alarms = AlarmLoop(store, lambda: clock[0])
        alarms.look()
        assert open_alarms(store) == [], "a standby that starts anew is no alarm"
        clock[0] += 2 * MINUTE
        alarms.look()
        assert open_alarms(store) == ["standby_away"]
        assert asked(ingester, entries[0], key) == 0, "answered a question by what only one machine has"
        with store.writing() as connection:  # somebody's act at the console
            put_site(connection, SiteFile("blue-court"))
        primary.ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        assert asked(ingester, entries[0], key) == 0, "took an ended wait for a confirmation"
        primary.kill()
        primary.start()
        soon(lambda: stored(store) == [*range(1, 11)], "the primary does not come back")
        assert asked(ingester, entries[0], key) == 0, "took what a restart has left for confirmed"
        assert not findings(store), "a gate is said to be at fault"
        with pytest.raises(NotConfirmed, match="no standby has confirmed"):
            store.confirm(patience=0.1)
        standby.start()
        soon(lambda: late(ingester, key) == 10, "it does not acknowledge once the standby is back")
        assert asked(ingester, entries[0], key) == 10
        soon(lambda: not waits("standby"), "it says on that it waits")
        clock[0] += MINUTE
        alarms.look()
        assert open_alarms(store) == [], "the alarm does not end"

        standby.ask("SELECT pg_wal_replay_pause()")
        assert acknowledged(ingester, entries[10:15], key) == 0, (
            "acknowledged what the standby has not applied"
        )
        soon(lambda: waits("the standby lags, 0.0 MB behind: 1 commit waits"), "it does not say that it lags")
        assert all("the standby lags" in said for said in told(tmp_path, url_of(primary, standby)))
        standby.ask("SELECT pg_wal_replay_resume()")
        soon(lambda: late(ingester, key) == 15, "it does not acknowledge what was applied late")
        soon(lambda: not waits("standby"), "it says on that it waits")

        standby.ask("SELECT pg_wal_replay_pause()")
        assert acknowledged(ingester, entries[15:18], key) == 0
        primary.kill()
        assert acknowledged(ingester, entries[15:20], key) == 0, "nobody stored it"
        assert waits("the database does not answer")
        standby.promote()
        soon(lambda: acknowledged(ingester, entries[18:20], key) > 0, "it does not find the new primary")
        assert late(ingester, key) == 0, "acknowledged what the lost primary had alone"
        soon(lambda: acknowledged(ingester, entries[15:20], key) == 20, "it is not stored anew")
        assert not waits("")
        assert stored(store) == [*range(1, 21)]


def asked(ingester: Ingester, first: Entry, key: Ed25519PrivateKey) -> int:
    """As `acknowledged`, once it was asked how far it has the epoch."""
    return heard(ingester, JournalBatch(first.epoch, first.gate, 1, 0, START), key)


def late(ingester: Ingester, key: Ed25519PrivateKey) -> int:
    """As `acknowledged`, where it speaks by itself."""
    return newest(ingester.due_messages(0.0), key)


def open_alarms(store: Store) -> list[str]:
    """The kinds of the centre's alarms that have not ended."""
    of_centre = alarm.c.site.is_(None) & alarm.c.ended_at.is_(None)
    with store.reading() as connection:
        return [*connection.execute(sa.select(alarm.c.kind).where(of_centre)).scalars()]


def findings(store: Store) -> list[Finding]:
    with store.reading() as connection:
        return [item for item, _ in findings_of(connection)]


def told(folder: Path, url: str) -> list[str]:
    """What an administrator reads who asks how the centre is."""
    make_private_key(folder / "central.key")
    file = folder / "central.toml"
    broker = 'host = "127.0.0.1"\nplain = true'
    file.write_text(f'[store]\nurl = "{url}"\n[central]\nkey = "central.key"\n[broker]\n{broker}\n')
    return [called("central", what, "--config", file).stdout for what in ("status", "check")]


def acknowledged(ingester: Ingester, entries: list[Entry], key: Ed25519PrivateKey) -> int:
    """Up to where central says that it has the journal, once it was sent these; 0: it says nothing."""
    return heard(ingester, batch_of(entries, entries[0].sequence - 1), key)


def heard(ingester: Ingester, said: JournalBatch, key: Ed25519PrivateKey) -> int:
    batch = seal_message(said, GATE, key)
    keys = keys_of([key.public_key().public_bytes_raw()])
    return newest(ingester.handle([open_message(batch.topic, batch.data, keys)], 0.0), key)


def newest(answers: Iterable[SealedMessage], key: Ed25519PrivateKey) -> int:
    keys = keys_of([key.public_key().public_bytes_raw()])
    highest = 0
    for answer in answers:
        said = open_message(answer.topic, answer.data, keys).message
        assert isinstance(said, Acknowledgement)
        highest = max(highest, said.sequence)
    return highest


def stored(store: Store) -> list[int]:
    with store.reading() as connection:
        return [*connection.execute(sa.select(event.c.sequence).order_by(event.c.sequence)).scalars()]
