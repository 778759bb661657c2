"""A real Mosquitto on free ports, with exactly the files that are shipped: only ports and paths differ."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sync.ca.certificate_authority import CertificateAuthority, init_certificate_authority
from sync.ca.certificates import request_for
from sync.ca.files import make_key
from tests.ports import free_port
from tests.sync.services import is_open, reload_broker
from tests.waiting import PATIENT, soon

SHIPPED = Path(__file__).resolve().parents[3] / "firmware_config" / "mosquitto"
WAIT = PATIENT


@dataclass
class Site:
    """An authority with its broker's files, and the devices that were enrolled by code."""

    folder: Path
    authority: CertificateAuthority
    files: dict[str, tuple[Path, Path]] = field(default_factory=dict)

    def device(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of a device, enrolled the first time that it is named."""
        if name not in self.files:
            key_path = self.folder / f"device-{name}.key"
            key = make_key(key_path)
            code = self.authority.new_code(name)
            certificate = self.authority.enrol(name, code, request_for(name, key))
            self.files[name] = self.store(name, certificate), key_path
        return self.files[name]

    def store(self, name: str, certificate: x509.Certificate) -> Path:
        path = self.folder / f"device-{name}.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return path


@dataclass
class Broker:
    site: Site
    ports: dict[int, int]
    process: subprocess.Popen[str]
    log: Path

    @property
    def gates(self) -> int:
        return self.ports[8883]

    @property
    def port(self) -> int:
        """Where a gate goes."""
        return self.gates

    @property
    def services(self) -> int:
        return self.ports[8884]

    def reload(self) -> None:
        reload_broker(self.process)


class Client:
    """An MQTT client of the tests, with the messages and reason codes that it received."""

    def __init__(
        self,
        port: int,
        ca: Path,
        files: tuple[Path, Path] | None,
        *,
        client_id: str = "",
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        comes_back: bool = True,
        retained_will: str = "",
    ) -> None:
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=version,
            reconnect_on_failure=comes_back,
        )
        if retained_will:
            self.client.will_set(retained_will, b"x", qos=1, retain=True)
        context = ssl.create_default_context(cafile=str(ca))
        if files is not None:
            context.load_cert_chain(*files)
        self.client.tls_set_context(context)
        self.connected, self.ended = threading.Event(), threading.Event()
        self.heard: list[tuple[str, bytes]] = []
        self.answers: dict[int | None, Any] = {}
        self.ended_by: Any = None
        self.changed = threading.Condition()
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_message = self._on_message
        self.client.on_publish = self._on_answer
        self.client.on_subscribe = self._on_answer
        self.client.connect("127.0.0.1", port, keepalive=60)
        self.client.loop_start()

    def ready(self) -> Client:
        assert self.connected.wait(WAIT), self.ended_by
        return self

    def publish(self, topic: str, payload: bytes = b"x") -> Any:
        """Publish with QoS 1; what the broker said to it."""
        return self._answer(self.client.publish(topic, payload, qos=1).mid)

    def subscribe(self, topic: str) -> Any:
        """Subscribe; what the broker said to it."""
        return self._answer(self.client.subscribe(topic, qos=1)[1])

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, WAIT)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _answer(self, mid: int | None) -> Any:
        assert self.wait_for(lambda: mid in self.answers), f"no answer: {self.ended_by}"
        return self.answers[mid]

    def _on_connect(self, _c: Any, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        if reason.is_failure if hasattr(reason, "is_failure") else reason != 0:
            self.ended_by = reason
        else:
            self.connected.set()

    def _on_disconnect(self, _c: Any, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        self.ended_by = reason
        self.ended.set()
        with self.changed:
            self.changed.notify_all()

    def _on_message(self, _c: Any, _u: Any, message: Any) -> None:
        with self.changed:
            self.heard.append((message.topic, message.payload))
            self.changed.notify_all()

    def _on_answer(self, _c: Any, _u: Any, mid: int, reason: Any, *_: Any) -> None:
        with self.changed:
            self.answers[mid] = reason[0] if isinstance(reason, list) else reason
            self.changed.notify_all()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("authority")
    authority = init_certificate_authority(folder, "green-court", lambda: datetime.now(UTC))
    authority.issue_service("broker", ["127.0.0.1", "localhost"])
    authority.issue_service("central", [])
    return Site(folder, authority)


@pytest.fixture(scope="session")
def broker(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if mosquitto is None:
        pytest.skip("LOUD SKIP: no mosquitto: apt-get install mosquitto to test the broker's files")
    folder = tmp_path_factory.mktemp("broker")
    ports = {8883: free_port(), 8884: free_port()}
    text = (SHIPPED / "gatepost.conf").read_text()
    text = text.replace("listener 8883\n", f"listener {ports[8883]} 127.0.0.1\n")
    text = text.replace("listener 8884 ", f"listener {ports[8884]} ")
    for name in ("devices.acl", "services.acl"):
        text = text.replace(f"/etc/gatepost/broker/{name}", str(SHIPPED / name))
    text = text.replace("/etc/gatepost/broker/", f"{site.folder}/")
    configuration, log = folder / "mosquitto.conf", folder / "log"
    # Started as root it would become another user, which cannot read the folder of the test.
    configuration.write_text(f"{text}\nuser root\nlog_dest file {log}\n")
    command = [mosquitto, "-c", str(configuration)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            _listening(process, list(ports.values()))
            yield Broker(site, ports, process, log)
        finally:
            process.terminate()
            process.wait(WAIT)


def _listening(process: subprocess.Popen[str], ports: list[int]) -> None:
    soon(lambda: process.poll() is not None or all(map(is_open, ports)), "the broker does not listen")
    assert process.poll() is None, process.stderr.read() if process.stderr else ""


@pytest.fixture
def connect(broker: Broker) -> Iterator[Callable[..., Client]]:
    """Connect as a device, or with `files` of one's own, to the gates' listener."""
    clients: list[Client] = []

    def connect(name: str = "", **options: Any) -> Client:
        port = options.pop("port", broker.gates)
        files = options.pop("files", None) if "files" in options else broker.site.device(name)
        options.setdefault("client_id", name or "nobody")
        ca = options.pop("ca", broker.site.folder / "services-ca.pem")
        clients.append(Client(port, ca, files, **options))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def central(connect: Callable[..., Client], broker: Broker) -> Client:
    files = (broker.site.folder / "central-tls.pem", broker.site.folder / "central-tls.key")
    client = connect(port=broker.services, files=files, client_id="ingester-1")
    return client.ready()
