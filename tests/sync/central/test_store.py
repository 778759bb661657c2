"""Central's database: its versions, its sites, devices and people, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import gc
from contextlib import closing
from datetime import UTC, datetime

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from edge.admin.site_admin import SiteFile
from edge.decision import ClockTrust, Status, StatusRecord, Subject
from edge.journal.format import START, Entry
from edge.journal.format.chain import link
from sync.central.devices.devices import (
    DeviceKeys,
    enrol_device,
    known_devices,
    note_health,
    put_site,
    retire_device,
    sites,
)
from sync.central.journals.journals import FindingKind, store_batch
from sync.central.journals.passes import uses_in
from sync.central.journals.reading import EventReader
from sync.central.people.subjects import (
    put_subject,
    remove_subject,
    set_status,
    status_history,
    subject_at,
    subjects_of,
)
from sync.central.store import Store, StoreError, _known, _newest, migrate_store, open_store
from sync.central.tables import metadata
from sync.wire import DeviceState, Health, batch_of
from tests.conftest import REPOSITORY
from tests.sync.wire.examples import AT, DEVICE, EPOCH, chained

SITE = "green-court"
RED = StatusRecord(Status.RED, "lab", "positive", "pcr", datetime(2026, 3, 3, tzinfo=UTC))


# --- versions ------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_is_refused_and_says_what_to_do(database: str) -> None:
    with pytest.raises(StoreError, match="gatepost central init"):
        open_store(database)
    assert migrate_store(database) == migrate_store(database), "a second time changes nothing"
    open_store(database).close()


def test_a_database_of_a_newer_version_is_refused_by_name(database: str) -> None:
    migrate_store(database)
    store = open_store(database)
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    for attempt in (open_store, migrate_store):
        with pytest.raises(StoreError, match="9999"):
            attempt(database)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "postgresql://gatepost:word@127.0.0.1:1/x"])
def test_what_is_no_database_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert "word" not in str(refused.value).replace("password", "")


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    def write() -> None:
        with store.writing() as connection:
            put_site(connection, SiteFile("other"))
            connection.execute(sa.text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError):
        write()
    with store.reading() as connection:
        assert [site.id for site in sites(connection)] == [SITE]


def test_a_closed_store_refuses_and_leaves_no_connection_open_not_even_one_in_use(database: str) -> None:
    migrate_store(database)
    store = open_store(database)
    with store.writing() as connection:
        store.close()
        put_site(connection, SiteFile(SITE))
    for refused in (store.reading, store.writing):
        with pytest.raises(StoreError, match="is closed"), refused():
            pass
    del connection, store
    gc.collect()  # whatever is open now is reported: tests/open_databases.py
    with closing(open_store(database)) as again, again.reading() as connection:
        assert [site.id for site in sites(connection)] == [SITE], "what was begun is committed"


# --- places and devices ----------------------------------------------------------------------


def test_a_site_that_is_reorganised_keeps_its_gates(store: Store) -> None:
    with store.writing() as connection:
        put_site(connection, SiteFile(SITE, city="Suzhou", district="Gusu"))
    with store.reading() as connection:
        assert [(site.id, site.city) for site in sites(connection)] == [(SITE, "Suzhou")]
        assert {gate.device for gate in known_devices(connection)} == {DEVICE, "gp-0002"}


@pytest.mark.parametrize(
    ("identity", "site", "key", "what"),
    [
        ("a/b", SITE, bytes(32), "cannot be a device"),
        ("gp-0003", SITE, bytes(31), "no Ed25519"),
        ("gp-0003", "nowhere", bytes(32), "no site"),
        (DEVICE, SITE, bytes(32), "already"),
    ],
)
def test_a_device_that_cannot_be_is_refused(
    store: Store, identity: str, site: str, key: bytes, what: str
) -> None:
    with pytest.raises(StoreError, match=what), store.writing() as connection:
        enrol_device(connection, identity, (site, "main"), key, AT)


def test_a_retired_device_is_believed_no_more_and_its_events_stay(store: Store) -> None:
    clock = [0.0]
    keys = DeviceKeys(store, lambda: clock[0])
    assert keys.for_device(DEVICE)
    assert not keys.for_device("nobody")
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(chained(3), 0), AT)
        retire_device(connection, DEVICE, AT)
    clock[0] += 10
    assert not keys.for_device(DEVICE)
    with store.reading() as connection:
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    assert (gate.retired, gate.acknowledged) == (True, 3)
    with pytest.raises(StoreError, match="in service"), store.writing() as connection:
        retire_device(connection, DEVICE, AT)


def test_the_list_of_gates_says_what_each_one_holds_and_what_was_found(store: Store) -> None:
    health = Health(DeviceState.ONLINE, AT, software="1", registry_version=7, waiting=4, clock_offset=-9)
    journal = chained(9)
    with store.writing() as connection:
        note_health(connection, DEVICE, health, AT + 1)
        store_batch(connection, DEVICE, batch_of(journal[:2], 0), AT)
        store_batch(connection, DEVICE, batch_of(journal[4:6], 2), AT)
        store_batch(connection, DEVICE, batch_of(journal[8:], 8), AT)
    with store.reading() as connection:
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    assert (gate.state, gate.last_seen, gate.registry_version, gate.waiting) == ("online", AT + 1, 7, 4)
    assert (gate.clock_offset, gate.acknowledged, gate.pending) == (-9, 6, True)
    assert gate.findings == {"missing": 1}


def test_a_last_word_takes_away_nothing_that_was_known(store: Store) -> None:
    with store.writing() as connection:
        note_health(connection, DEVICE, Health(DeviceState.ONLINE, AT, "1", registry_version=7), AT)
        note_health(connection, DEVICE, Health(DeviceState.GONE, AT), AT + 5)
        gate = {gate.device: gate for gate in known_devices(connection)}[DEVICE]
    assert (gate.state, gate.software, gate.registry_version) == ("gone", "1", 7)
    assert gate.last_seen == AT, "a will is no sight of the gate"


# --- people --------------------------------------------------------------------------------


def test_a_subject_is_added_changed_and_erased(store: Store) -> None:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na", "Li Na"), AT)
        put_subject(connection, SITE, Subject("li-na", "Li Na", address="3/2/1"), AT)
        assert [subject.address for subject in subjects_of(connection, SITE)] == ["3/2/1"]
        remove_subject(connection, SITE, "li-na")
        assert subjects_of(connection, SITE) == []
        with pytest.raises(StoreError, match="no subject"):
            remove_subject(connection, SITE, "li-na")
        with pytest.raises(StoreError, match="no site"):
            put_subject(connection, "nowhere", Subject("li-na"), AT)


def test_a_status_is_set_by_somebody_and_who_it_was_is_kept(store: Store) -> None:
    with store.writing() as connection:
        put_subject(connection, SITE, Subject("li-na"), AT)
        set_status(connection, SITE, "li-na", RED, "wang", AT)
        set_status(
            connection, SITE, "li-na", msgspec.structs.replace(RED, value=Status.GREEN), "chen", AT + 1
        )
        status = subject_at(connection, SITE, "li-na").status
        history = status_history(connection, SITE, "li-na")
        with pytest.raises(StoreError, match="name of who"):
            set_status(connection, SITE, "li-na", RED, " ", AT)
    assert status is not None
    assert status.value is Status.GREEN
    assert [(item.record.value, item.actor) for item in history] == [("red", "wang"), ("green", "chen")]


# --- events, read ----------------------------------------------------------------------------


def test_events_are_followed_gate_by_gate_each_once(store: Store) -> None:
    journal, other = chained(9), chained(4, epoch=bytes(16))
    reader = EventReader()
    with store.writing() as connection:
        store_batch(connection, DEVICE, batch_of(journal[:3], 0), AT)
        newest = reader.newest(connection, 2)
        store_batch(connection, DEVICE, batch_of(journal[6:], 6), AT)
        store_batch(connection, "gp-0002", batch_of(other, 0), AT)
        first = reader.new_events(connection)
        store_batch(connection, DEVICE, batch_of(journal[3:6], 3), AT)
        second = reader.new_events(connection)
        assert reader.new_events(connection) == []
        only = EventReader("gp-0002").newest(connection, 50)
    assert [heard.entry for heard in newest] == journal[1:3]
    assert [heard.entry for heard in first] == other, "what is behind a gap waits until it is whole"
    assert [heard.entry for heard in second] == journal[3:]
    assert [heard.entry for heard in only] == other
    assert {heard.site for heard in only} == {SITE}


# --- one-time passes at two offline gates ------------------------------------------------------


def passage(body: dict[str, object], epoch: bytes = EPOCH, kind: str = "access_decided") -> Entry:
    return link(
        epoch=epoch,
        gate="main",
        sequence=1,
        at=AT,
        trust=ClockTrust.TRUSTED,
        monotonic=1.0,
        kind=kind,
        body=msgspec.json.encode(body, order="deterministic"),
        previous=START,
    )


def shown(pass_id: str, outcome: str = "grant", *, once: bool = True) -> dict[str, object]:
    return {"decision": {"outcome": outcome}, "evidence": {"code": {"pass_id": pass_id, "once": once}}}


def test_a_one_time_pass_let_through_at_two_gates_surfaces_at_central(store: Store) -> None:
    with store.writing() as connection:
        first = store_batch(connection, DEVICE, batch_of([passage(shown("a1"))], 0), AT)
        again = store_batch(connection, DEVICE, batch_of([passage(shown("a1"))], 0), AT)
        other = store_batch(connection, "gp-0002", batch_of([passage(shown("a1"), bytes(16))], 0), AT)
    assert first.findings == again.findings == ()
    assert [(item.device, item.kind) for item in other.findings] == [("gp-0002", FindingKind.REUSED)]
    assert f"used at {DEVICE}, sequence 1" in other.findings[0].detail
    assert other.word.sequence == 1, "both are stored"


@pytest.mark.parametrize(
    "entry",
    [
        passage(shown("a1", "deny")),
        passage(shown("a1", once=False)),
        passage({"decision": {"outcome": "grant"}, "evidence": None, "note": '"once":true'}),
        passage({"decision": "grant", "evidence": {"code": {"once": True}}}),
        passage(shown("a1"), kind="gate_started"),
    ],
)
def test_what_let_no_one_time_pass_through_is_no_use_of_one(entry: Entry) -> None:
    assert list(uses_in([entry])) == []


def test_the_versions_that_are_known_are_those_of_the_migrations() -> None:
    """They are read from the files' names, so that a command that migrates nothing does without Alembic."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    configuration = Config()
    configuration.set_main_option("script_location", str(REPOSITORY / "sync" / "central" / "migrations"))
    configuration.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(configuration)
    assert _known() == {item.revision for item in script.walk_revisions()}
    assert _newest() == script.get_current_head()
