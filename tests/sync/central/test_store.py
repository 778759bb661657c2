"""Central's database: versions, transactions, closing; the same on SQLite and PostgreSQL."""

from __future__ import annotations

import gc
import re
from contextlib import closing

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from edge.admin.site_admin import SiteFile
from sync.central.devices.devices import (
    put_site,
    sites,
)
from sync.central.schema import metadata
from sync.central.server import commit_point
from sync.central.store import (
    NotConfirmed,
    Store,
    StoreError,
    _engine,
    _known,
    _migrate,
    _revision,
    migrate_store,
    newest_schema,
    open_store,
)
from sync.central.tables import site
from tests.conftest import REPOSITORY
from tests.examples import alike

pytestmark = pytest.mark.both_databases

SITE = "green-court"


# --- versions ------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.reading() as connection:
        # Of the events by month each part is made by the one table that the code knows.
        parts = re.compile(r"event_(before|other|[0-9]{4}_[0-9]{2}(_[0-9])?)")
        # A trigger of PostgreSQL's looks for the chain, once for all events that are stored at once.
        is_on_server = connection.dialect.name == "postgresql"

        def is_compared(item: sa.schema.SchemaItem, name: str | None, kind: str, *_: object) -> bool:
            del name
            assert isinstance(item, sa.ForeignKeyConstraint) or kind != "foreign_key_constraint"
            is_key = isinstance(item, sa.ForeignKeyConstraint) and item.table.name == "event"
            return not (is_on_server and is_key)

        options = {
            "include_name": lambda name, kind, _: kind != "table" or not parts.fullmatch(name),
            "include_object": is_compared,
        }
        context = MigrationContext.configure(connection, opts=options)
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


_AN_EVENT = (
    "device (id, site, gate, message_key, enrolled_at) VALUES ('g', 'green-court', 'main', :bytes, 0)",
    "chain (number, device, epoch, gate, hash) VALUES (1, 'g', :bytes, 'main', :bytes)",
    "event VALUES (1, 1, 0, 'trusted', 0.0, 'gate_stopped', :bytes, :bytes, :bytes, 0)",
)
_A_PERSON = ("subject (site, id, record, changed_at) VALUES ('green-court', 'ann', :bytes, 0)",)


@pytest.mark.parametrize(
    ("version", "rows"),
    alike(
        [
            pytest.param("0001", _AN_EVENT, id="0001-an event"),
            pytest.param("0002", _A_PERSON, id="0002-a person"),
            pytest.param("0001", _A_PERSON, id="0001-a person"),
            pytest.param("0002", _AN_EVENT, id="0002-an event"),
        ],
        short=2,
    ),
)
def test_a_database_in_another_encoding_is_refused_and_left_as_it_is(
    database: str, version: str, rows: tuple[str, ...]
) -> None:
    with closing(Store(_engine(database))) as store:
        with store.writing() as connection:
            _migrate(connection, version)
            for row in ("site (id) VALUES ('green-court')", *rows):
                connection.execute(sa.text(f"INSERT INTO {row}"), {"bytes": b"{}"})
        with pytest.raises(StoreError, match="an encoding that is read no more") as refused:
            migrate_store(database)
        assert "another [store] url" in refused.value.remedy
        with store.writing() as connection:
            assert _revision(connection) == version
            connection.execute(sa.text("DELETE FROM event"))
            connection.execute(sa.text("DELETE FROM subject"))
    migrate_store(database)
    open_store(database).close()


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


def test_the_versions_that_are_known_are_those_of_the_migrations() -> None:
    """They are read from the files' names, so that a command that migrates nothing does without Alembic."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    configuration = Config()
    configuration.set_main_option("script_location", str(REPOSITORY / "sync" / "central" / "migrations"))
    configuration.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(configuration)
    assert _known() == {item.revision for item in script.walk_revisions()}
    assert newest_schema() == script.get_current_head()


@pytest.mark.parametrize("wanted", [site.c.place == 10**22, site.c.id == "a\udcffb"])
def test_what_no_column_holds_is_refused_and_is_no_fault_of_the_database(
    store: Store, wanted: sa.ColumnElement[bool]
) -> None:
    with pytest.raises(StoreError, match="none that the database holds") as refused, store.reading() as held:
        held.execute(sa.select(site.c.id).where(wanted)).all()
    assert refused.value.__cause__ is None


# --- who confirms --------------------------------------------------------------------------


def test_another_run_of_the_server_confirms_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.reading() as connection:
        run = commit_point(connection).run
    assert store.confirm(5.0, run) == run
    if store.is_on_server:
        monkeypatch.setattr("sync.central.store.wait_for_standby", lambda *_: "another run")
        assert store.confirm(5.0) == "another run"
        with pytest.raises(NotConfirmed, match="another server took over"):
            store.confirm(5.0, run)
