"""Enrols and renews a device, on the device: its key is made here and never leaves.

A person brings all that is trusted beforehand: a one-time code, and the fingerprint of the services'
authority. The code is sent only over TLS that this authority has proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.support.files import Durability, make_folder, read_bounded, write_aside
from sync.ca.certificates import (
    RENEWAL_CONTEXT,
    AuthorityError,
    fingerprint,
    name_of,
    renewal_is_due,
    request_for,
)
from sync.ca.door_client import ask_door, fetch_authority
from sync.ca.files import make_key, parse_certificate, read_certificate, read_key
from sync.ca.messages import EnrolmentAnswer, EnrolmentRequest, RenewalRequest


@dataclass(frozen=True)
class Identity:
    """The folder of a device's identity: key, certificate, and the authority that proves the broker."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "device.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "device.pem"

    @property
    def address(self) -> Path:
        return self.folder / "authority.url"

    @property
    def services(self) -> Path:
        return self.folder / "services-ca.pem"


def enrol(identity: Identity, device: str, url: str, code: str, pinned: str) -> x509.Certificate:
    """Make the key, if there is none, and get its first certificate. Raises AuthorityError.

    After a failure it can be called again: the key is kept.
    """
    if identity.certificate.exists():
        raise AuthorityError(
            "is already enrolled", where=str(identity.certificate), remedy="move the file away first"
        )
    make_folder(identity.folder, 0o700)
    key = read_key(identity.key) if identity.key.exists() else make_key(identity.key)
    services = _pinned_authority(url, pinned)
    question = EnrolmentRequest(device, code, request_for(device, key).decode())
    certificate = _install(identity, device, key, _ask(url, "/enrol", question, services))
    write_aside(identity.address, f"{url}\n".encode())
    return certificate


def address_of(identity: Identity) -> str:
    """The URL where the device was enrolled and renews. Raises AuthorityError."""
    try:
        return read_bounded(identity.address, 2048).decode().strip()
    except (OSError, UnicodeDecodeError):
        raise _not_enrolled(identity) from None


def certificate_of(identity: Identity) -> x509.Certificate:
    """The device's certificate. Raises AuthorityError."""
    if not identity.certificate.exists():
        raise _not_enrolled(identity)
    return read_certificate(identity.certificate)


def _not_enrolled(identity: Identity) -> AuthorityError:
    return AuthorityError("is not enrolled", where=str(identity.folder), remedy="gatepost device enrol")


def renew(identity: Identity, url: str) -> x509.Certificate:
    """Get a new certificate with the old one, even if that has expired. Raises AuthorityError."""
    old, key = certificate_of(identity), read_key(identity.key)
    services = read_certificate(identity.services)
    request = request_for(name_of(old), key)
    proof = key.sign(RENEWAL_CONTEXT + request, ec.ECDSA(hashes.SHA256()))
    question = RenewalRequest(old.public_bytes(Encoding.PEM).decode(), request.decode(), proof)
    return _install(identity, name_of(old), key, _ask(url, "/renew", question, services))


def is_renewal_due(identity: Identity, now: datetime) -> bool:
    """Whether two thirds of the certificate's lifetime are over."""
    return renewal_is_due(certificate_of(identity), now)


def _install(
    identity: Identity, device: str, key: ec.EllipticCurvePrivateKey, answer: EnrolmentAnswer
) -> x509.Certificate:
    """Write the new certificate in place, whole or not at all. Raises AuthorityError if it is not for
    this key.
    """
    certificate = parse_certificate(answer.certificate.encode())
    if name_of(certificate) != device or certificate.public_key() != key.public_key():
        raise AuthorityError("the certificate in the answer is not for this device's key", where=device)
    write_aside(identity.services, answer.services.encode())
    pem = certificate.public_bytes(Encoding.PEM)
    write_aside(identity.certificate, pem, durability=Durability.LASTING)
    return certificate


def _pinned_authority(url: str, pinned: str) -> x509.Certificate:
    """Fetch the services' authority, and compare its fingerprint with `pinned`."""
    certificate = fetch_authority(url)
    wanted = pinned.replace(":", "").replace(" ", "").lower()
    if not compare_digest(fingerprint(certificate).encode(), wanted.encode()):
        raise AuthorityError(
            f"the authority has the fingerprint {fingerprint(certificate)}, expected {wanted}",
            where=url,
            remedy="compare with: gatepost central ca show",
        )
    return certificate


def _ask(
    url: str, path: str, question: EnrolmentRequest | RenewalRequest, services: x509.Certificate
) -> EnrolmentAnswer:
    return ask_door(url, path, question, services, EnrolmentAnswer)
