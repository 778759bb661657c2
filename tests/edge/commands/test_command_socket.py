"""The command socket: it hands over a few datagrams at a time, and never waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edge.commands.command_socket import CommandSocket
from edge.errors import DeviceError


@pytest.fixture
def seam(tmp_path: Path) -> Iterator[tuple[CommandSocket, socket.socket]]:
    seam, sender = CommandSocket(tmp_path / "c.sock"), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    seam.open()
    sender.connect(str(tmp_path / "c.sock"))
    yield seam, sender
    sender.close()
    seam.close()


def test_the_socket_hands_over_what_came_and_never_waits(seam: tuple[CommandSocket, socket.socket]) -> None:
    gate, sender = seam
    assert gate.receive() == []
    sender.send(b"one")
    sender.send(b"two")
    assert gate.receive() == [b"one", b"two"]
    assert gate.receive() == []


def test_a_flood_is_taken_a_few_at_a_time(seam: tuple[CommandSocket, socket.socket]) -> None:
    gate, sender = seam
    sender.setblocking(False)
    with suppress(BlockingIOError):
        for _ in range(10_000):
            sender.send(b"x")
    assert len(gate.receive()) == 8
    assert gate.receive() != []


def test_the_socket_is_for_its_owner_and_group_and_a_dead_gate_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    path.touch()  # what a crash left behind is no obstacle
    gate = CommandSocket(path)
    gate.open()
    assert path.stat().st_mode & 0o777 == 0o660
    gate.close()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, pytest.raises(FileNotFoundError):
        sender.connect(str(path))
    with pytest.raises(DeviceError, match="cannot create the command socket"):
        CommandSocket(tmp_path / "nowhere" / "c.sock").open()
