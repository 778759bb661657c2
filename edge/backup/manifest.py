"""What a backup says of itself: each entry with its size and SHA-256, whose it is and from when; who signs
it.

An age file says nothing of who wrote it: anyone who knows the recipient can make one. So the manifest is
signed, by a key that gates know, and read back only under that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.backup.errors import BackupError
from edge.errors import CredentialError
from edge.registry.format import MOST_CHAIN_BYTES, Anchor, BundleRefused, walk
from edge.signing.cose import key_id_of, sign1
from edge.support.decoding import Undecodable, json_of

FORM = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
MOST_ENTRIES = 2_000_000
MOST_MANIFEST_BYTES = 512 << 20
MOST_SIGNATURE_BYTES = 256
_CONTEXT = b"gatepost backup 1"

_WORD = r"[A-Za-z0-9_][A-Za-z0-9._@+=-]*"
Name = Annotated[str, Meta(pattern=rf"\A{_WORD}(/{_WORD})*\Z", max_length=240)]
"""Where an entry lies in a backup: no name leads out of the folder that it is put back into."""


class BackupEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file, or a part of a stream. `mode` are its permissions, as it is put back."""

    name: Name
    size: Annotated[int, Meta(ge=0, le=1 << 40)]
    sha256: Annotated[bytes, Meta(min_length=32, max_length=32)]
    mode: Annotated[int, Meta(ge=0, le=0o777)] = 0o600


class BackupManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`kind` says who reads it back ("site" or "centre"), `of` whose it is (the sites), `software` what
    wrote it. `made_at` is in microseconds since 1970 UTC: from then on nothing is in it. `about` is what
    the kind needs besides: versions, marks, where things lay. `roots` is the chain of roots, by which
    gates' root.pub tells whether they would believe the key that signs.
    """

    kind: Annotated[str, Meta(pattern=r"\A(site|centre)\Z")]
    of: Annotated[tuple[str, ...], Meta(max_length=100_000)]
    made_at: int
    software: Annotated[str, Meta(max_length=64)]
    about: msgspec.Raw
    entries: Annotated[tuple[BackupEntry, ...], Meta(max_length=MOST_ENTRIES)]
    roots: Annotated[bytes, Meta(max_length=MOST_CHAIN_BYTES)] = b""
    form: int = FORM


@dataclass(frozen=True)
class TrustedSigners:
    """Whose signature counts: the raw public keys in a file, and those that a root by them names."""

    keys: tuple[bytes, ...]
    anchor: Anchor
    where: str = ""


def signed(data: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature over a manifest's bytes: a Sign1 of their SHA-256."""
    return sign1.sign(hashlib.sha256(data).digest(), key, context=_CONTEXT)


def signer_in(signature: bytes) -> bytes:
    """The id of the key that says it signed; nothing is verified. Raises BackupError."""
    return _parsed(signature).key_id


def verified(data: bytes, signature: bytes, trusted: TrustedSigners | None) -> BackupManifest:
    """The manifest, if one of `trusted` signed it; without them whoever did. Raises BackupError."""
    message = _parsed(signature)
    if message.payload != hashlib.sha256(data).digest():
        raise BackupError("was altered: its manifest is not what was signed", remedy=_ANOTHER)
    try:
        manifest = json_of(data, BackupManifest)
    except Undecodable as error:
        raise _unreadable(data, str(error)) from None
    if manifest.form != FORM:
        raise _unreadable(data, f"form {manifest.form}")
    if trusted is not None:
        _refuse_others(message, manifest, trusted)
    return manifest


def encoded(manifest: BackupManifest) -> bytes:
    return msgspec.json.encode(manifest)


_ANOTHER = "take another backup; gatepost … backup verify says whether one is good"


def _unreadable(data: bytes, why: str) -> BackupError:
    form = _form_of(data)
    if form is not None and form > FORM:
        return BackupError(
            f"is of form {form}, this Gatepost knows {FORM}",
            remedy="install the Gatepost that made it, or a newer one",
        )
    return BackupError(f"its manifest cannot be read: {why}", remedy=_ANOTHER)


class _Form(msgspec.Struct):
    form: int


def _form_of(data: bytes) -> int | None:
    try:
        return json_of(data, _Form).form
    except Undecodable:
        return None


def _refuse_others(message: sign1.SignedMessage, manifest: BackupManifest, trusted: TrustedSigners) -> None:
    for key in (*trusted.keys, *_named_by_root(manifest.roots, trusted.anchor)):
        if key_id_of(key) == message.key_id and _is_by(message, key):
            return
    raise BackupError(
        f"is signed by key {message.key_id.hex()}, which nobody here vouches for: it is of another "
        "centre or site, or somebody made it up",
        where=trusted.where,
        remedy="name the key that gates hold: --signed-by central.pub, or root.pub",
    )


def _named_by_root(roots: bytes, anchor: Anchor) -> tuple[bytes, ...]:
    """The keys that sign for machines, by the newest root of the chain; none where `anchor` does not begin
    it.
    """
    if not roots:
        return ()
    try:
        root = walk(roots, anchor)
    except BundleRefused:
        return ()
    return (*root.acknowledgement_keys, *root.registry_keys)


def _is_by(message: sign1.SignedMessage, key: bytes) -> bool:
    check: Callable[..., bytes] = sign1.verified
    try:
        check(message, key, context=_CONTEXT)
    except CredentialError:
        return False
    return True


def _parsed(signature: bytes) -> sign1.SignedMessage:
    try:
        return sign1.parse(signature, most_payload_bytes=32)
    except CredentialError as error:
        raise BackupError(f"its signature cannot be read: {error.what}", remedy=_ANOTHER) from None
