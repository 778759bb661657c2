"""The console's certificate: made here for the names and addresses of the local network, signed by itself.

People compare its fingerprint once, on the first tablet. The key stays when the certificate is renewed.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.errors import ConfigurationError
from edge.signing.key_files import refuse_if_shared, write_secret
from edge.support.files import read_bounded, write_aside

LASTS: Final = timedelta(days=397)
"""The longest that browsers accept."""
RENEWED_BEFORE: Final = timedelta(days=30)
_BEGAN: Final = timedelta(days=2)
"""It began so long ago: the clock of an old tablet may be a day behind."""
_MOST_BYTES: Final = 64 * 1024
_MAKE: Final = "make one: gatepost console certify"


@dataclass(frozen=True)
class Certificate:
    """A certificate that is there: its SHA-256 `fingerprint` as browsers show it, whom it is for, and until
    when.
    """

    fingerprint: str
    names: tuple[str, ...]
    until: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether it should be renewed."""
        return now >= self.until - RENEWED_BEFORE


def read_certificate(certificate: Path, key: Path) -> Certificate:
    """The certificate in a file, whose key must be its owner's alone. Raises ConfigurationError."""
    try:
        read = x509.load_pem_x509_certificate(_content(certificate))
    except ValueError as error:
        raise ConfigurationError(
            f"not a certificate: {error}", where=str(certificate), remedy=_MAKE
        ) from None
    held = _read_key(key)
    if held.public_key() != read.public_key():
        raise ConfigurationError(f"not the key of {certificate}", where=str(key), remedy=_MAKE)
    return _shown(read)


def make_certificate(certificate: Path, key: Path, names: Sequence[str], now: datetime) -> Certificate:
    """Make a certificate for `names`, and its key (mode 0600) where there is none. Raises GatepostError."""
    if not key.exists():
        made = generate_private_key(SECP256R1())
        write_secret(key, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    held = _read_key(key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(held.public_key())
        .serial_number(x509.random_serial_number())
        # A clock that is an hour slow is no reason to warn anybody.
        .not_valid_before(now - _BEGAN)
        .not_valid_after(now - _BEGAN + LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(held, SHA256())
    )
    write_aside(certificate, signed.public_bytes(Encoding.PEM), 0o644)
    return _shown(signed)


def local_names(hostname: str) -> tuple[str, ...]:
    """What this computer is called in the local network: its name, and its addresses."""
    name = hostname.lower().partition(".")[0]
    return tuple(dict.fromkeys([f"{name}.local", name, *_addresses()]))


# --- inside --------------------------------------------------------------------------------------


def _addresses() -> Iterable[str]:
    """From which addresses this computer would reach another one; nothing is sent."""
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((elsewhere, 9))
            yield str(asking.getsockname()[0]).partition("%")[0]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _content(file: Path) -> bytes:
    try:
        return read_bounded(file, _MOST_BYTES, follow=True)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(file), remedy=_MAKE) from None


def _read_key(file: Path) -> EllipticCurvePrivateKey:
    content = _content(file)
    refuse_if_shared(file)
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"not a private key: {error}", where=str(file), remedy=_MAKE) from None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ConfigurationError("not an elliptic curve's key", where=str(file), remedy=_MAKE)
    return key


def _shown(read: x509.Certificate) -> Certificate:
    digest = read.fingerprint(SHA256()).hex().upper()
    fingerprint = ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    try:
        named = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Certificate(fingerprint, (), read.not_valid_after_utc)
    addresses = (str(address) for address in named.get_values_for_type(x509.IPAddress))
    names = (*named.get_values_for_type(x509.DNSName), *addresses)
    return Certificate(fingerprint, names, read.not_valid_after_utc.astimezone(UTC))
