"""Somebody of another street learns nothing of this one: by no page, answer, stream or act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from edge.web.routes import Route
from sync.central.accounts.core.roles import Role
from sync.central.audit.tables import audit_entry
from sync.central.store import open_store
from sync.central.web import streams
from sync.central.web.pages import ALL_PAGES
from tests.examples import alike
from tests.sync.central.web.addresses import ADDRESSES, FORMS, NOT_ASKED
from tests.sync.central.web.conftest import Console, console_over
from tests.sync.migrated import MigratedCopies, empty

ROUTES = [route for pages in ALL_PAGES for route in pages]
WITH_PARAMETERS = {(route.method, route.path) for route in ROUTES if "{" in route.path}
ELSEWHERE = [Role.ADMINISTRATOR, Role.OPERATOR, Role.AUDITOR, Role.REGISTRAR]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(
    request: pytest.FixtureRequest, towns: MigratedCopies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """The town's console on either database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('leaks')}/central.sqlite"
    else:
        url = request.getfixturevalue("postgresql_url")
        empty(url)
    towns.fill(url)
    with closing(open_store(url)) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams.stream, "__defaults__", (0.1,))  # a stream with no news says so at once
        with console_over(store) as console:
            yield console


def test_every_route_with_parameters_is_in_the_table() -> None:
    asked = ADDRESSES.keys() | NOT_ASKED.keys()
    assert asked >= WITH_PARAMETERS, "add a line to tests/sync/central/web/addresses.py"
    assert asked <= {(route.method, route.path) for route in ROUTES}, "it has a line for what is no more"


def test_what_is_not_asked_says_why() -> None:
    assert all(len(why) > 20 for why in NOT_ASKED.values())


def address_of(route: Route[Any], console: Console) -> str:
    """Where a route leads in the town; what it is about may be made for it, which is noted."""
    place = ADDRESSES.get((route.method, route.path))
    return route.path if place is None else place.address(console.town, console.store)


def answered(client: httpx.Client, route: Route[Any], address: str) -> tuple[int, str]:
    """The status and all that is said; of a stream all that it has to say at first."""
    place = ADDRESSES.get((route.method, route.path))
    form = FORMS.get(route.path, {}) if place is None else place.form
    with client.stream(
        route.method, address, data=dict(form) or None, headers={"last-event-id": "0"}
    ) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):
            return answer.status_code, answer.read().decode(errors="replace")
        lines = []
        for line in answer.iter_lines():
            lines.append(line)
            if line == "event: heartbeat":
                break
        return answer.status_code, "\n".join(lines)


def noted(console: Console) -> int:
    with console.store.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(audit_entry)).scalar_one()


@pytest.mark.parametrize(
    ("both", "role"), alike(product(("sqlite", "postgresql"), ELSEWHERE)), indirect=["both"]
)
def test_nothing_of_the_street_is_told_elsewhere(both: Console, role: Role) -> None:
    telling = both.town.telling()
    client = both.client(role, both.town.elsewhere)
    for route in ROUTES:
        if (route.method, route.path) in NOT_ASKED:
            continue
        address = address_of(route, both)
        before = noted(both)
        status, said = answered(client, route, address)
        told = sorted(word for word in telling if word in said)
        assert not told, f"{route.method} {route.path} tells {told[:5]}"
        if (route.method, route.path) in WITH_PARAMETERS:
            assert status == 404, f"{route.method} {route.path}: {status}"
            assert noted(both) == before, f"{route.method} {route.path} was done, or looked at"


def test_the_table_leads_to_what_is_there(both: Console) -> None:
    """Else the test above would ask for nothing."""
    client = both.client(Role.ADMINISTRATOR, both.town.street)
    for route in ROUTES:
        if route.method == "GET" and (route.method, route.path) in ADDRESSES:
            status, _ = answered(client, route, address_of(route, both))
            assert status in {200, 303}, f"{route.path}: {status}"
