"""A centre with two streets and somebody in each role, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from edge.admin.site_admin import SiteFile
from sync.central.accounts.accounts import account_at, accounts, create_account
from sync.central.accounts.actor import Actor, command_line_actor
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.devices.devices import put_site
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_at
from sync.central.store import Store, open_store
from tests.sync.tables import make_tables
from tests.sync.wire.examples import AT

OWNER = command_line_actor("the owner")
PLACES = ("Wuhan", "Wuhan/East", "Wuhan/West")


@dataclass(frozen=True)
class Centre:
    """A store with the places `city`, `east` and `west`, and accounts by name."""

    store: Store
    city: int
    east: int
    west: int
    accounts: dict[str, int]

    def actor(self, name: str) -> Actor:
        with self.store.reading() as connection:
            return account_at(connection, self.accounts[name]).actor()


STREETS = {"lake-view": "East", "hill": "West"}


def _fill(store: Store) -> None:
    with store.writing() as connection:
        for site, street in STREETS.items():
            put_site(connection, SiteFile(site, city="Wuhan", street=street))
        city, east, west = (place_at(connection, path) for path in PLACES)
        people = {
            "chief": RoleGrant(Role.ADMINISTRATOR),
            "east.admin": RoleGrant(Role.ADMINISTRATOR, east),
            "east.operator": RoleGrant(Role.OPERATOR, east),
            "west.operator": RoleGrant(Role.OPERATOR, west),
            "city.auditor": RoleGrant(Role.AUDITOR, city),
        }
        for name, grant in people.items():
            create_account(connection, OWNER, name, name.title(), (grant,), AT)


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the centre in it, to be copied."""
    path = tmp_path_factory.mktemp("centre") / "central.sqlite"
    make_tables(f"sqlite:///{path}")
    with closing(open_store(f"sqlite:///{path}")) as store:
        _fill(store)
    return path


@pytest.fixture(scope="session")
def filled_postgresql(postgresql_url: str) -> str:
    """The URL of a database with the centre in it, to be copied."""
    _on_server(postgresql_url, "CREATE DATABASE filled_centre")
    url = make_url(postgresql_url).set(database="filled_centre").render_as_string(hide_password=False)
    make_tables(url)
    with closing(open_store(url)) as store:
        _fill(store)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Centre]:
    """A centre of this test alone, on either database."""
    if request.param == "sqlite":
        copy = tmp_path / "central.sqlite"
        shutil.copyfile(request.getfixturevalue("filled_sqlite"), copy)
        url = f"sqlite:///{copy}"
    else:
        filled = request.getfixturevalue("filled_postgresql")
        server = request.getfixturevalue("postgresql_url")
        for statement in ("DROP DATABASE IF EXISTS centre", "CREATE DATABASE centre TEMPLATE filled_centre"):
            _on_server(server, statement)
        url = make_url(filled).set(database="centre").render_as_string(hide_password=False)
    with closing(open_store(url)) as store:
        with store.reading() as connection:
            city, east, west = (place_at(connection, path) for path in PLACES)
            numbers = {item.name: item.number for item in accounts(connection, EVERYWHERE)}
        yield Centre(store, city, east, west, numbers)


def _on_server(url: str, statement: str) -> None:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
