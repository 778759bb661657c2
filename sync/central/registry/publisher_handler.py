"""Announces new registries to each gate, and answers the gates' questions."""

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
    CHUNKS_OF_ONE,
    DEVICES_AT_ONCE,
    MOST_CHUNKS_WANTED,
    Announcement,
    Channel,
    ReceivedMessage,
    RegistryWant,
    SealedMessage,
    fingerprint,
    seal_message,
)

CHECK_EVERY = 2.0
"""Seconds between two checks for new announcements."""
_CHUNKS_AT_ONCE = 64


class PublisherHandler:
    """Announces with central's message key `key`; `sites` returns the site of each device in service."""

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
    """The site of each device, by the database, or by its last answer if it is away."""

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

    The broker retains nothing: on a new link every device gets the announcements, later those that ask or
    have news.
    """

    def __init__(
        self, announcer: RegistryAnnouncer, sites: KnownSites, key: Ed25519PrivateKey, now: float
    ) -> None:
        self._announcer = announcer
        self._known_sites = sites
        self._key = key
        self._announced: dict[str, tuple[Announcement, ...]] = {}
        self._to_announce: dict[str, None] = {}
        self._questions: FairQueue[bytes] = FairQueue(1)
        self._wanted: FairQueue[tuple[bytes, int]] = FairQueue(MOST_CHUNKS_WANTED)
        self._news: dict[str, tuple[Announcement, ...]] = {}
        self._logged: dict[str, str] = {}
        self._check_at = now
        self._log = structlog.get_logger("central.registry")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:
        """Queue the wanted chunks, each once, at most one want's worth of one device, and one question of it.

        A fleet asks for more than a link takes; a device that asks for too much will ask again.
        """
        for item in messages:
            if isinstance(item.message, RegistryWant):
                wanted = item.message
                if wanted.chunks:
                    self._wanted.offer(item.device, ((wanted.object, index) for index in wanted.chunks))
                else:
                    self._questions.offer(item.device, (wanted.object,))
        return self.due_messages(now)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if now >= self._check_at:
            self._check_at = now + CHECK_EVERY
            self._read_news()
        yield from self._answer_questions()
        yield from self._announce_news()
        yield from self._send_chunks()

    def _answer_questions(self) -> Iterator[SealedMessage]:
        """Answer each question with what the device does not have, or the last of what it has: it needs
        an answer.

        A device without a site, or with one that cannot be read, is answered once that is repaired.
        """
        for device, known in self._questions.next_items(DEVICES_AT_ONCE, 1):
            news = self._news.get(device, ())
            for announcement in news[-1:] if known == fingerprint(news) else news:
                yield seal_message(announcement, device, self._key)
            if news:
                self._note_announced(device, news)

    def _note_announced(self, device: str, news: tuple[Announcement, ...]) -> None:
        self._announced[device] = news
        self._to_announce.pop(device, None)

    def _send_chunks(self) -> Iterator[SealedMessage]:
        """The next chunks, one for each device by turns."""
        sites = self._known_sites() if self._wanted else {}
        for device, (name, index) in self._wanted.next_items(_CHUNKS_AT_ONCE, CHUNKS_OF_ONE):
            if device in sites:
                for chunk in self._announcer.chunks(sites[device], RegistryWant(name, (index,))):
                    yield seal_message(chunk, device, self._key)

    def _announce_news(self) -> Iterator[SealedMessage]:
        for device in tuple(islice(self._to_announce, DEVICES_AT_ONCE)):
            news, before = self._news[device], self._announced.get(device, ())
            for announcement in news:
                if announcement not in before:
                    yield seal_message(announcement, device, self._key)
            self._note_announced(device, news)

    def _read_news(self) -> None:
        sites = self._known_sites()
        by_site: dict[str, tuple[Announcement, ...]] = {}
        for site in set(sites.values()):
            try:
                by_site[site] = self._announcer.announcements(site)
                self._logged.pop(site, None)
            except GatepostError as error:
                self._log_unreadable(site, str(error))
        self._news = {device: by_site[site] for device, site in sites.items() if site in by_site}
        self._to_announce = {
            device: None for device, news in self._news.items() if self._announced.get(device) != news
        }

    def _log_unreadable(self, site: str, why: str) -> None:
        """Log that a site cannot be announced, once for each reason."""
        if self._logged.get(site) != why:
            self._logged[site] = why
            self._log.error("registry_not_announced", site=site, error=why)
