"""Wherever a broker's answer stops, a gate leaves that link by itself and comes in once the broker is well:
by the link of a real gate, and by those of a simulated fleet.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from sync.ca.certificates import request_for
from sync.ca.files import make_key
from sync.simulation.own_centre import OwnCentre, start_centre
from sync.transport.broker import Broker
from sync.transport.connection import Connection, Host, LinkState, LinkTimeouts
from sync.transport.many import ManyLinks
from tests.waiting import soon

LIMITS = LinkTimeouts(handshake=1.0)
"""Four times as long after tries in vain."""


class Front:
    """Before a broker at `target`: of the answers to each connection it passes on `most` bytes (None: all),
    and then nothing, or it hangs up.
    """

    def __init__(self, target: int, most: int | None, *, hangs_up: bool) -> None:
        self._target, self._hangs_up = target, hangs_up
        self.most = most
        self.accepted = self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self.accepted += 1
                self._ends += [near, far]
                for pump in (partial(self._up, near, far), partial(self._down, far, near, self.most)):
                    self._threads.append(threading.Thread(target=pump, daemon=True))
                    self._threads[-1].start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(4096):
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)

    def _down(self, far: socket.socket, near: socket.socket, most: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while data := far.recv(4096):
                data = data if most is None else data[: most - passed]
                near.sendall(data)
                passed += len(data)
                self.passed = max(self.passed, passed)
                if passed == most and self._hangs_up:
                    break
            near.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Mosquitto with the shipped files, and the certificate of a gate."""
    folder = tmp_path_factory.mktemp("centre")
    running = start_centre(OwnCentre(folder, secured=True))
    authority = running.authority
    assert authority is not None
    key, certificate = folder / "gate.key", folder / "gate.pem"
    issued = authority.enrol("gate", authority.new_code("gate"), request_for("gate", make_key(key)))
    certificate.write_bytes(issued.public_bytes(Encoding.PEM))
    there = running.broker
    yield Broker(there.host, there.port, ca=there.ca, certificate=certificate, key=key, longest_pause=0.1)
    running.close()


@contextmanager
def host_of(kind: str) -> Iterator[Host]:
    """How a real gate opens links, or a simulated fleet does."""
    if kind == "gate":
        yield Host()
        return
    with closing(ManyLinks()) as many:
        yield Host(open_link=many.open_link)


@contextmanager
def connection_to(front: Front, broker: Broker, host: Host) -> Iterator[Connection]:
    there = replace(broker, port=front.port)
    opened = Connection(there, "gate", ("dn/gate/#",), limits=LIMITS, host=host)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def whole(broker: Broker) -> int:
    """How many bytes a broker answers until a gate's subscription is granted."""
    with (
        closing(Front(broker.port, None, hangs_up=False)) as front,
        connection_to(front, broker, Host()) as gate,
    ):
        soon(lambda: gate.state is LinkState.READY, meanwhile=lambda: gate.poll(0.05))
        return front.passed


@pytest.mark.parametrize("where", ["nothing", "TLS's first", "half of TLS", "before the grant"])
@pytest.mark.parametrize("hangs_up", [False, True])
@pytest.mark.parametrize("kind", ["gate", "fleet"])
def test_a_gate_comes_in_once_the_broker_is_well(
    broker: Broker, whole: int, kind: str, hangs_up: bool, where: str
) -> None:
    most = {"nothing": 0, "TLS's first": 40, "half of TLS": whole // 2, "before the grant": whole - 10}[where]
    with (
        closing(Front(broker.port, most, hangs_up=hangs_up)) as front,
        host_of(kind) as host,
        connection_to(front, broker, host) as gate,
    ):
        soon(lambda: front.accepted >= 3, "no other try", meanwhile=lambda: gate.poll(0.05))
        assert gate.last is not None
        assert gate.number == 0, "it was never granted"
        front.most = None
        soon(lambda: gate.state is LinkState.READY, "it never comes in", meanwhile=lambda: gate.poll(0.05))
