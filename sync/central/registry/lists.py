"""The lists about health certificates that are published for a site, beside its registry.

They are signed elsewhere, by a list key that the site's registry names; central holds no such key.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from edge.credentials.trust import MOST_SIGNED_LIST_BYTES, Keys, verify_revocations, verify_trust_list
from edge.decision import ClockTrust, WallTime
from edge.errors import CredentialError, RegistryError
from edge.registry.format import CHUNK_BYTES, blob_of
from edge.registry.lists import ISSUERS, REVOCATIONS, changes_name
from edge.signing.cose import CborLimits, decode_value, encode_value
from edge.support.decoding import Undecodable
from edge.support.files import Durability, make_folder, read_bounded, write_aside
from sync.wire import MOST_ANNOUNCED_BYTES, ListOffer, RegistryLists

KEPT_CHANGES = 20
"""Changes of the revocations that stay on offer: a gate that missed more fetches the whole list."""
_LIMITS = CborLimits(MOST_ANNOUNCED_BYTES, depth=5, items=1_024)


class SiteLists:
    """The lists of one site, in its folder of what is published. Methods raise RegistryError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "lists"

    def offered(self) -> RegistryLists | None:
        """What gates are told; None: there are no lists."""
        path = self._folder / "offered"
        try:
            found: RegistryLists = decode_value(
                read_bounded(path, MOST_ANNOUNCED_BYTES), RegistryLists, _LIMITS
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RegistryError(error.strerror or str(error), where=str(path)) from None
        except Undecodable as error:
            raise RegistryError(str(error), where=str(path), remedy="put the lists again") from None
        return found

    def chunk(self, sha256: bytes, index: int) -> bytes:
        """A chunk of a list; empty if there is no such list or chunk."""
        try:
            with (self._folder / sha256.hex()).open("rb") as file:
                file.seek(index * CHUNK_BYTES)
                return file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return b""

    def put(self, files: Collection[bytes], keys: Keys, now: datetime) -> RegistryLists:
        """Publish lists, each verified as a gate verifies it; versions only rise.

        Raises CredentialError for one that a gate would refuse: then none is published.
        """
        before = self.offered()
        offers = {offer.name: offer for offer in (() if before is None else before.lists)}
        arrived = [(offer_of(data, keys, now), data) for data in files]
        for offer, _ in arrived:
            held = offers.get(offer.name)
            if held is not None and offer.sha256 != held.sha256 and offer.version <= held.version:
                raise CredentialError(
                    f"version {offer.version} is not newer than {held.version}, which is published",
                    where=offer.name,
                )
            offers[offer.name] = offer
        lists = RegistryLists(_in_force(offers))
        try:
            make_folder(self._folder)
            for offer, data in arrived:
                write_aside(self._folder / offer.sha256.hex(), data, durability=Durability.WHOLE)
            write_aside(self._folder / "offered", encode_value(lists), durability=Durability.LASTING)
            self._remove_all_but(lists)
        except OSError as error:
            raise RegistryError(
                f"could not be written: {error.strerror}", where=str(error.filename)
            ) from None
        return lists

    def _remove_all_but(self, lists: RegistryLists) -> None:
        named = {"offered", *(offer.sha256.hex() for offer in lists.lists)}
        for path in self._folder.iterdir():
            if path.name not in named:
                path.unlink()


def offer_of(data: bytes, keys: Keys, now: datetime) -> ListOffer:
    """The offer of a signed list, by what it is; raises CredentialError where a gate would refuse it."""
    if len(data) > MOST_SIGNED_LIST_BYTES:
        raise CredentialError(
            f"has {len(data)} bytes, more than the {MOST_SIGNED_LIST_BYTES} that a gate reads"
        )
    wall = WallTime(now, ClockTrust.TRUSTED)
    try:
        issuers = verify_trust_list(data, keys, wall, 0)
    except CredentialError as refused:
        try:
            delta = verify_revocations(data, keys, wall).delta
        except CredentialError:
            raise refused from None
        name = changes_name(delta.version) if delta.base else REVOCATIONS
        return _offer(name, delta.version, delta.base, data)
    return _offer(ISSUERS, issuers.version, 0, data)


def _offer(name: str, version: int, base: int, data: bytes) -> ListOffer:
    blob = blob_of(data)
    return ListOffer(name, version, base, blob.sha256, blob.size, blob.chunks)


def _in_force(offers: dict[str, ListOffer]) -> tuple[ListOffer, ...]:
    """The whole lists, and the newest changes that lead to the newest revocations."""
    whole = offers.get(REVOCATIONS)
    changes = sorted((offer for offer in offers.values() if offer.base), key=lambda offer: offer.version)
    newest = (
        changes[-KEPT_CHANGES:] if whole is None or (changes and changes[-1].version >= whole.version) else []
    )
    kept = [offer for offer in (offers.get(ISSUERS), whole) if offer is not None]
    return (*kept, *newest)
