"""FAULTS 36: a certificate that expired while the gate was offline.

That the gate decides without any of this is the import contract "The edge knows no network"; what is asserted
here is that everything it writes down meanwhile is kept, and gets there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sync.ca.certificate_authority import open_certificate_authority
from sync.ca.certificates import request_for
from sync.ca.files import make_key
from sync.transport.core import Ending
from tests.sync.broker.conftest import Broker
from tests.sync.ca.test_certificate_authority import proof
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World, append
from tests.waiting import soon


class OverTls(World):
    """Its two ends reach the shipped broker by certificates, the gate by `device.pem` and `device.key`."""

    broker: Broker

    def sync_file(self, *_: object, **__: object) -> Path:
        files = (self.folder / "device.pem", self.folder / "device.key")
        return self._secured(super().sync_file(), self.broker.gates, files)

    def central_file(self, *_: object, **__: object) -> Path:
        folder = self.broker.site.folder
        files = (folder / "central-tls.pem", folder / "central-tls.key")
        return self._secured(super().central_file(), self.broker.services, files)

    def _secured(self, file: Path, port: int, files: tuple[Path, Path]) -> Path:
        ca = self.broker.site.folder / "services-ca.pem"
        tls = f'ca = "{ca}"\ncertificate = "{files[0]}"\nkey = "{files[1]}"'
        text = file.read_text().replace("port = 1\n", f"port = {port}\n").replace("plain = true", tls)
        file.write_text(text)
        return file


def test_a_gate_whose_certificate_expired_goes_on_storing_and_drains_once_it_is_renewed(
    tmp_path: Path, broker: Broker
) -> None:
    """No process is started anew: the certificate is read at each try."""
    world = OverTls(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1)
    world.broker = broker
    key = make_key(tmp_path / "device.key")

    def put(certificate: x509.Certificate) -> None:
        (tmp_path / "device.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    long_ago = open_certificate_authority(broker.site.folder, lambda: datetime.now(UTC) - timedelta(days=100))
    request = request_for(DEVICE, key)
    old = long_ago.enrol(DEVICE, long_ago.new_code(DEVICE), request)
    assert old.not_valid_after_utc < datetime.now(UTC)
    put(old)
    with world.journal() as journal, world.central(), world.agent() as agent:
        told = append(journal, 5)
        soon(lambda: agent._link.attempts >= 2, meanwhile=agent.poll)
        assert agent._link.last is not None
        assert agent._link.last.ending is Ending.REFUSED
        assert f"valid until {old.not_valid_after_utc:%Y-%m-%d}" in agent._link.last.why
        assert agent._link.number == 0
        told += append(journal, 5)
        assert agent.waiting_reason(), "and systemd does not end it"
        put(broker.site.authority.renew(old.public_bytes(Encoding.PEM), request, proof(key, request)))
        soon(lambda: agent._uploader.progress()[2] == 0, meanwhile=agent.poll)
    assert world.stored() == told
