"""Which sites are to be published although nobody asks: a registry ends, and what has changed waits."""

from __future__ import annotations

from datetime import datetime

from sync.central.configuration import PublishingSection
from sync.central.devices import devices
from sync.central.registry.published import SitePublished
from sync.central.registry.versions import collected_since
from sync.central.store import Store


def due_sites(store: Store, section: PublishingSection, now: datetime) -> tuple[str, ...]:
    """The sites that have changes which no version has, or whose newest version has less than two thirds of
    its time before it. A site that was never published is somebody's to publish first. Raises StoreError.
    """
    with store.reading() as connection:
        changed = frozenset(collected_since(connection))
        sites = [site.id for site in devices.sites(connection)]
    return tuple(site for site in sites if _is_due(section, site, now, changed=site in changed))


def _is_due(section: PublishingSection, site: str, now: datetime, *, changed: bool) -> bool:
    published = SitePublished(section.folder / site)
    versions = published.versions()
    if not versions:
        return False
    newest = published.manifest(versions[-1])
    return changed or now >= newest.issued + (newest.expires - newest.issued) / 3
