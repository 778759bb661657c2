"""The site's lists of certificate issuers and of revocations: kept as given, signed for the gates.

In the site's folder, `lists/sources/` holds the files that were imported and `lists/revoked` the hashes of
revoked certificates, one a line. What is published lies beside the registry.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from edge.admin.publishing import publish
from edge.admin.site_admin import SiteAdmin
from edge.credentials.certificates import LINK_DIGITS, uvci_of
from edge.credentials.code import CodeTrust
from edge.credentials.trust import PassTrust, Revocations, delta_between, hash_of, revocations, updated
from edge.credentials.trust_files import TrustBuilder
from edge.credentials.trust_lists import (
    MOST_LIST_BYTES,
    MOST_SIGNED_LIST_BYTES,
    SignedRevocations,
    TrustList,
    hold_revocations,
    sign_revocations,
    sign_trust_list,
)
from edge.errors import ConfigurationError, CredentialError, RegistryError
from edge.registry.lists import CHANGES, ISSUERS, REVOCATIONS, changes_name
from edge.signing.cose import key_id_of
from edge.signing.key_files import raw_public
from edge.support.files import read_bounded

LIST_LIFETIME = timedelta(days=7)
_MOST_SOURCE_BYTES = 32 << 20
_MOST_REVOKED_BYTES = 32 << 20
_KEPT_CHANGES = 20
"""How many changes stay published: a gate that missed more takes the whole list."""
_HASH = re.compile(r"[0-9a-f]{16}")
_LINK = re.compile(rf"[0-9a-f]{{{LINK_DIGITS}}}")


@dataclass(frozen=True)
class PublishedLists:
    """What was published: versions and numbers. `changed` is the size of the change in bytes."""

    issuers_version: int
    issuers: int
    revocations_version: int
    revoked: int
    changed: int


@dataclass(frozen=True)
class ImportedList:
    """An imported file: its name here, and how many of its entries could not be read."""

    name: str
    left_out: int


class IssuerListAdmin:
    """The lists of one site."""

    def __init__(self, admin: SiteAdmin) -> None:
        self._admin = admin
        self._sources = admin.folder / "lists" / "sources"
        self._revoked = admin.folder / "lists" / "revoked"
        self._published = admin.bundle.parent / "lists"

    def sources(self) -> list[Path]:
        return sorted(self._sources.glob("*")) if self._sources.is_dir() else []

    def add(self, path: Path) -> ImportedList:
        """Keep a file that holds issuers or an issuer's revocations.

        Raises CredentialError for a file without any, or with keys that belong to no issuer.
        """
        try:
            data = read_bounded(path, _MOST_SOURCE_BYTES)
        except OSError as error:
            raise ConfigurationError(error.strerror or str(error), where=str(path)) from None
        builder = TrustBuilder()
        try:
            builder.add(data)
        except CredentialError as error:
            raise CredentialError(error.what, where=str(path), remedy=error.remedy) from None
        if builder.unnamed_issuers:
            raise CredentialError(
                "has keys that name no issuer: any issuer could be put on their cards",
                where=str(path),
                remedy='add the member "issuer" (its URL), or import a directory that names it',
            )
        name = f"{path.stem[:40]}-{hashlib.sha256(data).hexdigest()[:8]}{path.suffix[:8]}"
        publish(self._sources / name, data)
        return ImportedList(name, builder.left_out)

    def remove(self, name: str) -> None:
        """Stop trusting the issuers of a file; raises ConfigurationError where there is no such file."""
        found = [path for path in self.sources() if path.name == name]
        if not found:
            raise ConfigurationError(f"there is no list {name!r}", remedy="gatepost trust list shows them")
        found[0].unlink()

    def revoke(self, identifiers: Iterable[str]) -> int:
        """Revoke certificates by id (UVCI) or by hash; returns how many were not yet revoked.

        Raises CredentialError for anything else: then none is revoked.
        """
        held = self._hashes()
        more = {_hash(identifier) for identifier in identifiers} - held
        text = "".join(f"{value:016x}\n" for value in sorted(held | more))
        publish(self._revoked, text.encode())
        return len(more)

    def trust(self) -> CodeTrust:
        """Whom this site believes now, published or not; passes are its own."""
        public = raw_public(self._admin.keys.passes.public_key())
        revoked = frozenset(item.id for item in self._admin.store.passes() if item.revoked)
        passes = PassTrust(self._admin.site.id, {key_id_of(public): public}, revoked)
        builder = self._builder()
        issuers = builder.trust().issuers
        return CodeTrust(passes, issuers, self._revocations(builder, 0))

    def publish(self, now: datetime, lifetime: timedelta) -> PublishedLists:
        """Sign both lists under their next versions, and the change of the revocations since the last."""
        builder, key = self._builder(), self._admin.keys.lists
        issuers = builder.trust_list(self._admin.store.next_number("issuers list"), now, now + lifetime)
        signed = sign_trust_list(issuers, key)
        _refuse_if_large(signed, "the list of issuers")
        before = self._last_published()
        after = self._revocations(builder, self._admin.store.next_number("revocations list"))
        whole = self._signed(Revocations(), after, now, lifetime)
        _refuse_if_large(whole, "the list of revocations")
        change = self._signed(before, after, now, lifetime)
        publish(self._published / ISSUERS, signed)
        if before.version:
            publish(self._published / changes_name(after.version), change)
        publish(self._published / REVOCATIONS, whole)
        for old in sorted(self._published.glob(CHANGES))[:-_KEPT_CHANGES]:
            old.unlink()
        return PublishedLists(
            issuers.version, _issuers(issuers), after.version, len(after.hashes), len(change)
        )

    def _signed(self, old: Revocations, new: Revocations, now: datetime, lifetime: timedelta) -> bytes:
        contents = SignedRevocations(now, now + lifetime, delta_between(old, new))
        return sign_revocations(contents, self._admin.keys.lists)

    def _revocations(self, builder: TrustBuilder, version: int) -> Revocations:
        listed = builder.revocations
        return revocations(
            {*self._hashes(), *listed.hashes}, version=version, cards_before=listed.cards_before
        )

    def _builder(self) -> TrustBuilder:
        builder = TrustBuilder()
        for path in self.sources():
            builder.add(read_bounded(path, _MOST_SOURCE_BYTES))
        return builder

    def _last_published(self) -> Revocations:
        """What the gates hold that followed us; nothing where it was never published, or is damaged."""
        public = raw_public(self._admin.keys.lists.public_key())
        try:
            data = read_bounded(self._published / REVOCATIONS, MOST_SIGNED_LIST_BYTES)
            held = hold_revocations(data, {key_id_of(public): public})
            return updated(Revocations(), held.delta)
        except (OSError, CredentialError):
            return Revocations()

    def _hashes(self) -> set[int]:
        try:
            lines = read_bounded(self._revoked, _MOST_REVOKED_BYTES).decode("ascii").split()
        except FileNotFoundError:
            return set()
        except (OSError, UnicodeDecodeError) as error:
            raise RegistryError(str(error), where=str(self._revoked)) from None
        damaged = [line for line in lines if not _HASH.fullmatch(line)]
        if damaged:
            raise RegistryError(
                f"{len(damaged)} lines that are not hashes of 16 digits",
                where=str(self._revoked),
                remedy="put the file back from a copy: what it revoked would count again",
            )
        return {int(line, 16) for line in lines}


def _hash(identifier: str) -> int:
    if _HASH.fullmatch(identifier):
        return int(identifier, 16)
    if _LINK.fullmatch(identifier):
        raise CredentialError(
            "the name of a link, which cannot be revoked",
            where=identifier,
            remedy="give the certificate's UVCI, or the hash that the journal names as its pass",
        )
    return hash_of(uvci_of(identifier))


def _issuers(contents: TrustList) -> int:
    return len(contents.signers) + len(contents.card_issuers)


def _refuse_if_large(data: bytes, name: str) -> None:
    if len(data) > MOST_LIST_BYTES:
        raise RegistryError(
            f"{name} has {len(data)} bytes, more than the {MOST_LIST_BYTES} that a gate reads"
        )
