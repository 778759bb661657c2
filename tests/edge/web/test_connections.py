"""Who connects to a page's server and asks nothing, or half."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request, Response

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
LONG = 30_000_000
"""Bytes of an answer: more than the system takes over from a process whose client does not read."""


@contextmanager
def pages(
    places: WaitingConnections, tls: Tls | None = None, going_on: Event | None = None
) -> Iterator[tuple[str, int]]:
    """Where a server listens that answers with what it was sent; `/slow` once `going_on` is set."""
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    async def said_back(request: Request) -> str:
        return (await request.body()).decode()

    @app.get("/long")
    def long() -> Response:
        return Response(bytes(LONG))

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


def made_for_tls(folder: Path) -> tuple[Tls, ssl.SSLContext]:
    """A certificate with its key, and who trusts it."""
    files = Tls(folder / "tls.pem", folder / "tls.key")
    make_certificate(files.certificate, files.key, ["127.0.0.1"], datetime.now(UTC))
    return files, ssl.create_default_context(cafile=files.certificate)


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD, HALF_A_BODY])
def test_many_who_ask_nothing_keep_nobody_out(said: bytes) -> None:
    """Here are 6 places, and 14 come: each took a file of the process for as long as it liked."""
    with pages(WaitingConnections(6, NEVER)) as address, ExitStack() as idle:
        waiting = [idle.enter_context(knocked(address, said)) for _ in range(14)]
        with sooner_than(NEVER, "nobody's deadline is waited for"):
            for _ in range(2):  # when the second comes, what the others have said is read
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
        pages(WaitingConnections(6, SOON)) as address,
        sooner_than(PATIENT),
        knocked(address, said) as waiting,
    ):
        while not has_ended(waiting):
            pass


def test_a_handshake_has_its_time(tmp_path: Path) -> None:
    files, trusted = made_for_tls(tmp_path)
    with (
        pages(WaitingConnections(6, SOON), tls=files) as address,
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
        pages(WaitingConnections(6, 5.0, slowest=1.0), going_on=going_on) as address,
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


def test_who_sends_half_a_body_is_not_cut_off_for_those_who_ask_nothing() -> None:
    with (
        pages(WaitingConnections(6, NEVER)) as address,
        knocked(address, HALF_A_BODY) as uploading,
        ExitStack() as idle,
    ):
        waiting = [idle.enter_context(knocked(address, b"")) for _ in range(14)]
        assert has_ended(waiting[0])
        uploading.sendall(b"lf")
        assert uploading.recv(64).startswith(b"HTTP/1.1 200")


LONG_ASKED = ASKED.replace(b"GET /", b"GET /long")
"""By a client that keeps its connection."""
LAST_ASKED = LONG_ASKED.replace(b"Host: x", b"Host: x\r\nConnection: close")
"""As proxies do, which hang up then: with TLS asyncio gives half a minute for the rest."""


@pytest.mark.parametrize(
    ("asked", "is_over_tls"), [(LONG_ASKED, False), (LONG_ASKED, True), (LAST_ASKED, False)]
)
def test_a_long_answer_is_read_as_slowly_as_its_reader_likes(
    tmp_path: Path, asked: bytes, is_over_tls: bool
) -> None:
    files, trusted = made_for_tls(tmp_path) if is_over_tls else (None, None)
    with (
        pages(WaitingConnections(6, SOON), tls=files) as address,
        knocked(address, asked, trusted) as slow,
    ):
        assert slow.recv(64).startswith(b"HTTP/1.1 200"), "the answer is given, and most of it waits"
        for _ in range(3):
            with knocked(address, b"") as idle:
                while not has_ended(idle):
                    pass
        assert _read(slow) >= LONG - 64


def _read(connection: socket.socket) -> int:
    """How many bytes come until the answer is there, or the other end hangs up."""
    got = 0
    try:
        while got < LONG and (piece := connection.recv(1 << 20)):
            got += len(piece)
    except ConnectionError:
        pass
    return got
