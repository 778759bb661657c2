"""Makes the gates of a simulated fleet at a centre: their sites, keys, places there, and certificates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from edge.admin.site_file import SiteFile
from edge.errors import ConfigurationError
from edge.signing.key_files import make_private_key, raw_public, read_private_key
from edge.support.files import Durability, make_folder, write_aside
from sync.ca.certificate_authority import CertificateAuthority
from sync.ca.certificates import request_for
from sync.ca.files import make_key
from sync.central.devices.devices import enrol_device, known_devices, put_site, sites
from sync.central.store import Store
from sync.simulation.task import GateFiles, SimulationFailed
from sync.transport.clock import wall

PREFIX = "simulated-"
"""What the id of every simulated device and site begins with: no real one may."""
_GATES_OF_A_SITE = 50
_AT_A_TIME = 500


def refuse_beside_real_gates(store: Store) -> None:
    """Raises ConfigurationError where the centre has gates that are not simulated."""
    with store.reading() as connection:
        real = [gate for gate in known_devices(connection) if not gate.device.startswith(PREFIX)]
    if real:
        raise ConfigurationError(
            f"the centre has {len(real)} other devices, {real[0].device} for one",
            where="--centre",
            remedy="take a centre of its own, or say --beside-real-gates",
        )


def make_fleet(
    store: Store,
    folder: Path,
    count: int,
    authority: CertificateAuthority | None,
    say: Callable[[str], None],
) -> tuple[GateFiles, ...]:
    """Gates of numbers 0 to `count`: those in `folder`, and what is missing is made there and at the centre.

    With an `authority` each has a certificate. Raises GatepostError.
    """
    make_folder(folder, 0o700)
    gates = tuple(_files_of(folder, number, secured=authority is not None) for number in range(count))
    _put_sites(store, sorted({gate.site for gate in gates}))
    with store.reading() as connection:
        known = {gate.device for gate in known_devices(connection)}
    for start in range(0, count, _AT_A_TIME):
        _put_gates(store, gates[start : start + _AT_A_TIME], known)
    if authority is not None:
        for done, gate in enumerate(gates):
            _certify(gate, authority)
            if done % _AT_A_TIME == _AT_A_TIME - 1:
                say(f"{done + 1} certificates")
    return gates


def _files_of(folder: Path, number: int, *, secured: bool) -> GateFiles:
    device = f"{PREFIX}{number:05d}"
    place, site = folder / device, f"{PREFIX}{number // _GATES_OF_A_SITE:03d}"
    gate = f"gate-{number % _GATES_OF_A_SITE:02d}"
    tls = (place.with_suffix(".pem"), place.with_suffix(".tls.key")) if secured else (None, None)
    return GateFiles(number, device, site, gate, place.with_suffix(".key"), *tls)


def _put_sites(store: Store, names: Iterable[str]) -> None:
    with store.writing() as connection:
        known = {site.id for site in sites(connection)}
        for name in names:
            if name not in known:
                put_site(connection, SiteFile(name, name=name))


def _put_gates(store: Store, gates: Iterable[GateFiles], known: set[str]) -> None:
    new = []
    for gate in gates:
        if gate.key.exists() and gate.device in known:
            continue
        if gate.device in known:
            raise SimulationFailed(
                f"the centre knows {gate.device}, whose key is not here",
                where=str(gate.key),
                remedy="name the folder of the earlier run with --fleet",
            )
        key = read_private_key(gate.key) if gate.key.exists() else make_private_key(gate.key)
        new.append((gate, raw_public(key.public_key())))
    with store.writing() as connection:
        for gate, public in new:
            enrol_device(connection, gate.device, (gate.site, gate.gate), public, wall())


def _certify(gate: GateFiles, authority: CertificateAuthority) -> None:
    assert gate.certificate is not None  # noqa: S101 - there is an authority
    assert gate.tls_key is not None  # noqa: S101
    if gate.certificate.exists():
        return
    gate.tls_key.unlink(missing_ok=True)  # of a run that was interrupted
    key = make_key(gate.tls_key)
    code = authority.new_code(gate.device)
    certificate = authority.enrol(gate.device, code, request_for(gate.device, key))
    pem = certificate.public_bytes(Encoding.PEM)
    write_aside(gate.certificate, pem, durability=Durability.PASSING)


def utc_now() -> datetime:
    return datetime.now(UTC)
