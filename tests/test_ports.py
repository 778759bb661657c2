"""Two processes of tests are given different ports, and neither one that an outgoing connection may have."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

from tests.ports import Ports, free_port


def test_no_port_is_given_twice_while_somebody_may_still_want_it() -> None:
    one, other = Ports(), Ports()
    try:
        ports = [block.free() for block in (one, other) for _ in range(100)]
    finally:
        one.release()
        other.release()
    assert len(set(ports)) == len(ports)


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        assert free_port() != port + 1


def test_the_kernel_gives_none_of_them_to_a_connection() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert free_port() < first
