"""Each way in which a broker cannot be reached, or refuses, has its name: by real servers."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from edge.diagnostics.check_result import Verdict
from edge.errors import GatepostError
from sync.ca.certificate_authority import DEVICES, open_certificate_authority
from sync.ca.certificates import SigningAuthority, request_for, service_certificate
from sync.ca.files import make_key, read_certificate, read_key
from sync.transport.broker import Broker
from sync.transport.checking import check_way
from sync.transport.client import BrokerError, client_of, connected
from sync.transport.core import LinkCause, named_code
from sync.transport.mqtt import MqttLink, open_mqtt_link
from sync.transport.once import publish_once
from sync.wire import SealedMessage
from tests.sync.broker.conftest import Broker as Served
from tests.sync.broker.conftest import Site
from tests.sync.services import Mosquitto
from tests.waiting import PATIENT, soon

Change = Callable[[Site, Broker, Path], Broker]


def at(broker: Served, name: str = "gp-0001") -> Broker:
    certificate, key = broker.site.device(name)
    return Broker("127.0.0.1", broker.gates, broker.site.folder / "services-ca.pem", certificate, key)


@pytest.fixture(autouse=True)
def heard_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Mosquitto that refuses a certificate says so in its own time, and would be named for hanging up else.
    For these tests alone: one that takes it says so at once, and RabbitMQ says nothing at all.
    """
    monkeypatch.setattr("sync.transport.naming._VERDICT_WITHIN", PATIENT)


def causes_at(there: Broker, name: str = "gp-0001") -> set[LinkCause | None]:
    """What the daemon's link and a command's connection say; both say the same, and neither says nothing."""
    link = open_mqtt_link(there, name, (f"dn/{name}/#",), lambda: None)
    soon(lambda: link.ended is not None, meanwhile=lambda: link.poll(0.02))
    assert link.ended is not None
    with pytest.raises(BrokerError) as raised, connected(client_of(there, name), there, PATIENT):
        pass
    for words in (link.ended.why, str(raised.value)):
        assert "nspecified" not in words
        assert "(" in words, "what to do"
    return {link.ended.cause, raised.value.cause}


def with_certificate(site: Site, there: Broker, folder: Path, at: dt.datetime, name: str) -> Broker:
    authority = open_certificate_authority(site.folder, lambda: at)
    key = make_key(folder / f"{name}.key")
    made = authority.enrol(name, authority.new_code(name), request_for(name, key))
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return msgspec.structs.replace(there, certificate=folder / f"{name}.pem", key=folder / f"{name}.key")


def expired(site: Site, there: Broker, folder: Path) -> Broker:
    return with_certificate(site, there, folder, dt.datetime.now(dt.UTC) - dt.timedelta(days=100), "old")


def too_young(site: Site, there: Broker, folder: Path) -> Broker:
    """Made by an authority whose clock was ahead; or this computer's and the broker's were set back."""
    return with_certificate(site, there, folder, dt.datetime.now(dt.UTC) + dt.timedelta(days=10), "young")


def central(site: Site, there: Broker, _folder: Path) -> Broker:
    """The centre's certificate at the devices' port: what central.toml said at first."""
    files = {"certificate": site.folder / "central-tls.pem", "key": site.folder / "central-tls.key"}
    return msgspec.structs.replace(there, **files)


def revoked(site: Site, there: Broker, folder: Path) -> Broker:
    gone = with_certificate(site, there, folder, dt.datetime.now(dt.UTC), "gone")
    site.authority.revoke(DEVICES, "gone")
    return gone


CASES: list[tuple[Change, LinkCause]] = [
    (expired, LinkCause.OWN_EXPIRED),
    (too_young, LinkCause.OWN_TOO_YOUNG),
    (central, LinkCause.OWN_UNKNOWN),
    (revoked, LinkCause.OWN_REVOKED),
    (lambda _s, b, _f: msgspec.structs.replace(b, host="127.1"), LinkCause.BROKER_NAME),
    (lambda s, b, _: msgspec.structs.replace(b, ca=s.folder / "devices-ca.pem"), LinkCause.BROKER_UNKNOWN),
    (lambda _s, b, _f: msgspec.structs.replace(b, host="127.0.0.2"), LinkCause.NOBODY_LISTENS),
    (lambda _s, b, _f: msgspec.structs.replace(b, host="ip6-localhost.invalid"), LinkCause.NO_SUCH_NAME),
    (lambda _s, b, _f: msgspec.structs.replace(b, plain=True), LinkCause.NO_MQTT),
    (lambda _s, b, f: msgspec.structs.replace(b, key=f / "none.key"), LinkCause.FILES),
]


@pytest.mark.parametrize(("change", "cause"), CASES, ids=[cause.value for _, cause in CASES])
def test_a_broker_that_cannot_be_reached_says_why(
    broker: Served, tmp_path: Path, change: Change, cause: LinkCause
) -> None:
    there = at(broker)
    if cause is LinkCause.FILES:
        with pytest.raises(GatepostError, match="cannot use the certificate"):
            client_of(change(broker.site, there, tmp_path), "gp-0001")
        link = open_mqtt_link(change(broker.site, there, tmp_path), "gp-0001", (), lambda: None)
        assert link.ended is not None
        assert link.ended.cause is LinkCause.FILES
        return
    changed = change(broker.site, there, tmp_path)
    if cause is LinkCause.OWN_REVOKED:
        broker.reload()
        soon(lambda: open_ended(changed) is not None, "the broker still takes what was revoked")
    assert causes_at(changed) == {cause}


