"""The keys that backups are encrypted to (age, X25519): the public half on the machine, the private one
not.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyrage

from edge.backup.errors import BackupError
from edge.backup.manifest import TrustedSigners
from edge.registry.format import anchor_of
from edge.registry.keys import read_public_keys
from edge.signing.key_files import refuse_if_shared, write_secret
from edge.support.files import read_bounded

_MOST_BYTES = 64 * 1024
_SECRET = "AGE-SECRET-KEY-1"


def make_identity(path: Path) -> str:
    """Make a private key in a file, as `age-keygen` does; returns its public half. Raises RegistryError."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    write_secret(path, f"# public key: {public}\n{identity}\n".encode())
    return public


def read_identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The private keys in a file that only its owner can read. Raises GatepostError."""
    refuse_if_shared(path)
    try:
        text = read_bounded(path, _MOST_BYTES, follow=True).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"cannot be read: {error}", where=str(path)) from None
    try:
        lines = (line.strip() for line in text.splitlines() if line.startswith(_SECRET))
        found = [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise BackupError(
            "is no private key of backups", where=str(path), remedy="gatepost backup key create makes one"
        )
    return found


def recipients_of(texts: Iterable[str], where: str) -> list[pyrage.x25519.Recipient]:
    """The public keys that `texts` are. Raises BackupError, also for a private one: none may be here."""
    found = []
    for text in texts:
        if text.strip().upper().startswith(_SECRET):
            raise BackupError(
                "is the private half, which must not be on this machine",
                where=where,
                remedy="name the public half (age1…), and take the private one away: it has been seen here",
            )
        try:
            found.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError:
            raise BackupError(
                f"{text.strip()[:80]!r} is no public key of backups",
                where=where,
                remedy="gatepost backup key create FILE, on another machine, prints one: age1…",
            ) from None
    if not found:
        raise BackupError(
            "to whom is it encrypted?",
            where=where,
            remedy="gatepost backup key create FILE, on another machine, prints what to name: age1…",
        )
    return found


def trusted_signers(path: Path) -> TrustedSigners:
    """Those in a file of public keys (PEM): central.pub, or root.pub as gates have it. Raises
    RegistryError.
    """
    keys = read_public_keys(path)
    return TrustedSigners(keys, anchor_of(keys), str(path))
