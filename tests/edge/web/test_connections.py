"""Who connects to a page's server and asks nothing, or half."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from edge.console.certificate import make_certificate
from edge.web.connections import WaitingConnections
from edge.web.pulse import Pulse
from edge.web.server import ListenAddress, PageServer, Tls
from tests.edge.web.knocking import has_ended, knocked
from tests.edge.web.serving import NO_TLS
from tests.waiting import PATIENT, sooner_than

ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nha"
NEVER = 600.0
"""Seconds of a deadline that no test waits for."""
SOON = 0.3


@contextmanager
def pages(
    places: WaitingConnections, tls: Tls | None = None, going_on: Event | None = None
) -> Iterator[tuple[str, int]]:
    """Where a server listens that answers with what it was sent; `/slow` once `going_on` is set."""
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    async def said_back(request: Request) -> str:
        return (await request.body()).decode()

    @app.get("/slow")
    def slow() -> str:
        assert going_on is not None
        assert going_on.wait(PATIENT)
        return "at last"

    with PageServer(
        app, ListenAddress("127.0.0.1", 0, "[console] listen"), Pulse(), tls=tls, places=places
    ) as server:
        whole = urlsplit(server.address)
        assert whole.hostname is not None
        assert whole.port is not None
        yield whole.hostname, whole.port


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD, HALF_A_BODY])
def test_many_who_ask_nothing_keep_nobody_out(said: bytes) -> None:
    """Here are 6 places, and 14 come: each took a file of the process for as long as it liked."""
    with pages(WaitingConnections(6, NEVER, NEVER)) as address, ExitStack() as idle:
        waiting = [idle.enter_context(knocked(address, said)) for _ in range(14)]
        with sooner_than(NEVER, "nobody's deadline is waited for"):
            answer = httpx.get("http://{}:{}/".format(*address), verify=NO_TLS, timeout=PATIENT)
            assert answer.status_code == 200
            assert all(has_ended(each) for each in waiting[:8]), "the oldest went"


@pytest.mark.parametrize(
    "said",
    [b"", HALF_A_HEAD, HALF_A_BODY, ASKED + HALF_A_HEAD],
    ids=["nothing", "head", "body", "second head"],
)
def test_each_is_cut_off_in_its_time(said: bytes) -> None:
    with (
        pages(WaitingConnections(6, SOON, SOON)) as address,
        sooner_than(PATIENT),
        knocked(address, said) as waiting,
    ):
        while not has_ended(waiting):
            pass


def test_a_handshake_has_its_time(tmp_path: Path) -> None:
    files = Tls(tmp_path / "tls.pem", tmp_path / "tls.key")
    make_certificate(files.certificate, files.key, ["127.0.0.1"], datetime.now(UTC))
    trusted = ssl.create_default_context(cafile=files.certificate)
    with (
        pages(WaitingConnections(6, SOON, SOON), tls=files) as address,
        sooner_than(PATIENT),
        knocked(address, b"") as silent,
    ):
        while not has_ended(silent):
            pass
        with knocked(address, b"", trusted) as unused:
            while not has_ended(unused):
                pass


def test_a_long_body_and_a_slow_answer_are_waited_for() -> None:
    """A table of people over a slow line; a report that takes its time."""
    going_on = Event()
    with (
        # Long enough for two heads to be said on a machine that stalls meanwhile.
        pages(WaitingConnections(6, 5.0, NEVER), going_on=going_on) as address,
        knocked(address, HALF_A_BODY) as uploading,
        knocked(address, ASKED.replace(b"GET /", b"GET /slow")) as reading,
    ):
        with knocked(address, b"") as idle:  # it came last: what the others' heads might take is over with it
            while not has_ended(idle):
                pass
        uploading.sendall(b"lf")
        assert uploading.recv(64).startswith(b"HTTP/1.1 200")
        going_on.set()
        assert reading.recv(64).startswith(b"HTTP/1.1 200")
