"""A broker of a house's own, over TLS by its CA: what is retained, and what when that ends."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.subscribe as paho
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge.errors import ConfigurationError, GatepostError
from sync.ca.certificate_authority import init_certificate_authority
from sync.transport.broker import OtherBroker
from sync.transport.retained import retaining
from tests.sync.services import Mosquitto
from tests.waiting import soon

WILL = ("gate/here", b"gone")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherBroker]:
    folder = tmp_path_factory.mktemp("house")
    authority = init_certificate_authority(folder, "house", lambda: datetime.now(UTC))
    certificate, key = authority.issue_service("broker", ["127.0.0.1"])
    broker = Mosquitto(folder)
    broker.set(f"allow_anonymous true\nretain_available true\ncertfile {certificate}\nkeyfile {key}\n")
    broker.start()
    yield OtherBroker(host="127.0.0.1", port=broker.port, ca=folder / "services-ca.pem")
    broker.kill()


def retained(house: OtherBroker, topic: str) -> bytes:
    found = paho.simple(  # type: ignore[no-untyped-call]
        topic,
        hostname=house.host,
        port=house.port,
        tls={"ca_certs": str(house.ca), "tls_version": ssl.PROTOCOL_TLS_CLIENT},
        protocol=MQTTProtocolVersion.MQTTv5,
    )
    assert found.retain
    return bytes(found.payload)


def test_what_is_retained_stays_and_the_will_follows_an_orderly_end(house: OtherBroker) -> None:
    with retaining(house, "gate", WILL) as link:
        link.retain("gate/state", b"closed")
        link.retain("gate/here", b"here")
        link.poll(0.1)
        assert retained(house, "gate/here") == b"here"
    assert retained(house, "gate/state") == b"closed"
    soon(lambda: retained(house, "gate/here") == b"gone")


def test_the_will_follows_an_error(house: OtherBroker) -> None:
    with suppress(GatepostError), retaining(house, "gate", WILL) as link:
        link.retain("gate/here", b"here")
        raise GatepostError("of ours")
    soon(lambda: retained(house, "gate/here") == b"gone")


def test_who_takes_the_name_ends_the_connection_before(house: OtherBroker) -> None:
    lost = pytest.raises(GatepostError, match="is lost")
    with retaining(house, "gate", WILL) as before, retaining(house, "gate", WILL), lost:
        before.poll(5.0)


# The library leaves its socket to the garbage collector where a handshake fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_of_another_ca_is_not_spoken_to(house: OtherBroker, tmp_path: Path) -> None:
    init_certificate_authority(tmp_path, "another", lambda: datetime.now(UTC))
    other = OtherBroker(host=house.host, port=house.port, ca=tmp_path / "services-ca.pem")
    with (
        pytest.raises(
            GatepostError, match=r"cannot reach the broker: TLS: .* authority that this end does not know"
        ),
        retaining(other, "gate", WILL),
    ):
        pass


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_that_is_none_is_named(house: OtherBroker, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    broken = OtherBroker(host=house.host, port=house.port, ca=file)
    with pytest.raises(ConfigurationError, match=r"ca\.pem"), retaining(broken, "gate", WILL):
        pass
