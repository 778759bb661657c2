"""What a page's server asks of the system."""

from __future__ import annotations

import socket
from contextlib import closing

from edge.web.server import ListenAddress, listening


def test_what_is_accepted_sends_at_once_and_ends_where_nobody_hears() -> None:
    """Else each page on a connection that was kept came 40 ms late, and the page of a tablet that went out of
    reach was open for a quarter of an hour more.
    """
    with (
        closing(listening(ListenAddress("127.0.0.1", 0, "[console]"))) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert 0 < accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 30_000
