"""A broker, a database of either kind, a centre with one site and its devices."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog

from edge.admin.site_admin import SiteFile
from sync.agent.agent import Agent
from sync.central.devices.devices import enrol_device, put_site
from sync.central.store import Store, open_store
from tests.edge.registry.repository import NOW
from tests.logs import log_plainly
from tests.sync.agent.wire import Site, large_content
from tests.sync.central.web.laid import laid_once
from tests.sync.compiled import compiled_once
from tests.sync.databases import DATABASES, leave_to_long_run
from tests.sync.migrated import MigratedCopies, empty
from tests.sync.services import Mosquitto, postgresql
from tests.sync.story import COMMAND_KEY
from tests.sync.tables import make_tables, tables_by_statements
from tests.sync.wire.examples import AT, DEVICE, KEY, OTHER_KEY

OFTEN = {
    "sync.agent.acknowledged.WRITTEN_EVERY": 0.2,
    "sync.agent.health.MEASURED_EVERY": 0.2,
    "sync.agent.hello.NO_ANSWER_AFTER": 1.0,
    "sync.agent.journal_view._LONGEST_PAUSE": 0.5,
    "sync.agent.clock_offset._NO_ANSWER_AFTER": 1.0,
    "sync.agent.core.epoch_questions.FIRST_QUESTION_AFTER": 0.5,
    "sync.transport.core.pacing.FIRST_PAUSE": 0.2,
}
"""How often handlers check or ask again; shortened, because tests on a real broker wait for it.

How long anything is waited *for* is as it is in service; intervals have tests of their own, in virtual time.
"""


@pytest.fixture(scope="session", autouse=True)
def _made_once_for_every_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Statements, tables and routes. One fixture: each costs every test 0.1 ms."""
    with compiled_once(), tables_by_statements(tmp_path_factory), laid_once():
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    leave_to_long_run(items)


@pytest.fixture
def checks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in OFTEN.items():
        monkeypatch.setattr(name, seconds)
    # One poll by the test: what it has done since is seen at once.
    monkeypatch.setattr(Agent.poll, "__defaults__", (0.02,))


@pytest.fixture
def broker(tmp_path: Path, checks_often: None) -> Iterator[Mosquitto]:  # noqa: ARG001 - a fixture asks by its argument
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; the same tests are for both (`tests.sync.databases`)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/central.sqlite"
    url: str = request.getfixturevalue("postgresql_url")
    empty(url)
    return url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> MigratedCopies:
    """Fills an empty database with central's tables."""
    return MigratedCopies(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def settled(migrated: MigratedCopies, tmp_path_factory: pytest.TempPathFactory) -> MigratedCopies:
    """Fills an empty database with central's tables, a site and two devices."""

    def settle(url: str) -> None:
        migrated.fill(url)
        with closing(open_store(url)) as opened, opened.writing() as connection:
            put_site(connection, SiteFile("green-court", city="Shanghai"))
            for device, gate, key in ((DEVICE, "main", KEY), ("gp-0002", "rear", OTHER_KEY)):
                public = key.public_key().public_bytes_raw()
                enrol_device(connection, device, ("green-court", gate), public, 1)

    return MigratedCopies(tmp_path_factory.mktemp("settled"), settle, "settled")


@pytest.fixture
def store(database: str, settled: MigratedCopies) -> Iterator[Store]:
    """Central's database with a site and two devices."""
    settled.fill(database)
    with closing(open_store(database)) as opened:
        yield opened


# --- stories in virtual time (`story`) -------------------------------------------------------------


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, one site and one device."""
    folder = tmp_path_factory.mktemp("founded")
    url = f"sqlite:///{folder}/central.sqlite"
    make_tables(url)
    store = open_store(url)
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
        public = KEY.public_key().public_bytes_raw()
        enrol_device(connection, DEVICE, ("green-court", "main"), public, AT)
    store.close()
    return folder / "central.sqlite"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose registry takes six chunks and commands by one key."""
    made = Site(tmp_path_factory.mktemp("site"))
    now = datetime.now(UTC)  # a manifest lives for a month of the real calendar
    key = COMMAND_KEY.public_key().public_bytes_raw()
    made.repository.rotate(command_keys=(key,), expires=now + timedelta(days=900))
    made.central()
    made.publish(large_content(), hours=(now - NOW.at) // timedelta(hours=1))
    return made


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a place: what a disk does is other tests' affair."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def quiet() -> Iterator[None]:
    """A month of tries is a thousand lines of log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    log_plainly()
