"""A camera on the network, for the tests of those who open one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.edge.vision.cameras.network_cameras import StreamServer


@pytest.fixture
def stream() -> Iterator[int]:
    """The port of a camera that stutters."""
    with StreamServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield int(server.server_address[1])
        server.ending.set()
        server.shutdown()
        thread.join()
