"""FAULTS 33: somebody who answers TLS's hello a byte at a time."""

from __future__ import annotations

from sync.transport.broker import Broker
from sync.transport.core import Ending
from sync.transport.mqtt import open_mqtt_link
from tests.ports import free_port
from tests.sync.broker.conftest import Broker as Served
from tests.sync.test_link import LyingBroker
from tests.waiting import sooner_than

SERVER_HELLO = bytes([0x16, 0x03, 0x03, 0x00, 0x7A, 0x02, 0x00, 0x00, 0x76, 0x03, 0x03]) + bytes(32)
WATCHDOG = 60.0


def test_a_tls_handshake_ends_long_before_the_watchdog_bites(broker: Served) -> None:
    """It is the one thing that the loop waits for; its time counts as a whole, not from byte to byte."""
    certificate, key = broker.site.device("gp-0001")
    port = free_port()
    there = Broker("127.0.0.1", port, broker.site.folder / "services-ca.pem", certificate, key)
    with LyingBroker(port, SERVER_HELLO, slowly=True), sooner_than(WATCHDOG):
        link = open_mqtt_link(there, "gp-0001", ("dn/gp-0001/#",), lambda: None)
    assert link.ended is not None
    assert link.ended.ending is Ending.REFUSED
