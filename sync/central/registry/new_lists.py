"""Puts new lists about health certificates on offer: each is verified as a gate verifies it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from edge.credentials.trust_lists import MOST_SIGNED_LIST_BYTES, Keys, verify_revocations, verify_trust_list
from edge.decision import ClockTrust, WallTime
from edge.errors import CredentialError
from edge.registry.format import blob_of
from edge.registry.lists import ISSUERS, REVOCATIONS, changes_name
from sync.central.registry.lists import SiteLists
from sync.wire import ListOffer, RegistryLists

KEPT_CHANGES = 20
"""Changes of the revocations that stay on offer: a gate that missed more fetches the whole list."""


def put_lists(lists: SiteLists, files: Mapping[str, bytes], keys: Keys, now: datetime) -> RegistryLists:
    """Publish `files`, by their names, among the `lists` of a site; versions only rise.

    Raises CredentialError for one that a gate would refuse: then none is published. Raises RegistryError.
    """
    before = lists.offered()
    offers = {offer.name: offer for offer in (() if before is None else before.lists)}
    arrived = [(_offered(name, data, keys, now), data) for name, data in files.items()]
    for offer, _ in arrived:
        held = offers.get(offer.name)
        if held is not None and offer.sha256 != held.sha256 and offer.version <= held.version:
            raise CredentialError(
                f"version {offer.version} is not newer than {held.version}, which is published",
                where=offer.name,
            )
        offers[offer.name] = offer
    found = RegistryLists(_in_force(offers))
    lists.replace(found, {offer.sha256: data for offer, data in arrived})
    return found


def _offered(name: str, data: bytes, keys: Keys, now: datetime) -> ListOffer:
    try:
        return offer_of(data, keys, now)
    except CredentialError as error:
        raise CredentialError(error.what, where=name, remedy=error.remedy) from None


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
