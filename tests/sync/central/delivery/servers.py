"""Servers to deliver to, on this machine: mail by SMTP, a webhook by HTTPS, each as bad as a test wants."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, create_server, socket
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from sync.ca.certificate_authority import init_certificate_authority
from tests.ports import free_port
from tests.waiting import PATIENT


@dataclass(frozen=True)
class Papers:
    """A certificate for 127.0.0.1 and who vouches for it."""

    ca: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def papers_in(folder: Path) -> Papers:
    """Papers of an authority that is made in `folder`."""
    authority = init_certificate_authority(folder, "mail", lambda: datetime.now(UTC))
    certificate, key = authority.issue_service("server", ["127.0.0.1", "localhost"])
    return Papers(folder / "services-ca.pem", certificate, key)


@dataclass
class MailBox:
    """What arrived, and what the server answers to a recipient and to the data ("": it takes it)."""

    mails: list[Any] = field(default_factory=list)
    to_recipient: str = ""
    to_data: str = ""

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802
        if self.to_data:
            return self.to_data
        self.mails.append(envelope)
        return "250 ok"


def _signs_in(_: Any, __: Any, ___: Any, ____: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"gatepost", b"a secret")
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(box: MailBox, papers: Papers | None) -> Iterator[int]:
    """A mail server with STARTTLS and a sign-in where there are papers; yields its port."""

    class Served(Controller):
        def factory(self) -> SMTP:
            if papers is None:
                return SMTP(box)
            return SMTP(
                box,
                tls_context=papers.context(),
                require_starttls=True,
                auth_required=True,
                authenticator=_signs_in,
            )

    port = free_port()
    controller = Served(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENT)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def dripping_server(line: bytes) -> Iterator[tuple[int, Event]]:
    """A server that says `line` again and again and never anything else, until the client is gone; yields its
    port, and what is set then.
    """
    gone = Event()
    listener = create_server(("127.0.0.1", 0))

    def drip() -> None:
        try:
            connected, _ = listener.accept()
        except OSError:
            return  # nobody came
        with connected:
            connected.settimeout(0.05)
            while not _is_gone(connected, line):
                pass
        gone.set()

    thread = Thread(target=drip)
    thread.start()
    try:
        yield listener.getsockname()[1], gone
    finally:
        with suppress(OSError):
            listener.shutdown(SHUT_RDWR)
        thread.join()
        listener.close()


def _is_gone(connected: socket, line: bytes) -> bool:
    """Say a line; whether the client has closed its end meanwhile."""
    try:
        if line:
            connected.sendall(line)
        return connected.recv(1000) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@dataclass
class Hook:
    """What was posted, and the status of the answer to each."""

    statuses: Callable[[], int] = lambda: 204
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def webhook_server(hook: Hook, papers: Papers) -> Iterator[int]:
    """A server for a webhook; yields its port."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.posted.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.statuses())
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.socket = papers.context().wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
