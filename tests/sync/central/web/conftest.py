"""The console over the town, served as in service; anyone may be signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request

from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.adoption.centre import InvitingCentre
from sync.central.configuration import CentralConsoleSection
from sync.central.store import Store, open_store
from sync.central.web.app import console_app
from sync.central.web.services import Services
from sync.central.web.visit import RequestIdentity
from tests.edge.web.serving import NO_TLS, served
from tests.keys import ed25519
from tests.made_once import made_once
from tests.sync.central.web.inviting import inviting_in
from tests.sync.central.web.laid import laid
from tests.sync.central.web.town import Town, fill_town, town_of
from tests.sync.copied import copy_rows
from tests.sync.migrated import MigratedCopies
from tests.sync.tables import make_tables
from tests.waiting import PATIENT

OURS = {"sec-fetch-site": "same-origin"}
"""What a browser says of a request from a page of the console."""


@dataclass(frozen=True)
class Console:
    """The console that answers at `address` over the `store` of the `town`."""

    address: str
    store: Store
    town: Town
    _opened: ExitStack

    def client(self, role: Role | None = Role.ADMINISTRATOR, place: int | None = None) -> httpx.Client:
        """A client that is signed in with `role` at `place` (None: everywhere); a role of None: nobody. It
        follows no redirect, and says of each request that it comes from a page of the console.
        """
        client = httpx.Client(
            base_url=self.address, headers=OURS, cookies=_cookies(role, place), timeout=PATIENT, verify=NO_TLS
        )
        return self._opened.enter_context(client)

    def page(
        self, browser: Any, role: Role | None = Role.ADMINISTRATOR, place: int | None = None, **context: Any
    ) -> Any:
        """A page in Chromium, signed in likewise; `context` as Playwright's `new_context` takes it."""
        opened = browser.new_context(base_url=self.address, **{"locale": "en", **context})
        self._opened.callback(opened.close)
        opened.add_cookies(
            [
                {"name": name, "value": value, "url": self.address}
                for name, value in _cookies(role, place).items()
            ]
        )
        return opened.new_page()


def _cookies(role: Role | None, place: int | None) -> dict[str, str]:
    return {} if role is None else {"actor": f"{role.value}.{'' if place is None else place}"}


def who(request: Request) -> RequestIdentity | None:
    """Who a test signed in: the role and the place that its cookie names."""
    role, _, place = request.cookies.get("actor", "").partition(".")
    if not role:
        return None
    at = int(place) if place else None
    account = 100 * (at or 0) + 1 + list(Role).index(Role(role))
    return RequestIdentity(
        Actor(account, f"{role} {place}".strip(), (RoleGrant(Role(role), at),), Via.SESSION)
    )


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the town in it, to be copied."""

    def make(path: Path) -> None:
        make_tables(f"sqlite:///{path}")
        with closing(open_store(f"sqlite:///{path}")) as store:
            fill_town(store)

    return made_once(tmp_path_factory, "town.sqlite", make)


@pytest.fixture(scope="session")
def towns(
    town_file: Path, migrated: MigratedCopies, tmp_path_factory: pytest.TempPathFactory
) -> MigratedCopies:
    """Fills an empty database of either kind with the town."""

    def fill(url: str) -> None:
        migrated.fill(url)
        with closing(open_store(f"sqlite:///{town_file}")) as town, closing(open_store(url)) as store:
            copy_rows(town, store)

    return MigratedCopies(tmp_path_factory.mktemp("towns"), fill, "town")


@contextmanager
def console_over(store: Store, inviting: InvitingCentre | None = None) -> Iterator[Console]:
    """The console over a store that has the town in it; without `inviting` no gate is added there."""
    town = town_of(store)
    services = Services(
        store, lambda: town.now, CentralConsoleSection(), key=ed25519("town"), inviting=lambda: inviting
    )
    with served(console_app(services, who=who, laid=laid())) as address, ExitStack() as opened:
        yield Console(address, store, town, opened)


@contextmanager
def console_over_copy(town_file: Path, folder: Path) -> Iterator[Console]:
    copy = folder / "central.sqlite"
    shutil.copyfile(town_file, copy)
    inviting = inviting_in(folder / "door")
    with closing(open_store(f"sqlite:///{copy}")) as store, console_over(store, inviting) as console:
        yield console


@pytest.fixture
def console(town_file: Path, tmp_path: Path) -> Iterator[Console]:
    """A console of this test alone: it may change what it likes."""
    with console_over_copy(town_file, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def read_console(town_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console that the tests of a module only read."""
    with console_over_copy(town_file, tmp_path_factory.mktemp("read")) as opened:
        yield opened


@pytest.fixture
def signed_in(console: Console) -> Callable[..., httpx.Client]:
    """`signed_in(role, place)` gives a client of `console`."""
    return console.client
