"""Roots in the hands of several people: drafted where the keys of machines are, signed one after the other
where each root key lies, adopted when enough have signed.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.admin.publishing import publish
from edge.errors import ConfigurationError, CredentialError
from edge.registry.format import (
    MOST_CHAIN_BYTES,
    MOST_ROOT_BYTES,
    ROOT_CONTEXT,
    Anchor,
    BundleRefused,
    Root,
    decode_root,
    encode_root,
    join_chain,
    split_chain,
    walk,
)
from edge.registry.keys import read_public_keys
from edge.signing.cose import multisig
from edge.signing.key_files import make_private_key, public_pem
from edge.support.files import read_bounded

_MOST_DRAFT_BYTES = 2 * MOST_ROOT_BYTES


def make_key(path: Path) -> Path:
    """A new private key at `path`, its public half beside it (.pub); raises RegistryError where it exists."""
    key = make_private_key(path)
    public = path.with_suffix(".pub")
    publish(public, public_pem(key.public_key()))
    return public


def chain_at(path: Path) -> bytes:
    """The chain of roots so far; empty where there is none yet. Raises ConfigurationError."""
    try:
        return read_bounded(path, MOST_CHAIN_BYTES) if path.exists() else b""
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path)) from None


def draft(
    chain: bytes,
    expires: datetime,
    *,
    root: list[Path],
    registry: list[Path],
    policy: list[Path],
    command: list[Path],
    acknowledgement: list[Path],
    sites: tuple[str, ...] = (),
    threshold: int = 0,
) -> bytes:
    """The root after those in `chain`, unsigned; more than half of its keys make the next one by default.

    Raises ConfigurationError for one that nobody would believe, however many keys sign it.
    """
    root_keys = _keys(root)
    value = Root(
        version=len(split_chain(chain)) + 1,
        expires=expires,
        threshold=threshold or len(root_keys) // 2 + 1,
        root_keys=root_keys,
        registry_keys=_keys(registry),
        policy_keys=_keys(policy),
        command_keys=_keys(command),
        acknowledgement_keys=_keys(acknowledgement),
        sites=sites,
    )
    try:
        payload = encode_root(value)
    except ValueError as error:
        raise ConfigurationError(str(error), where="the draft", remedy="draft it anew") from None
    _refuse_impossible(payload)
    return multisig.encode(multisig.MultiSigned(payload, {}))


def signed_by(document: bytes, key: Ed25519PrivateKey) -> bytes:
    """A draft with one more signature; raises ConfigurationError where there is no possible root."""
    draft = _read(document)
    _refuse_impossible(draft.payload)
    return multisig.encode(multisig.signed_also(draft, key, context=ROOT_CONTEXT))


def adopted(chain: bytes, document: bytes, anchor: Anchor) -> tuple[bytes, Root]:
    """The chain with one more root, if enough keys have signed it; raises BundleRefused."""
    longer = join_chain((*split_chain(chain), document))
    return longer, walk(longer, anchor)


def signatures_in(document: bytes) -> int:
    return len(_read(document).signatures)


def root_in(document: bytes) -> Root:
    """What a draft says, whoever has signed it; raises ConfigurationError where there is no possible root."""
    payload = _read(document).payload
    _refuse_impossible(payload)
    return decode_root(payload)


def document_at(path: Path) -> bytes:
    try:
        return read_bounded(path, _MOST_DRAFT_BYTES)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path)) from None


def _read(document: bytes) -> multisig.MultiSigned:
    try:
        return multisig.parse(document, most_payload_bytes=MOST_ROOT_BYTES)
    except CredentialError as error:
        raise ConfigurationError(
            f"not a draft of a root: {error.what}", where="the draft", remedy="gatepost root draft makes one"
        ) from None


def _refuse_impossible(payload: bytes) -> None:
    try:
        decode_root(payload)
    except BundleRefused as error:
        raise ConfigurationError(error.what, where="the draft", remedy="draft it anew") from None


def _keys(paths: list[Path]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(key for path in paths for key in read_public_keys(path)))
