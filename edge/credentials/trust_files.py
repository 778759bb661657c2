"""Reads keys as people hand them over: certificates in PEM or DER, JWK sets, directories, public pass keys.

Pure: bytes in, trust out. The type of a file is told by its first bytes, not by its name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from edge.credentials.code import CodeTrust
from edge.credentials.encodings import json_of
from edge.credentials.trust import PassTrust, Revocations, with_card_list
from edge.credentials.trust_lists import (
    CardIssuer,
    CertifiedSigner,
    TrustList,
    card_keys_of,
    from_card_directory,
    from_eu_directory,
    signer_of,
    without_signature_line,
)
from edge.errors import CredentialError
from edge.signing.cose import key_id_of

_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----")
_DER_SEQUENCE = b"\x30"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ED25519_BYTES = 32
_Entry = TypeVar("_Entry")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class TrustBuilder:
    """Collects the keys of one file after another; `site` None accepts passes of any site."""

    def __init__(self, site: str | None = None, revoked_passes: frozenset[str] = frozenset()) -> None:
        self._site = site
        self._revoked_passes = revoked_passes
        self._passes: dict[bytes, bytes] = {}
        self._signers: list[CertifiedSigner] = []
        self._cards: list[CardIssuer] = []
        self._revocations = Revocations()
        self._left_out = 0

    def add(self, data: bytes) -> None:
        """Add all keys in `data`; raises CredentialError where it contains none."""
        data = without_signature_line(data.removeprefix(_BYTE_ORDER_MARK))
        if data.startswith(_DER_SEQUENCE):
            self._add_certificate(data)
        elif b"-----BEGIN " in data:
            self._add_pem(data)
        elif data.lstrip()[:1] in {b"{", b"["}:
            self._add_json(data)
        else:
            raise CredentialError("neither PEM, DER nor JSON")

    def trust(self) -> CodeTrust:
        everything = self.trust_list(0, _NEVER, _NEVER)
        passes = PassTrust(self._site, dict(self._passes), self._revoked_passes)
        return CodeTrust(passes, everything.keys(), self._revocations)

    def trust_list(self, version: int, issued: datetime, expires: datetime) -> TrustList:
        """All issuers of certificates, to be signed."""
        return TrustList(version, issued, expires, tuple(self._signers), tuple(self._cards))

    @property
    def revocations(self) -> Revocations:
        """The revocations in the issuers' own lists."""
        return self._revocations

    @property
    def left_out(self) -> int:
        """How many entries of directories could not be read."""
        return self._left_out

    @property
    def unnamed_issuers(self) -> int:
        """How many keys name no issuer: on a card of theirs any issuer would do."""
        keys = (key for item in self._cards for key in card_keys_of(item.key_set, issuer=item.url or None))
        return sum(key.issuer is None for key in keys)

    def _add_certificate(self, der: bytes, country: str = "") -> None:
        signer_of(der, country=country or None)
        self._signers.append(CertifiedSigner(der, country))

    def _add_pem(self, data: bytes) -> None:
        found = 0
        for match in _PEM.finditer(data):
            if match[1] == b"CERTIFICATE":
                self._add_certificate(_decoded(match[2]))
                found += 1
            elif match[1] == b"PUBLIC KEY":
                self._add_public_key(match[0])
                found += 1
        if not found:
            raise CredentialError("PEM without a certificate or public key")

    def _add_public_key(self, pem: bytes) -> None:
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise CredentialError("a public key that cannot be read") from None
        if not isinstance(key, Ed25519PublicKey):
            raise CredentialError("a public key that is not Ed25519, and names no issuer")
        self._add_pass_key(key.public_bytes_raw())

    def _add_pass_key(self, key: bytes) -> None:
        self._passes[key_id_of(key)] = key

    def _add_json(self, data: bytes) -> None:
        value = json_of(data, list[Any] | dict[str, Any], "JSON")
        if isinstance(value, list) or "certificates" in value:
            self._add_all(from_eu_directory(data), self._add_signer)
        elif "issuerInfo" in value:
            self._add_all(from_card_directory(data), self._add_cards)
        elif "keys" in value:
            self._add_key_set(value)
        elif value.get("method") == "rid":
            self._add_card_revocations(value)
        else:
            raise CredentialError("JSON that is neither key set, directory nor list of revocations")

    def _add_all(self, entries: Iterable[_Entry], add: Callable[[_Entry], bool]) -> None:
        """Add every readable entry of a directory; an unreadable one is counted and skipped."""
        taken = False
        for entry in entries:
            try:
                taken |= add(entry)
            except CredentialError:
                self._left_out += 1
        if not taken:
            raise CredentialError("a directory without a single key that can be used")

    def _add_signer(self, item: CertifiedSigner) -> bool:
        self._add_certificate(item.certificate, item.country)
        return True

    def _add_key_set(self, value: dict[str, Any]) -> None:
        found = self._add_cards(CardIssuer("", {"issuer": value.get("issuer"), "keys": value["keys"]}))
        for key in value["keys"]:
            if key.get("kty") == "OKP" and key.get("crv") == "Ed25519" and isinstance(key.get("x"), str):
                raw = _decoded(key["x"].translate(str.maketrans("-_", "+/")).encode() + b"==")
                if len(raw) != _ED25519_BYTES:
                    raise CredentialError("an Ed25519 key that has not 32 bytes")
                self._add_pass_key(raw)
                found = True
        if not found:
            raise CredentialError("a key set without a key that signs cards (ES256) or passes (Ed25519)")

    def _add_cards(self, issuer: CardIssuer) -> bool:
        """Whether there was any key for cards in it."""
        found = bool(card_keys_of(issuer.key_set, issuer=issuer.url or None))
        if found:
            self._cards.append(issuer)
        return found

    def _add_card_revocations(self, value: dict[str, Any]) -> None:
        """A SMART Health Card issuer's revocation list (`/.well-known/crl/<kid>.json`)."""
        self._revocations = with_card_list(self._revocations, value)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        raise CredentialError("not base64") from None
