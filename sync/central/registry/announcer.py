"""Reads what was published: the announcements for the gates of a site, and the chunks that they ask for.

All of it, roots included, is read from disk each time: another process publishes, and a key may have been
replaced since this one started. It needs no key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from edge.errors import ConfigurationError
from edge.registry.format import MOST_CHAIN_BYTES, roots_part, signed_part, split_chain
from edge.support.files import read_bounded
from edge.support.phrases import phrase
from sync.central.configuration import PublishingSection
from sync.central.registry.lists import SiteLists
from sync.central.registry.published import SitePublished
from sync.wire import (
    Announcement,
    RegistryChunk,
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    RegistryWant,
)


class RegistryAnnouncer:
    """Reads the registries of all sites in `folder`; `roots` reads the chain that was adopted last: it goes
    out before anything is published under it.
    """

    def __init__(self, folder: Path, roots: Callable[[], bytes]) -> None:
        self._folder = folder
        self._roots = roots

    def announcements(self, site: str) -> tuple[Announcement, ...]:
        """The announcements for every gate of `site`, in order. Raises GatepostError if they cannot be
        read.
        """
        published = SitePublished(self._folder / site)
        urgent, versions = published.urgent_revocations(), published.versions()
        chains = [published.roots()] if versions else []
        if urgent is not None:
            chains.append(roots_part(urgent))
        newest = max((*chains, self._roots()), key=lambda chain: len(split_chain(chain)))
        lists = SiteLists(self._folder / site).offered()
        return (
            RegistryRoot(newest),
            *(() if urgent is None else (RegistryUrgent(signed_part(urgent)),)),
            *(() if lists is None else (lists,)),
            *((RegistryManifest(published.signed(versions[-1])),) if versions else ()),
        )

    def chunks(self, site: str, want: RegistryWant) -> Iterator[RegistryChunk]:
        """Yield the chunks that a gate of `site` asks for, out of what was published for that site only."""
        published, lists = SitePublished(self._folder / site), SiteLists(self._folder / site)
        for index in want.chunks:
            data = published.chunk(want.object, index) or lists.chunk(want.object, index)
            if data:
                yield RegistryChunk(want.object, index, data)


def announcer_of(section: PublishingSection) -> RegistryAnnouncer:
    """The announcer that central.toml describes."""
    return RegistryAnnouncer(section.folder, partial(roots_of, section))


def roots_of(section: PublishingSection) -> bytes:
    """Read the chain of roots from its file. Raises ConfigurationError."""
    try:
        return read_bounded(section.roots, MOST_CHAIN_BYTES)
    except OSError as error:
        raise ConfigurationError(
            error.strerror or str(error), where=str(section.roots), remedy=phrase("gatepost root makes it")
        ) from None
