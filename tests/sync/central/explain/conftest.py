"""A desk that publishes for a site with an entry and an exit, and its gates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest

from edge.admin.site_admin import SiteFile
from edge.decision import Status, StatusRecord, Subject
from sync.central.devices.devices import enrol_device, put_site
from sync.central.store import Store, open_store
from tests.sync.central.explain.gate import Gate
from tests.sync.central.registry.desk import SITE, START, Desk
from tests.sync.tables import make_tables
from tests.sync.wire.examples import DEVICE, KEY, OTHER_KEY

GREEN = StatusRecord(Status.GREEN, "city", "test negative", "city.test", START)
RED = StatusRecord(Status.RED, "city", "contact of a case", "city.contact.7d", START)
RULES = """
[gates.main]
mode = "face_or_code"

[gates.rear]
mode = "face_or_code"

[[access]]
id = "residents"
groups = ["resident"]

[statuses.green]
entry = "grant"

[statuses.red]
entry = "deny"

[anti_passback]
kind = "hard"

[occupancy]
stop = 100
"""


def resident(name: str, status: StatusRecord | None = GREEN) -> Subject:
    return Subject(name, name.title(), groups=frozenset({"resident"}), status=status)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, a site and two devices, to be copied: to migrate one takes longer."""
    path = tmp_path_factory.mktemp("explain") / "central.sqlite"
    make_tables(f"sqlite:///{path}")
    with closing(open_store(f"sqlite:///{path}")) as opened:
        put_gates(opened)
    return path


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> Iterator[Store]:
    """SQLite; `test_on_postgresql.py` asks the same of the other."""
    copyfile(migrated, tmp_path / "central.sqlite")
    with closing(open_store(f"sqlite:///{tmp_path}/central.sqlite")) as opened:
        yield opened


def put_gates(store: Store) -> None:
    with store.writing() as connection:
        put_site(connection, SiteFile(SITE))
        for device, gate, key in ((DEVICE, "main", KEY), ("gp-0002", "rear", OTHER_KEY)):
            public = key.public_key().public_bytes_raw()
            enrol_device(connection, device, (SITE, gate), public, 1)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    made = Desk(tmp_path, store)
    made.write_policy(RULES)
    made.put(resident("ann"))
    made.put(resident("bob", RED))
    made.publish()
    return made


@pytest.fixture
def gate(desk: Desk) -> Gate:
    made = Gate(desk)
    made.installs()
    return made
