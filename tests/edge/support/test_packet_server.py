"""Packets on a real socket: what one client does, the others do not notice, and it stays bounded."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from edge.support.decoding import Undecodable
from edge.support.packet_server import PacketLimits, PacketServer, Reply
from tests.waiting import PATIENT

MOST = 4096
LIMITS = PacketLimits(MOST, 2 * MOST)


class Echo:
    """Answers with what was asked; keeps a reply for later where that says so, and raises for noise."""

    def __init__(self) -> None:
        self.kept: list[Reply] = []
        self.asked = threading.Event()

    def __call__(self, packet: bytes, reply: Reply) -> None:
        if packet == b"noise":
            raise Undecodable("noise")
        if packet == b"fault":
            raise RuntimeError("of ours")
        if packet == b"later":
            self.kept.append(reply)
            self.asked.set()
        else:
            reply(packet)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def served(tmp_path: Path, echo: Echo) -> Iterator[PacketServer]:
    limits = PacketLimits(
        MOST, 2 * MOST, asks_a_second=1000, connections_a_second=1000, clients=4, clients_of_a_user=3
    )
    with PacketServer("trial", tmp_path / "trial.sock", echo, limits) as server:
        yield server


def connected(tmp_path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.connect(str(tmp_path / "trial.sock"))  # with a time limit it would fail at once where others wait
    made.settimeout(PATIENT)
    return made


def ask(client: socket.socket, packet: bytes) -> bytes:
    client.send(packet)
    return client.recv(MOST)


def gone(client: socket.socket) -> bool:
    """Whether the server has ended the connection."""
    try:
        return client.recv(MOST) == b""
    except ConnectionResetError:
        return True


def test_a_request_is_answered_and_one_may_wait_while_others_are(
    tmp_path: Path, served: PacketServer, echo: Echo
) -> None:
    with closing(connected(tmp_path)) as one, closing(connected(tmp_path)) as other:
        one.send(b"later")
        assert echo.asked.wait(PATIENT)
        assert ask(other, b"a") == b"a"
        echo.kept[0](b"at last")
        echo.kept[0](b"twice")
        assert one.recv(MOST) == b"at last"
        assert ask(one, b"b") == b"b", "an answer too many is nobody's"
    assert not served.dropped


@pytest.mark.parametrize(
    ("packet", "reason"),
    [(b"noise", "sends noise"), (b"fault", "raised"), (b"x" * (MOST + 1), "asks too much")],
)
def test_who_sends_what_is_no_request_is_disconnected_and_the_others_are_served(
    packet: bytes, reason: str, tmp_path: Path, served: PacketServer
) -> None:
    with closing(connected(tmp_path)) as bad, closing(connected(tmp_path)) as good:
        bad.send(packet)
        assert gone(bad)
        assert ask(good, b"a") == b"a"
    assert served.dropped[reason] == 1


def test_a_client_that_reads_nothing_costs_one_answer(tmp_path: Path, served: PacketServer) -> None:
    with closing(connected(tmp_path)) as deaf, closing(connected(tmp_path)) as good:
        deaf.setblocking(False)
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while True:
                deaf.send(b"x" * MOST)
        assert ask(good, b"a") == b"a"
    assert served.dropped.keys() <= {"does not read"}


def test_a_thousand_connections_are_a_few(tmp_path: Path, served: PacketServer) -> None:
    with ExitStack() as held:
        first = held.enter_context(closing(connected(tmp_path)))
        assert ask(first, b"a") == b"a"
        refused = 0
        for _ in range(1000):
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as more:
                more.setblocking(False)
                try:
                    more.connect(str(tmp_path / "trial.sock"))
                except OSError:
                    refused += 1
        assert ask(first, b"b") == b"b", "who was there is served on"
        others = [held.enter_context(closing(connected(tmp_path))) for _ in range(3)]
        assert gone(others[-1]), "one user holds three connections"
    assert served.dropped["too many clients"] >= 1


def test_the_silent_are_disconnected(tmp_path: Path, echo: Echo) -> None:
    limits = replace(LIMITS, silence=0.05)
    with (
        PacketServer("trial", tmp_path / "trial.sock", echo, limits) as server,
        closing(connected(tmp_path)) as silent,
    ):
        assert gone(silent)
        assert server.dropped["asks nothing"] == 1


def test_a_socket_that_cannot_be_made_ends_nothing(tmp_path: Path, echo: Echo) -> None:
    with PacketServer("trial", tmp_path / "missing" / "trial.sock", echo, LIMITS):
        assert not (tmp_path / "missing").exists()


def test_what_a_killed_process_left_is_taken_over_and_removed_at_the_end(tmp_path: Path, echo: Echo) -> None:
    place = tmp_path / "trial.sock"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as left:
        left.bind(str(place))
    with (
        PacketServer("trial", place, echo, LIMITS),
        closing(connected(tmp_path)) as client,
    ):
        assert ask(client, b"a") == b"a"
        assert place.stat().st_mode & 0o777 == 0o660
    assert not place.exists()
