"""The publisher as a part of central: announces what is new to each gate, answers what gates ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import GatepostError
from sync.central.registry.announcer import RegistryAnnouncer
from sync.dispatch.core import FairQueue
from sync.dispatch.handler import BaseConversation
from sync.wire import (
    MOST_CHUNKS_WANTED,
    Announcement,
    Channel,
    ReceivedMessage,
    RegistryWant,
    SealedMessage,
    fingerprint,
    seal_message,
)

LOOK_EVERY = 2.0
"""Seconds between two looks for what is to be announced."""
_AT_ONCE = 50
"""Devices that are told, and that are answered, in one turn: a fleet of thousands is told over some turns."""
_PIECES_AT_ONCE = 64
_OF_ONE = 8


class PublisherHandler:
    """`sites` says at which site each device in service stands; `key` is central's message key."""

    channels = frozenset({Channel.REGISTRY_WANT})

    def __init__(
        self, announcer: RegistryAnnouncer, sites: Callable[[], Mapping[str, str]], key: Ed25519PrivateKey
    ) -> None:
        self._announcer = announcer
        self._sites = KnownSites(sites)
        self._key = key

    def open_conversation(self, now: float) -> PublisherConversation:
        return PublisherConversation(self._announcer, self._sites, self._key, now)


class KnownSites:
    """At which site each device stands, as the database says, or as it said last where it is away."""

    def __init__(self, sites: Callable[[], Mapping[str, str]]) -> None:
        self._sites = sites
        self._at: Mapping[str, str] = {}
        self._log = structlog.get_logger("central.registry")

    def __call__(self) -> Mapping[str, str]:
        try:
            self._at = self._sites()
        except GatepostError as error:
            self._log.warning("sites_not_read", error=str(error))
        return self._at


class PublisherConversation(BaseConversation):
    """What was announced and asked for on one link.

    A broker keeps none of it: at the beginning of a link everybody is told, later who asks or has news.
    """

    def __init__(
        self, announcer: RegistryAnnouncer, sites: KnownSites, key: Ed25519PrivateKey, now: float
    ) -> None:
        self._announcer = announcer
        self._known_sites = sites
        self._key = key
        self._told: dict[str, tuple[Announcement, ...]] = {}
        self._to_tell: dict[str, None] = {}
        self._asking: FairQueue[bytes] = FairQueue(1)
        self._wanted: FairQueue[tuple[bytes, int]] = FairQueue(MOST_CHUNKS_WANTED)
        self._news: dict[str, tuple[Announcement, ...]] = {}
        self._complaints: dict[str, str] = {}
        self._look_at = now
        self._log = structlog.get_logger("central.registry")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:
        """What is wanted waits, each piece once, as many of one device as one want may hold, and one question
        of what is newest: a fleet asks for more than a link takes, and who asks for too much asks again.
        """
        for item in messages:
            if isinstance(item.message, RegistryWant):
                wanted = item.message
                if wanted.chunks:
                    self._wanted.offer(item.device, ((wanted.object, index) for index in wanted.chunks))
                else:
                    self._asking.offer(item.device, (wanted.object,))
        return self.due_messages(now)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            self._look()
        yield from self._told_what_is_newest()
        yield from self._announced()
        yield from self._answered()

    def _told_what_is_newest(self) -> Iterator[SealedMessage]:
        """To each who asked: what it does not know, or the last of what it knows, so that it has an answer.

        Who stands at no site, or at one that cannot be read, is told once that is mended.
        """
        for device, known in self._asking.next_items(_AT_ONCE, 1):
            news = self._news.get(device, ())
            for announcement in news[-1:] if known == fingerprint(news) else news:
                yield seal_message(announcement, device, self._key)
            if news:
                self._has_been_told(device, news)

    def _has_been_told(self, device: str, news: tuple[Announcement, ...]) -> None:
        self._told[device] = news
        self._to_tell.pop(device, None)

    def _answered(self) -> Iterator[SealedMessage]:
        """The next pieces, one for each device by turns."""
        sites = self._known_sites() if self._wanted else {}
        for device, (name, index) in self._wanted.next_items(_PIECES_AT_ONCE, _OF_ONE):
            if device in sites:
                for chunk in self._announcer.answer(sites[device], RegistryWant(name, (index,))):
                    yield seal_message(chunk, device, self._key)

    def _announced(self) -> Iterator[SealedMessage]:
        for device in tuple(islice(self._to_tell, _AT_ONCE)):
            news, before = self._news[device], self._told.get(device, ())
            for announcement in news:
                if announcement not in before:
                    yield seal_message(announcement, device, self._key)
            self._has_been_told(device, news)

    def _look(self) -> None:
        sites = self._known_sites()
        by_site: dict[str, tuple[Announcement, ...]] = {}
        for site in set(sites.values()):
            try:
                by_site[site] = self._announcer.announcements(site)
                self._complaints.pop(site, None)
            except GatepostError as error:
                self._complain(site, str(error))
        self._news = {device: by_site[site] for device, site in sites.items() if site in by_site}
        self._to_tell = {
            device: None for device, news in self._news.items() if self._told.get(device) != news
        }

    def _complain(self, site: str, why: str) -> None:
        """Once for each reason, not at every look."""
        if self._complaints.get(site) != why:
            self._complaints[site] = why
            self._log.error("registry_not_announced", site=site, error=why)
