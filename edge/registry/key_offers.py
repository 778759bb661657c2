"""Seals a site's template key to its gates' own keys, and opens it at a gate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import UNSET

from edge.errors import RegistryError
from edge.registry.format import (
    KEY_BYTES,
    MOST_ENVELOPES,
    BundleRefusal,
    BundleRefused,
    KeyRing,
    Offered,
    TemplateKeyOffer,
    id_of_template_key,
    recipient_id,
)
from edge.signing.cose import CborLimits, decode_value, encode_value
from edge.signing.hpke import SealError, open_sealed_to, seal_to
from edge.support.decoding import Undecodable
from edge.support.files import Durability, read_bounded, write_aside
from edge.support.phrases import phrase

OFFER = "template-key.offer"
"""In an administration's keys and in a centre's folder of a site: what the next versions say of their key."""
_INFO = b"gatepost template key 1: "
_MOST_BYTES = 32 * 1024
_LIMITS = CborLimits(_MOST_BYTES, depth=3, items=64)
_AGAIN = phrase("exchange the template key again: docs/adopting.md")


def offer_of(ring: KeyRing, site: str, recipients: Collection[bytes], now: datetime) -> TemplateKeyOffer:
    """The present key of `ring` for the gates with these public sealing keys (32 bytes each).

    The offer holds until the last of the earlier keys is forgotten. Raises RegistryError.
    """
    if len(recipients) > MOST_ENVELOPES:
        raise RegistryError(
            phrase(
                "%(count)s gates are to get the key, at most %(most)s can",
                count=len(recipients),
                most=MOST_ENVELOPES,
            ),
            where=site,
        )
    name = id_of_template_key(ring.current)
    try:
        envelopes = b"".join(
            recipient_id(key) + seal_to(ring.current, key, _info(site, name), site)
            for key in sorted(recipients)
        )
    except SealError as error:
        raise RegistryError(
            error.said[0], where=phrase("%(site)s: the sealing key of a gate", site=site)
        ) from None
    until = max((item.until for item in ring.earlier), default=now)
    return TemplateKeyOffer(
        name, until, tuple(id_of_template_key(item.key) for item in ring.earlier), envelopes
    )


def key_in(offer: TemplateKeyOffer, site: str, key: X25519PrivateKey) -> bytes | None:
    """The template key that `offer` has for the gate with this sealing `key`; None: it has none.

    Raises BundleRefused where what it has is not the key that it names.
    """
    sealed = offer.envelope_for(recipient_id(key.public_key().public_bytes_raw()))
    if sealed is None:
        return None
    try:
        found = open_sealed_to(sealed, key, _info(site, offer.id), site)
    except SealError as error:
        raise BundleRefused(BundleRefusal.OTHER_KEY, f"the template key in it {error.what}") from None
    if len(found) != KEY_BYTES or id_of_template_key(found) != offer.id:
        raise BundleRefused(BundleRefusal.INVALID, "the template key in it is not the one that it names")
    return found


def read_offer(path: Path) -> Offered:
    """The offer in a file of whoever publishes; unset where there is none. Raises RegistryError."""
    try:
        data = read_bounded(path, _MOST_BYTES)
    except FileNotFoundError:
        return UNSET
    except OSError as error:
        raise RegistryError(error.strerror or str(error), where=str(path)) from None
    try:
        offer: TemplateKeyOffer = decode_value(data, TemplateKeyOffer, _LIMITS)
    except Undecodable as error:
        raise RegistryError(
            phrase("no offer of a template key: %(why)s", why=error), where=str(path), remedy=_AGAIN
        ) from None
    return offer


def write_offer(path: Path, offer: TemplateKeyOffer) -> None:
    """Put an offer in force; raises OSError."""
    write_aside(path, encode_value(offer), durability=Durability.LASTING)


def _info(site: str, name: bytes) -> bytes:
    return _INFO + site.encode() + b"\0" + name
