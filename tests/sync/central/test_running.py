"""`central run`: console, API, ingester and publisher in one process, or each alone; a broker may be away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import msgspec
import pytest

from edge.errors import ConfigurationError
from edge.support.notify import Notifier
from sync.central.configuration import CentralConfiguration, CentralConsoleSection
from sync.central.configuration import load_configuration as load_central
from sync.central.running import EVERY_PART, RunPart, run_centre
from tests.edge.web.serving import NO_TLS
from tests.sync.services import Mosquitto
from tests.sync.world import World
from tests.waiting import PATIENT, soon

NO_BROKER = 1
"""A port at which nothing listens."""


def configured(folder: Path, port: int = NO_BROKER, console: int = 0) -> CentralConfiguration:
    world = World(folder, f"sqlite:///{folder}/central.sqlite", port)
    found = load_central(world.central_file())
    return msgspec.structs.replace(found, console=CentralConsoleSection(port=console))


@contextmanager
def running(configuration: CentralConfiguration, *parts: RunPart) -> Iterator[str]:
    """The address of a centre that runs; at the end it has stopped by itself."""
    stop, addresses = threading.Event(), Queue[str]()

    def run() -> None:
        run_centre(configuration, stop, parts or EVERY_PART, served_at=addresses.put)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield addresses.get(timeout=PATIENT)
    finally:
        stop.set()
        thread.join(PATIENT)
        assert not thread.is_alive()


def health(address: str) -> dict[str, Any]:
    said: dict[str, Any] = httpx.get(f"{address}/health", verify=NO_TLS, timeout=PATIENT).json()
    return said


@pytest.mark.parametrize(
    ("parts", "named", "pages"),
    [
        ((), {"console", "api", "ingester", "publisher", "broker_link"}, True),
        ((RunPart.CONSOLE,), {"console"}, True),
        ((RunPart.API,), {"api"}, False),
        ((RunPart.API, RunPart.INGESTER), {"api", "ingester", "broker_link"}, False),
    ],
)
def test_it_answers_without_a_broker(
    tmp_path: Path, parts: tuple[RunPart, ...], named: set[str], pages: bool
) -> None:
    with running(configured(tmp_path), *parts) as address:
        said = health(address)
        assert said["works"], "a broker that is away is waited for"
        assert said["parts"].keys() == named | {"waits"}
        if "broker_link" in named:
            assert not said["parts"]["broker_link"]["works"]
        assert httpx.get(f"{address}/", verify=NO_TLS, timeout=PATIENT).status_code == (303 if pages else 404)
        assert "key" not in str(said), "health says no secret and no path"


def test_a_broker_that_comes_is_taken(tmp_path: Path, broker: Mosquitto) -> None:
    with running(configured(tmp_path, broker.port)) as address:
        soon(lambda: health(address)["parts"]["broker_link"]["works"])


class Notified(Notifier):
    """Where systemd would be: what it was told."""

    def __init__(self) -> None:
        super().__init__({})
        self.told = Queue[str]()

    def ready(self, status: str = "") -> bool:
        self.told.put(status)
        return True


@pytest.mark.parametrize("part", [RunPart.INGESTER, RunPart.PUBLISHER])
def test_the_wire_runs_alone_without_a_page(tmp_path: Path, part: RunPart) -> None:
    stop, addresses, notified = threading.Event(), list[str](), Notified()
    thread = threading.Thread(
        target=run_centre,
        args=(configured(tmp_path), stop, [part]),
        kwargs={"served_at": addresses.append, "notifier": notified},
        daemon=True,
    )
    thread.start()
    assert "central-1" in notified.told.get(timeout=PATIENT)
    stop.set()
    thread.join(PATIENT)
    assert not thread.is_alive()
    assert not addresses


def test_a_port_that_is_taken_is_told_before_anything_runs(tmp_path: Path) -> None:
    configuration = configured(tmp_path)
    with running(configuration) as address:
        taken = int(address.rpartition(":")[2])
        other = msgspec.structs.replace(configuration, console=CentralConsoleSection(port=taken))
        with pytest.raises(ConfigurationError, match=r"cannot listen at 127\.0\.0\.1") as refused:
            run_centre(other, threading.Event())
        assert "another port" in refused.value.remedy


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_of_this_machine_is_told(tmp_path: Path, host: str) -> None:
    other = msgspec.structs.replace(configured(tmp_path), console=CentralConsoleSection(host=host, port=0))
    with pytest.raises(ConfigurationError, match="cannot listen"):
        run_centre(other, threading.Event())
