"""How a site's template key stands at a centre: what is in force, and which gates read it.

Central has seal keys and the offer that its versions carry, never a template key.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from edge.registry.format import (
    KeyRing,
    Offered,
    TemplateKeyOffer,
    id_of_seal_key,
    in_force,
    recipient_id,
    seal_ring_of,
)
from edge.registry.key_offers import OFFER, read_offer, write_offer
from edge.registry.keys import SEAL_KEY, key_ring_file, read_seal_keys
from edge.support.files import Durability, write_aside
from sync.central.configuration import PublishingSection
from sync.central.registry.published import SitePublished
from sync.central.tables import device, in_service


@dataclass(frozen=True)
class GateKey:
    """Whether a gate reads the key in force: it holds `version`; `given`: the key is sealed to it."""

    device: str
    version: int
    last_seen: int | None
    reads: bool
    given: bool


@dataclass(frozen=True)
class CentreKeyStanding:
    """How a site's template key stands: `earlier` are still read `until` then; `since` is the first version
    that carries it, 0: none does. `gates` are those in service.
    """

    key: str
    earlier: tuple[str, ...]
    until: datetime | None
    since: int
    gates: tuple[GateKey, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The gates that have not said that they read it."""
        return tuple(gate.device for gate in self.gates if not gate.reads)


def standing_at_centre(
    connection: sa.Connection, section: PublishingSection, site: str, given: dict[str, bytes] | None = None
) -> CentreKeyStanding:
    """How the template key of `site` stands. `given` are the sealing keys of devices, where they are known.
    Raises GatepostError.
    """
    folder = section.sites / site
    offered = read_offer(folder / OFFER)
    ring = in_force(read_seal_keys(folder / SEAL_KEY), offered, id_of_seal_key)
    since = 0 if offered is UNSET else _first_with(SitePublished(section.folder / site), offered.id)
    return CentreKeyStanding(
        id_of_seal_key(ring.current).hex(),
        tuple(id_of_seal_key(item.key).hex() for item in ring.earlier),
        None if offered is UNSET or not ring.earlier else offered.until,
        since,
        tuple(_gates(connection, site, offered, since, given or {})),
    )


def put_in_force(section: PublishingSection, site: str, keys: KeyRing, offer: TemplateKeyOffer) -> None:
    """Publish by the newest of these template keys from now on: seal keys first, then the offer that names
    the one in force. Raises OSError.
    """
    folder = section.sites / site
    ring = key_ring_file(seal_ring_of(keys))
    write_aside(folder / SEAL_KEY, ring, durability=Durability.LASTING)
    write_offer(folder / OFFER, offer)


def is_in_force(section: PublishingSection, site: str, offered_id: bytes) -> bool:
    """Whether versions of `site` carry the key with this id. Raises GatepostError."""
    offered = read_offer(section.sites / site / OFFER)
    return offered is not UNSET and offered.id == offered_id


def is_published(section: PublishingSection, site: str) -> bool:
    """Whether the newest version says what is in force. Raises GatepostError."""
    published = SitePublished(section.folder / site)
    versions = published.versions()
    offered = read_offer(section.sites / site / OFFER)
    return bool(versions) and published.manifest(versions[-1]).template_key == offered


def end_earlier(section: PublishingSection, site: str) -> TemplateKeyOffer | None:
    """Let the next versions name no earlier key; None where none was exchanged. Raises GatepostError."""
    path = section.sites / site / OFFER
    offered = read_offer(path)
    if offered is UNSET:
        return None
    done = msgspec.structs.replace(offered, earlier=())
    if done != offered:
        write_offer(path, done)
    return done


def forget_earlier(section: PublishingSection, site: str, version: int, keys: KeyRing) -> None:
    """Erase what only the earlier keys open: the versions before this one, then those seal keys. Raises
    GatepostError, OSError.
    """
    published = SitePublished(section.folder / site)
    with published.lock():
        published.keep_from(version)
    ring = key_ring_file(seal_ring_of(keys).without_earlier())
    write_aside(section.sites / site / SEAL_KEY, ring, durability=Durability.LASTING)


def devices_of(connection: sa.Connection, site: str) -> frozenset[str]:
    """The devices in service of a site."""
    query = sa.select(device.c.id).where(device.c.site == site, in_service)
    return frozenset(connection.execute(query).scalars())


def _first_with(published: SitePublished, offered_id: bytes) -> int:
    """The first of the versions that are kept, each with this key, up to the newest; 0: none has it."""
    first = 0
    for version in reversed(published.versions()):
        offered: Offered = published.manifest(version).template_key
        if offered is UNSET or offered.id != offered_id:
            break
        first = version
    return first


def _gates(
    connection: sa.Connection, site: str, offered: Offered, since: int, given: dict[str, bytes]
) -> list[GateKey]:
    reached: Collection[bytes] = () if offered is UNSET else offered.recipients
    query = sa.select(device.c.id, device.c.registry_version, device.c.last_seen)
    rows = connection.execute(query.where(device.c.site == site, in_service).order_by(device.c.id))
    return [
        GateKey(
            row.id,
            row.registry_version or 0,
            row.last_seen,
            reads=offered is UNSET or bool(since and (row.registry_version or 0) >= since),
            given=row.id in given and recipient_id(given[row.id]) in reached,
        )
        for row in rows
    ]