def test_a_certificate_of_another_time_is_told_by_a_check_with_what_to_do(
    broker: Served, tmp_path: Path
) -> None:
    [young] = [
        each
        for each in check_way(too_young(broker.site, at(broker), tmp_path), "renew it")
        if each.verdict is Verdict.BAD and each.what == "certificate"
    ]
    assert "young.pem is valid from" in young.text
    assert "UTC here" in young.text
    assert "set this computer's clock" in young.remedy
    old = next(check_way(expired(broker.site, at(broker), tmp_path), "renew it"))
    assert (old.verdict, old.remedy) == (Verdict.BAD, "renew it")


def open_ended(there: Broker) -> LinkCause | None:
    """The cause of a refusal; None where the broker takes this end."""
    try:
        with connected(client_of(there, "gone"), there, PATIENT):
            return None
    except BrokerError as error:
        return error.cause


def test_what_the_access_list_refuses_is_named(broker: Served) -> None:
    message = SealedMessage("up/another/hello", b"x")
    with pytest.raises(BrokerError, match="access list") as raised:
        publish_once(at(broker), "gp-0001", message)
    assert raised.value.cause is LinkCause.ACCESS_LIST
    link = opened(at(broker))
    assert link.publish(message)
    refused: list[str] = []

    def poll() -> None:
        link.poll(0.02)
        refused.extend(item.reason for item in link.fetch_rejections())

    soon(lambda: bool(refused), meanwhile=poll)
    assert "access list" in refused[0]
    link.abandon()


def test_a_session_that_was_taken_over_is_named() -> None:
    """Mosquitto 2.0.11 closes the older of two connections without this word; later ones send it."""

    def takes_over(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(bytes([0x20, 3, 0, 0, 0]) + bytes([0xE0, 1, 0x8E]))  # CONNACK, DISCONNECT
        connection.recv(1024)

    with answering(takes_over) as port:
        link = open_mqtt_link(Broker("127.0.0.1", port, plain=True), "gp-0001", ("x",), lambda: None)
        soon(lambda: link.ended is not None, meanwhile=lambda: link.poll(0.02))
        link.abandon()
    assert link.ended is not None
    assert link.ended.cause is LinkCause.TAKEN_OVER
    assert "another client" in link.ended.why


def test_a_link_that_the_broker_closed_without_a_word_says_what_to_think_of(broker: Served) -> None:
    first, second = opened(at(broker)), opened(at(broker))
    soon(lambda: first.ended is not None, meanwhile=lambda: first.poll(0.02))
    second.abandon()
    assert first.ended is not None
    assert first.ended.cause in {LinkCause.LOST, LinkCause.TAKEN_OVER}
    assert "another client" in first.ended.why


@contextmanager
def mosquitto(folder: Path) -> Iterator[Broker]:
    """A broker without TLS."""
    running = Mosquitto(folder)
    running.start()
    try:
        yield Broker("127.0.0.1", running.port, plain=True)
    finally:
        running.kill()


def opened(there: Broker) -> MqttLink:
    link = open_mqtt_link(there, "gp-0001", ("dn/gp-0001/#",), lambda: None)
    soon(lambda: link.state.value == "ready", meanwhile=lambda: link.poll(0.02))
    return link


def test_a_broker_without_tls_is_named(broker: Served, tmp_path: Path) -> None:
    with mosquitto(tmp_path) as plain:
        assert causes_at(msgspec.structs.replace(at(broker), port=plain.port)) == {LinkCause.NO_TLS_THERE}


@contextmanager
def answering(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of the tests on a port of its own, which answers each connection by `serve`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_broker_of_an_older_mqtt_is_named() -> None:
    def older(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(bytes([0x20, 2, 0, 1]))  # CONNACK of MQTT 3.1.1: unacceptable protocol version
        connection.recv(1024)

    with answering(older) as port:
        assert causes_at(Broker("127.0.0.1", port, plain=True)) == {LinkCause.MQTT_VERSION}


@pytest.mark.parametrize(
    ("days", "cause"),
    [(-100, LinkCause.BROKER_EXPIRED), (10, LinkCause.BROKER_TOO_YOUNG)],
    ids=["expired", "young"],
)
def test_a_broker_whose_certificate_is_of_another_time_is_named(
    broker: Served, tmp_path: Path, days: int, cause: LinkCause
) -> None:
    folder, key = broker.site.folder, make_key(tmp_path / "key")
    signer = SigningAuthority(
        read_certificate(folder / "services-ca.pem"), read_key(folder / "services-ca.key")
    )
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    made = service_certificate(signer, "broker", ["127.0.0.1"], key.public_key(), moment)
    (tmp_path / "certificate").write_bytes(made.public_bytes(Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True):
            pass

    with answering(serve) as port:
        assert causes_at(msgspec.structs.replace(at(broker), port=port)) == {cause}


def test_no_code_of_mqtt_is_left_without_words() -> None:
    assert "nspecified" not in str(named_code(0x80, "Unspecified error"))
    assert named_code(0x87, "Not authorized").text.endswith("Not authorized (0x87)")
    assert str(named_code(0xFF, "?")).startswith("the broker refuses: ")
