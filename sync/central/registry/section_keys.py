"""What a centre publishes by, as central.toml says: the keys and the publisher."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_bytes

from edge.registry.format import KeyRing, id_of_seal_key, in_force
from edge.registry.key_offers import OFFER, read_offer
from edge.registry.keys import SEAL_KEY, read_anchor, read_seal_keys
from edge.signing.key_files import read_private_key
from sync.central.configuration import PublishingSection
from sync.central.registry.announcer import roots_of
from sync.central.registry.publisher import Publisher, PublishingKeys


def publisher_of(section: PublishingSection, entropy: Callable[[int], bytes] = token_bytes) -> Publisher:
    """The publisher that central.toml describes. Raises GatepostError if a key cannot be read."""
    return Publisher(section.folder, keys_of(section), entropy)


def keys_of(section: PublishingSection) -> PublishingKeys:
    """The keys by which central.toml publishes. Raises GatepostError if one cannot be read."""
    return PublishingKeys(
        read_anchor(section.root_key),
        roots_of(section),
        read_private_key(section.registry_key),
        read_private_key(section.policy_key),
        lambda site: seal_keys_of(section, site).current,
        lambda site: seal_keys_of(section, site).every[1:],
        lambda site: read_offer(section.sites / site / OFFER),
    )


def seal_keys_of(section: PublishingSection, site: str) -> KeyRing:
    """The seal keys of a site, the one in force first. Raises GatepostError if they cannot be read."""
    folder = section.sites / site
    return in_force(read_seal_keys(folder / SEAL_KEY), read_offer(folder / OFFER), id_of_seal_key)
