"""The broker's shipped files, on a real Mosquitto: who may connect, what each may do, and which reasons
they get.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from paho.mqtt.enums import MQTTProtocolVersion

from sync.ca.certificate_authority import init_certificate_authority
from sync.ca.certificates import SigningAuthority, device_certificate
from sync.ca.files import make_key, read_key
from sync.transport.broker import Broker as Address
from sync.transport.once import end_connection
from sync.wire import MOST_MESSAGE_BYTES
from tests.sync.broker.conftest import SHIPPED, WAIT, Broker, Client
from tests.waiting import soon

Connect = Callable[..., Client]
NOT_AUTHORISED = 0x87
TOO_LARGE = 0x95


def test_a_gate_sends_to_central_and_receives_from_it(connect: Connect, central: Client) -> None:
    gate = connect("gate-1").ready()
    assert not central.subscribe("$share/ingest/up/+/journal").is_failure
    assert not gate.subscribe("dn/gate-1/#").is_failure
    assert not gate.publish("up/gate-1/journal", b"batch").is_failure
    assert central.wait_for(lambda: ("up/gate-1/journal", b"batch") in central.heard)
    assert not central.publish("dn/gate-1/ack", b"word").is_failure
    assert gate.wait_for(lambda: ("dn/gate-1/ack", b"word") in gate.heard)


@pytest.mark.parametrize(
    "topic", ["up/gate-2/journal", "dn/gate-1/command", "dn/gate-2/command", "other", "$SYS/x"]
)
def test_a_gate_that_publishes_under_another_id_is_refused_with_a_reason(
    connect: Connect, topic: str
) -> None:
    """FAULTS 9: with MQTT 5 a refusal is seen by the publisher."""
    gate = connect("gate-1").ready()
    assert gate.publish(topic).value == NOT_AUTHORISED
    assert not gate.publish("up/gate-1/journal").is_failure, "it goes on with what it may"


def test_a_gate_does_not_receive_what_is_for_another(connect: Connect, central: Client) -> None:
    curious, gate = connect("gate-1").ready(), connect("gate-2").ready()
    for topic in ("dn/gate-2/#", "dn/#", "#", "up/#", "dn/+/command"):
        curious.subscribe(topic)
    gate.subscribe("dn/gate-2/#")
    central.publish("dn/gate-2/command", b"secret")
    assert gate.wait_for(lambda: bool(gate.heard))
    central.publish("dn/gate-1/ack", b"mine")
    assert curious.wait_for(lambda: bool(curious.heard))
    assert {topic for topic, _ in curious.heard} == {"dn/gate-1/ack"}


def test_central_cannot_write_as_a_gate(central: Client) -> None:
    assert central.publish("up/gate-1/journal").value == NOT_AUTHORISED


def test_a_victims_client_id_is_of_no_use_to_another_certificate(connect: Connect) -> None:
    """FAULTS 35: the victim stays connected, and its topics stay its own."""
    victim = connect("gate-1").ready()
    victim.subscribe("dn/gate-1/#")
    thief = connect("thief", client_id="gate-1").ready()
    assert thief.publish("up/gate-1/journal").value == NOT_AUTHORISED
    assert not thief.publish("up/thief/journal").is_failure, "it is itself, whatever it calls itself"
    assert not victim.publish("up/gate-1/journal").is_failure
    assert not victim.ended.is_set()


def test_an_oversized_message_ends_the_connection_unheard(connect: Connect, central: Client) -> None:
    central.subscribe("up/+/journal")
    gate = connect("gate-1").ready()
    gate.client.publish("up/gate-1/journal", bytes(MOST_MESSAGE_BYTES + 4096), qos=1)
    assert gate.ended.wait(WAIT)
    again = connect("gate-1").ready()
    assert not again.publish("up/gate-1/journal", bytes(MOST_MESSAGE_BYTES)).is_failure
    assert central.wait_for(lambda: bool(central.heard))
    assert [len(payload) for _, payload in central.heard] == [MOST_MESSAGE_BYTES]


# --- who does not come in ------------------------------------------------------------------------


CONNECT = b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00"


def refused(
    port: int,
    ca: Path,
    files: tuple[Path, Path] | None,
    tls: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    *,
    said: bytes = b"",
) -> str:
    """Why the broker, or we, end the handshake; empty where it goes through, and `said` gets an answer.

    With TLS 1.3 the broker's no to our certificate comes with its first answer. Who says nothing gets none
    but a no; where even that does not come, it was let in.
    """
    context = ssl.create_default_context(cafile=str(ca))
    context.maximum_version = tls
    if files is not None:
        context.load_cert_chain(*files)
    with socket.create_connection(("127.0.0.1", port), WAIT) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="127.0.0.1") as secured:
                secured.settimeout(WAIT)
                secured.sendall(said)
                return "" if secured.recv(1) else "closed"
        except TimeoutError:
            return ""
        except ssl.SSLError as error:
            return error.reason


def test_who_does_not_come_in(broker: Broker, tmp_path: Path) -> None:
    folder = broker.site.folder
    ca, gate = folder / "services-ca.pem", broker.site.device("gate-1")
    stranger = init_certificate_authority(tmp_path, "green-court", lambda: datetime.now(UTC))
    key = make_key(tmp_path / "gate-1.key")
    authority = SigningAuthority(stranger.certificate("devices"), read_key(tmp_path / "devices-ca.key"))
    certificate = device_certificate(authority, "gate-1", key.public_key(), datetime.now(UTC))
    path = tmp_path / "gate-1.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    service = (folder / "central-tls.pem", folder / "central-tls.key")
    listeners: dict[str, tuple[int, Path, tuple[Path, Path] | None]] = {
        "a gate": (broker.gates, ca, gate),
        "a service": (broker.services, ca, service),
        "nobody": (broker.gates, ca, None),
        "a gate of another authority": (broker.gates, ca, (path, tmp_path / "gate-1.key")),
        "a gate at the services' listener": (broker.services, ca, gate),
        "a service at the gates' listener": (broker.gates, ca, service),
        "a gate that expects another broker": (broker.gates, folder / "devices-ca.pem", gate),
    }
    welcome = ["a gate", "a service"]
    told = {
        who: refused(*listener, said=CONNECT if who in welcome else b"")
        for who, listener in listeners.items()
    }
    assert [who for who, reason in told.items() if not reason] == welcome
    assert "CERTIFICATE_REQUIRED" in told["nobody"]
    assert "UNKNOWN_CA" in told["a gate of another authority"]
    assert told["a gate that expects another broker"] == "CERTIFICATE_VERIFY_FAILED"


def test_tls_1_2_is_refused(broker: Broker) -> None:
    ca = broker.site.folder / "services-ca.pem"
    reason = refused(broker.gates, ca, broker.site.device("gate-1"), ssl.TLSVersion.TLSv1_2)
    assert "PROTOCOL_VERSION" in reason


def is_refused(client: Client) -> bool:
    """Whether its first try, once that has been answered, was refused; it tries no more."""
    soon(lambda: client.connected.is_set() or client.ended.is_set())
    refused = not client.connected.is_set()
    client.close()
    return refused


def test_a_revoked_device_is_refused_once_the_broker_has_read_the_list(
    connect: Connect, broker: Broker
) -> None:
    connect("stolen").ready().close()
    assert broker.site.authority.revoke("devices", "stolen") == 1
    broker.reload()
    soon(lambda: is_refused(connect("stolen")), "a revoked certificate comes in no more")
    assert not connect("gate-1").ready().publish("up/gate-1/journal").is_failure


def test_a_service_ends_the_connection_of_a_device_and_a_revoked_one_does_not_come_back(
    connect: Connect, broker: Broker
) -> None:
    folder = broker.site.folder
    there = Address(
        "127.0.0.1",
        broker.services,
        folder / "services-ca.pem",
        folder / "central-tls.pem",
        folder / "central-tls.key",
    )
    gate, stolen = connect("gate-3").ready(), connect("stolen-2").ready()
    end_connection(there, "gate-3")
    assert gate.ended.wait(WAIT)
    soon(gate.client.is_connected)  # one whose certificate is good comes back
    connect("stolen-3").ready().close()
    assert broker.site.authority.revoke("devices", "stolen-2") == 1
    assert broker.site.authority.revoke("devices", "stolen-3") == 1
    broker.reload()
    # By another that is on the list: a second connection of the one that was stolen would end its first.
    soon(lambda: is_refused(connect("stolen-3", comes_back=False)))
    assert stolen.client.is_connected(), "the list alone ends no connection"
    end_connection(there, "stolen-2")
    assert stolen.ended.wait(WAIT)
    assert is_refused(connect("stolen-2"))


def test_mqtt_3_gets_no_reason_which_is_why_gatepost_never_speaks_it(
    connect: Connect, central: Client
) -> None:
    """Mosquitto 2.0 has no way to refuse it: the page on the broker says so."""
    central.subscribe("up/#")
    old = connect("gate-1", version=MQTTProtocolVersion.MQTTv311).ready()
    told = old.publish("up/gate-2/journal", b"dropped")
    assert told == 0 or not told.is_failure, "acknowledged"
    old.publish("up/gate-1/health", b"after")
    assert central.wait_for(lambda: ("up/gate-1/health", b"after") in central.heard)
    assert ("up/gate-2/journal", b"dropped") not in central.heard, "and dropped"


# --- the files themselves ------------------------------------------------------------------------


def test_every_setting_is_explained() -> None:
    for name in ("gatepost.conf", "devices.acl", "services.acl"):
        blocks = re.split(r"\n\s*\n", (SHIPPED / name).read_text())
        for block in blocks:
            assert block.lstrip().startswith("#"), f"{name}: {block.splitlines()[0]}"
    assert (
        int(
            re.findall(r"^message_size_limit (\d+)$", (SHIPPED / "gatepost.conf").read_text(), re.MULTILINE)[
                0
            ]
        )
        == MOST_MESSAGE_BYTES
    )
