"""The demo: a centre as real as any, to look at; it signs in once, and leaves nothing to be mended."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path
from queue import Queue

import httpx
import pytest

from edge.errors import ConfigurationError
from sync.central.condition import condition_of
from sync.central.configuration import load_configuration
from sync.central.demo.playing import play_centre
from sync.central.store import open_store
from sync.transport.clock import wall
from tests.edge.web.serving import NO_TLS
from tests.waiting import PATIENT


def test_the_demo_serves_a_street_whose_gates_hold_what_was_published(tmp_path: Path) -> None:
    stop, said = threading.Event(), Queue[str]()
    arguments = (tmp_path / "demo", 2, 0, stop, said.put, 30)
    thread = threading.Thread(target=play_centre, args=arguments, daemon=True)
    thread.start()
    try:
        lines = [said.get(timeout=PATIENT) for _ in range(4)]
        address = lines[2].removeprefix("the console: ")
        assert httpx.get(f"{address}/health", verify=NO_TLS, timeout=PATIENT).json()["works"]
        assert f"{address}/sign-in/link/" in lines[3]
    finally:
        stop.set()
        thread.join(PATIENT)
    assert not thread.is_alive()
    configuration = load_configuration(tmp_path / "demo" / "central.toml")
    with closing(open_store(configuration.store.url)) as store:
        condition = condition_of(configuration, store, wall())
    assert condition.gates == 5
    assert not condition.needs_attention


def test_a_port_that_is_taken_is_told_before_a_street_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="cannot listen"):
            play_centre(tmp_path / "demo", 1, port, threading.Event(), print)
    assert not (tmp_path / "demo").exists()
