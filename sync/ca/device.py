"""Enrols and renews a device, on the device: its key is made here and never leaves.

A person brings all that is trusted beforehand: a one-time code, and the fingerprint of the services'
authority. The code is sent only over TLS that this authority has proved.
"""

from __future__ import annotations

import http.client
import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.support.decoding import Undecodable, json_of
from edge.support.files import Durability, make_folder, read_bounded, write_aside
from sync.ca.certificates import (
    RENEWAL_CONTEXT,
    AuthorityError,
    fingerprint,
    name_of,
    renewal_is_due,
    request_for,
)
from sync.ca.files import make_key, parse_certificate, read_certificate, read_key
from sync.ca.messages import EnrolmentAnswer, EnrolmentRequest, RenewalRequest

_TIMEOUT = 20.0
_MOST_BYTES = 64 * 1024


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
    """Fetch the services' authority over unverified TLS, and compare its fingerprint with `pinned`."""
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE  # only the fingerprint counts, and nothing is sent
    certificate = parse_certificate(_exchange(url, "GET", "/authority", None, unverified))
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
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=services.public_bytes(Encoding.PEM).decode())
    answer = _exchange(url, "POST", path, msgspec.json.encode(question), context)
    try:
        return json_of(answer, EnrolmentAnswer)
    except Undecodable as error:
        raise AuthorityError(f"invalid answer: {error}", where=url) from None


def _exchange(url: str, method: str, path: str, body: bytes | None, context: ssl.SSLContext) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise AuthorityError("not an https:// address", where=url)
    connection = http.client.HTTPSConnection(
        parts.hostname, parts.port or 443, timeout=_TIMEOUT, context=context
    )
    try:
        with closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            data = answer.read(_MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise AuthorityError(f"cannot be reached: {error}", where=url) from None
    if len(data) > _MOST_BYTES:
        raise AuthorityError(f"answered with more than {_MOST_BYTES} bytes", where=url)
    if answer.status != http.client.OK:
        raise AuthorityError(f"refused: {_reason(data)}", where=url)
    return data


def _reason(data: bytes) -> str:
    try:
        return json_of(data, dict[str, str])["error"][:500]
    except (Undecodable, KeyError):
        return "without a reason"
