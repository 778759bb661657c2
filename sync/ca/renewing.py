"""Renews the certificates of a centre's services, and brings them to where the services read them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509

from edge.support.files import read_bounded, write_aside
from sync.ca.certificate_authority import (
    BROKER,
    CENTRAL,
    DEVICES,
    ENROLMENT,
    SERVICES,
    CertificateAuthority,
    service_files,
)
from sync.ca.certificates import name_of, renewal_is_due, was_issued_by
from sync.ca.files import read_certificate, read_key

_MOST_BYTES = 16 * 1024 * 1024
"""More than a list of revocations of a hundred thousand devices has."""
READABLE_BY_SERVICE = 0o640
"""The folder's group is the service's; its owner is the authority, which writes in it."""

BROKER_FILES = (
    f"{DEVICES}-ca.pem",
    f"{SERVICES}-ca.pem",
    f"{DEVICES}.crl",
    f"{SERVICES}.crl",
    f"{BROKER}.pem",
    f"{BROKER}.key",
)
"""What the broker reads of an authority's folder."""
CENTRAL_FILES = (f"{SERVICES}-ca.pem", "central-tls.pem", "central-tls.key")
"""What central reads of it."""


def hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names and addresses that a server's certificate is for; none for a client's."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = found.get_values_for_type(x509.DNSName)
    return (*names, *map(str, found.get_values_for_type(x509.IPAddress)))


def is_in_order(authority: CertificateAuthority, folder: Path, name: str, now: datetime) -> bool:
    """Whether a service has a certificate of this authority, for the key beside it, that need not be renewed
    yet.
    """
    path, key_path = service_files(folder, name)
    if not (path.exists() and key_path.exists()):
        return False
    certificate = read_certificate(path)
    return (
        name_of(certificate) == name
        and was_issued_by(certificate, authority.certificate(SERVICES))
        and certificate.public_key() == read_key(key_path).public_key()
        and not renewal_is_due(certificate, now)
    )


def ensure_service(
    authority: CertificateAuthority, folder: Path, name: str, hosts: tuple[str, ...], now: datetime
) -> bool | None:
    """See that a service has a certificate in order, for these hosts at least; returns whether it had one
    before it was issued, or None where nothing was to do. A host that was added by hand stays in it.
    """
    path, _ = service_files(folder, name)
    there = path.exists()
    held = hosts_of(read_certificate(path)) if there else ()
    if is_in_order(authority, folder, name, now) and frozenset(hosts) <= frozenset(held):
        return None
    authority.issue_service(name, tuple(dict.fromkeys((*hosts, *held))))
    return there


def renew_services(
    authority: CertificateAuthority, folder: Path, now: datetime, *, all_of_them: bool = False
) -> tuple[str, ...]:
    """Renew what is due of the certificates of broker, enrolment and central, for the hosts that they name
    already; returns whose. One that was never issued is left out.
    """
    held = [name for name in (BROKER, ENROLMENT, CENTRAL) if service_files(folder, name)[0].exists()]
    due = [name for name in held if all_of_them or not is_in_order(authority, folder, name, now)]
    for name in due:
        authority.issue_service(name, hosts_of(read_certificate(service_files(folder, name)[0])))
    return tuple(due)


def deliver(folder: Path, names: tuple[str, ...], to: Path) -> tuple[Path, ...]:
    """Copy what differs of the files `names` of an authority's folder into `to`; returns what was written.

    Each gets the owner and group of `to`. Raises OSError.
    """
    return tuple(to / name for name in names if deliver_one(folder / name, to / name))


def deliver_one(source: Path, target: Path) -> bool:
    """Copy a file where what is there differs; returns whether it did. Raises OSError."""
    data = read_bounded(source, _MOST_BYTES)
    if target.exists() and read_bounded(target, _MOST_BYTES) == data:
        return False
    write_aside(target, data, READABLE_BY_SERVICE)
    return True
