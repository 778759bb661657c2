"""A centre with two streets and somebody in each role, on both databases."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from edge.admin.site_admin import SiteFile
from sync.central.accounts.accounts import account_at, create_account
from sync.central.accounts.actor import Actor, command_line_actor
from sync.central.accounts.core.roles import Grant, Role
from sync.central.devices.devices import put_site
from sync.central.places.tree import place_at
from sync.central.store import Store
from tests.sync.wire.examples import AT

OWNER = command_line_actor("the owner")


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


@pytest.fixture
def centre(store: Store) -> Centre:
    with store.writing() as connection:
        for site, street in (("lake-view", "East"), ("hill", "West")):
            put_site(connection, SiteFile(site, city="Wuhan", street=street))
        city, east, west = (place_at(connection, path) for path in ("Wuhan", "Wuhan/East", "Wuhan/West"))
        people = {
            "chief": Grant(Role.ADMINISTRATOR),
            "east.admin": Grant(Role.ADMINISTRATOR, east),
            "east.operator": Grant(Role.OPERATOR, east),
            "west.operator": Grant(Role.OPERATOR, west),
            "city.auditor": Grant(Role.AUDITOR, city),
        }
        numbers = {
            name: create_account(connection, OWNER, name, name.title(), (grant,), AT)
            for name, grant in people.items()
        }
    return Centre(store, city, east, west, numbers)
