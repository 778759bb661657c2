"""Makes and verifies X.509 certificates: values in, certificates out. No file, no clock, no network.

A site has two authorities: one for devices, one for services (broker, centre). A gate pins the services'
one, so no device can pass for the broker; a broker accepts devices by the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.errors import GatepostError
from edge.support.phrases import phrase
from sync.wire import refused_id

AUTHORITY_LIFETIME = timedelta(days=3650)
LIFETIME = timedelta(days=90)
"""Of a certificate of a device or service; it is renewed after two thirds."""
RENEW_AFTER = LIFETIME * 2 / 3
GRACE = timedelta(days=365)
"""How long after its expiry a certificate may still be used to renew it, and for nothing else."""
CRL_LIFETIME = timedelta(days=3650)
"""Long, because Mosquitto refuses every client once the list has expired. Each revocation replaces it."""
_BACKDATED = timedelta(minutes=10)
"""A gate's clock may be a little slow."""

MOST_REQUEST_BYTES = 8 * 1024
RENEWAL_CONTEXT = b"gatepost renewal 1\n"
"""The prefix of a request in what the old key signs."""
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_HOST = re.compile(r"(?=.{1,253}\Z)(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)


class AuthorityError(GatepostError):
    """A certificate or a request for one is refused."""


@dataclass(frozen=True)
class SigningAuthority:
    """An authority's certificate, and the key with which it signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def init_authority(name: str, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    """A self-signed certificate for an authority that signs end entities only."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        _builder(subject, subject, key.public_key(), now, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def check_device(device: str) -> None:
    """Raises AuthorityError where no certificate may be a device's by this name."""
    refused = refused_id(device)
    if refused is not None:
        raise AuthorityError(refused[0], where=device[:80], remedy=refused[1])


def request_for(device: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """A device's certificate request (PKCS #10, PEM): its id and public key, signed by its private key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM)


def read_request(data: bytes) -> tuple[str, ec.EllipticCurvePublicKey]:
    """The device and the key of a request, whose sender has proved to hold the key; raises AuthorityError.

    Everything else in a request is ignored: the authority decides what a certificate says.
    """
    if len(data) > MOST_REQUEST_BYTES:
        raise AuthorityError(
            phrase(
                "a request of %(size)s bytes is too large: at most %(most)s",
                size=len(data),
                most=MOST_REQUEST_BYTES,
            )
        )
    try:
        request = x509.load_pem_x509_csr(data)
        genuine, key = request.is_signature_valid, request.public_key()
        names = [attribute.value for attribute in request.subject]
    except (ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise AuthorityError(phrase("not a certificate request: %(why)s", why=error)) from None
    if not genuine:
        raise AuthorityError(phrase("the request is not signed by the key that it names"))
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise AuthorityError(phrase("the request's key is not on the curve P-256"))
    if len(names) != 1 or not isinstance(names[0], str):
        raise AuthorityError(
            phrase("the request does not name one device"), remedy=phrase("1 to 63 of a-z 0-9 . _ -")
        )
    check_device(names[0])
    return names[0], key


def device_certificate(
    authority: SigningAuthority, device: str, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.Certificate:
    """A certificate for `device` as a client only. Raises AuthorityError."""
    check_device(device)
    return _end_entity(authority, device, key, now, ExtendedKeyUsageOID.CLIENT_AUTH, ())


def names_of_service(name: str, hosts: Iterable[str]) -> tuple[x509.GeneralName, ...]:
    """What a certificate of the service would name its hosts by. Raises AuthorityError."""
    if _SERVICE.fullmatch(name) is None:
        raise AuthorityError(
            phrase("%(name)r is not a service name: expected 1 to 63 of a-z 0-9 . -", name=name)
        )
    return tuple(host_of(host) for host in hosts)


def service_certificate(
    authority: SigningAuthority,
    name: str,
    hosts: Iterable[str],
    key: ec.EllipticCurvePublicKey,
    now: datetime,
) -> x509.Certificate:
    """A certificate for a service: a server at `hosts`, or a client if there are none. Raises
    AuthorityError.
    """
    names = names_of_service(name, hosts)
    usage = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
    return _end_entity(authority, name, key, now, usage, names)


def revocation_list(
    authority: SigningAuthority, revoked: Iterable[tuple[int, datetime]], number: int, now: datetime
) -> bytes:
    """A certificate revocation list (RFC 5280, PEM) of the serial numbers and times in `revoked`."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - _BACKDATED)
        .next_update(now + CRL_LIFETIME)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial, at in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def name_of(certificate: x509.Certificate) -> str:
    """The common name: the device's id, the MQTT user name and client id."""
    [attribute] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attribute.value)


def was_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether the authority's key signed the certificate; its validity is not checked."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def renewal_is_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether two thirds of the certificate's lifetime are over."""
    return now >= certificate.not_valid_before_utc + RENEW_AFTER


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the certificate, in hexadecimal, as people compare and type it."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _end_entity(
    authority: SigningAuthority,
    name: str,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    usage: x509.ObjectIdentifier,
    hosts: tuple[x509.GeneralName, ...],
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = authority.certificate
    keys = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(subject, issuer.subject, key, now, LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(keys, critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(identifier, critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + lifetime)
    )


def host_of(text: str) -> x509.GeneralName:
    """A server's name or address, as a certificate names it. Raises AuthorityError."""
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text) is None:
            raise AuthorityError(
                phrase("%(text)r is no host's name and no address", text=text),
                remedy=phrase("broker.example.org, or 192.0.2.7"),
            ) from None
        return x509.DNSName(text)
