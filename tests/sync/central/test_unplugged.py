"""A centre whose database, disk or broker goes away says so; nothing is half done, nothing is lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from sync.central.accounts.accounts import create_account
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core.roles import Act, Role, RoleGrant
from sync.central.accounts.tokens import create_token
from sync.central.configuration import load_configuration
from sync.central.store import open_store
from sync.central.units import DAY, HOUR
from sync.central.visits.tables import visit
from sync.transport.clock import wall
from tests.edge.web.serving import NO_TLS
from tests.forked import gatepost, wait
from tests.ports import free_port
from tests.sync.central.test_running import health, running
from tests.sync.services import Mosquitto, Postgresql, postgresql_server
from tests.sync.world import World, append
from tests.waiting import PATIENT, soon

VISITS = "/api/sites/green-court/visits"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql_server() as made:
        yield made


@contextmanager
def program(url: str, address: str) -> Iterator[httpx.Client]:
    """A program that may do everything at the centre with this database."""
    store, boss = open_store(url), command_line_actor("boss")
    with store.writing() as connection:
        now = wall()
        account = create_account(
            connection, boss, "robot", "Robot", [RoleGrant(Role.ADMINISTRATOR, None)], now
        )
        secret = create_token(connection, boss, account, "test", list(Act), None, now + DAY, now)
    store.close()
    with httpx.Client(
        base_url=address, headers={"authorization": f"Bearer {secret}"}, timeout=60, verify=NO_TLS
    ) as client:
        yield client


def invited(client: httpx.Client, name: str) -> httpx.Response:
    now = wall()
    body = {"name": name, "since": now, "until": now + HOUR}
    return client.post(VISITS, json=body, headers={"idempotency-key": name})


def visitors(url: str) -> list[str]:
    store = open_store(url)
    with store.reading() as connection:
        found = [*connection.execute(sa.select(visit.c.name).order_by(visit.c.number)).scalars()]
    store.close()
    return found


def test_a_database_that_is_gone_for_a_while_loses_nothing(
    tmp_path: Path, broker: Mosquitto, server: Postgresql
) -> None:
    world = World(tmp_path, server.url, broker.port)
    configuration = load_configuration(world.central_file())
    with (
        running(configuration) as address,
        world.journal() as journal,
        world.agent() as agent,
        program(server.url, address) as client,
    ):
        append(journal, 2)
        soon(lambda: world.count() == 2, meanwhile=agent.poll)
        assert invited(client, "before").status_code == 200

        server.stop()
        refused = invited(client, "meanwhile")
        assert (refused.status_code, refused.json()["nothing_done"]) == (503, True)
        assert "Nothing is lost" in refused.json()["remedy"]
        assert client.get("/api/gates").status_code == 503
        soon(lambda: not health(address)["works"], "the watch does not see it", meanwhile=agent.poll)
        said = httpx.get(
            f"{address}/health", cookies={"gatepost": "of somebody"}, verify=NO_TLS, timeout=PATIENT
        )
        assert (said.status_code, said.json()["database"]) == (503, "does not answer")
        page = httpx.get(f"{address}/sign-in", verify=NO_TLS, timeout=PATIENT)
        assert page.status_code in {200, 503}, "a page says so, or needs no database"
        more = append(journal, 3)

        server.start()
        soon(lambda: client.get("/api/gates").status_code == 200, meanwhile=agent.poll)
        assert invited(client, "meanwhile").status_code == 200, "the same request, under the same key"
        soon(lambda: world.count() == 5, meanwhile=agent.poll)
        soon(lambda: health(address)["works"], meanwhile=agent.poll)
        assert [entry.sequence for entry in world.stored()] == [1, 2, 3, 4, 5]
        assert world.stored()[2:] == more
        assert world.findings() == []
    assert visitors(server.url) == ["before", "meanwhile"]


def test_a_broker_that_goes_leaves_the_pages_alone_and_is_taken_when_it_comes_back(
    tmp_path: Path, broker: Mosquitto
) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    with (
        running(load_configuration(world.central_file())) as address,
        world.journal() as journal,
        world.agent() as agent,
        program(world.url, address) as client,
    ):
        append(journal)
        soon(lambda: world.count() == 1, meanwhile=agent.poll)
        broker.kill()
        soon(lambda: not health(address)["parts"]["broker_link"]["works"], meanwhile=agent.poll)
        assert health(address)["works"], "it waits for its broker, and answers"
        assert client.get("/api/gates").status_code == 200
        assert invited(client, "meanwhile").status_code == 200
        append(journal, 2)
        broker.start()
        soon(lambda: world.count() == 3, meanwhile=agent.poll)
        soon(lambda: health(address)["parts"]["broker_link"]["works"])


def test_a_disk_that_is_full_refuses_in_words_and_goes_on_when_it_is_not(
    tmp_path: Path, broker: Mosquitto
) -> None:
    """The process may write no file beyond a size, as where a disk is full, until that is lifted."""
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    port, file = free_port(), world.central_file()
    file.write_text(file.read_text().replace("[console]\nport = 0", f"[console]\nport = {port}"))
    address, log = f"http://127.0.0.1:{port}", tmp_path / "log"
    process = gatepost(("central", "run", "--config", file), log, log)
    assert process.pid is not None
    try:
        soon(lambda: answers(address))
        with world.journal() as journal, world.agent() as agent, program(world.url, address) as client:
            append(journal)
            soon(lambda: world.count() == 1, meanwhile=agent.poll)
            assert invited(client, "before").status_code == 200

            _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            refused = invited(client, "meanwhile")
            assert (refused.status_code, refused.json()["nothing_done"]) == (503, True)
            assert client.get("/api/gates").status_code == 200, "what only reads goes on"
            append(journal, 3)
            for _ in range(50):
                agent.poll()
            assert world.count() == 1, "nothing is stored, and so nothing is acknowledged"

            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
            soon(lambda: invited(client, "meanwhile").status_code == 200, meanwhile=agent.poll)
            soon(lambda: world.count() == 4, meanwhile=agent.poll)
            assert world.findings() == []
        assert process.is_alive()
    finally:
        process.terminate()
    assert wait(process, PATIENT) == 0, log.read_text()[-2000:]
    assert visitors(world.url) == ["before", "meanwhile"]


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", verify=NO_TLS, timeout=PATIENT).status_code == 200
    except httpx.TransportError:
        return False
