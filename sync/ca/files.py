"""Reads and writes keys and certificates: only its owner can read a key, and nothing is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge.support.files import leave_to_owner, read_bounded
from edge.support.phrases import phrase
from sync.ca.certificates import AuthorityError

_MOST_BYTES = 64 * 1024


def make_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Make a P-256 key in a new file that only its owner can read. Raises AuthorityError if the file
    exists.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise AuthorityError(
            phrase("could not be written: %(why)s", why=error.strerror), where=str(path)
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        leave_to_owner(descriptor, path)
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read the key in a file that only its owner can read. Raises AuthorityError."""
    try:
        if path.stat().st_mode & 0o077:
            raise AuthorityError(
                phrase("other users can read the key"), where=str(path), remedy=f"chmod 600 {path}"
            )
        key = load_pem_private_key(read_bounded(path, _MOST_BYTES), None)
    except OSError as error:
        raise AuthorityError(error.strerror or str(error), where=str(path)) from None
    except (ValueError, TypeError):
        raise AuthorityError(phrase("not a private key in PEM"), where=str(path)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AuthorityError(phrase("not an elliptic-curve key"), where=str(path))
    return key


def read_certificate(path: Path) -> x509.Certificate:
    """Read a certificate (PEM). Raises AuthorityError."""
    try:
        return parse_certificate(read_bounded(path, _MOST_BYTES))
    except OSError as error:
        raise AuthorityError(
            error.strerror or str(error),
            where=str(path),
            remedy=phrase("see: gatepost central ca init"),
        ) from None


def parse_certificate(data: bytes) -> x509.Certificate:
    """Parse a certificate (PEM). Raises AuthorityError."""
    if len(data) > _MOST_BYTES:
        raise AuthorityError(
            phrase(
                "not a certificate: %(size)s bytes, at most %(most)s expected",
                size=len(data),
                most=_MOST_BYTES,
            )
        )
    try:
        return x509.load_pem_x509_certificate(data)
    except ValueError:
        raise AuthorityError(phrase("not a certificate in PEM")) from None
