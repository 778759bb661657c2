"""Announces new registries to each gate, and answers a hello with what the gate does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import GatepostError
from edge.signing.cose import Stamp
from sync.central.registry.announcer import RegistryAnnouncer
from sync.dispatch.core import FairQueue
from sync.dispatch.handler import BaseConversation
from sync.wire import (
    CHUNKS_OF_ONE,
    DEVICES_AT_ONCE,
    MOST_CHUNKS_WANTED,
    Announcement,
    Channel,
    Hello,
    ReceivedMessage,
    RegistryWant,
    SealedMessage,
    fingerprint,
    seal_message,
)

CHECK_EVERY = 2.0
"""Seconds between two looks for new announcements, unless central.toml says otherwise."""
_CHUNKS_AT_ONCE = 64


_Value = TypeVar("_Value")


@dataclass(frozen=True)
class HeardHello:
    """The stamp of a hello, and the fingerprint of the announcements that the device had."""

    stamp: Stamp
    fingerprint: bytes


Hellos = Mapping[str, HeardHello]


class PublisherHandler:
    """Announces with central's message key `key`; `sites` returns the site of each device in service.

    `hellos` returns the newest hello of each device that any process of this centre has heard: the broker
    gives each one to one of them, and only this one can answer with what was published. Of several that can,
    the one that `announces` tells all gates what is new; each answers the gates that it hears.
    """

    channels = frozenset({Channel.HELLO, Channel.REGISTRY_WANT})

    def __init__(
        self,
        announcer: RegistryAnnouncer,
        sites: Callable[[], Mapping[str, str]],
        key: Ed25519PrivateKey,
        hellos: Callable[[], Hellos] = dict,
        *,
        check_every: float = CHECK_EVERY,
        announces: Callable[[], bool] = lambda: True,
    ) -> None:
        self._announcer = announcer
        self._sites = LastKnown(sites)
        self._hellos = LastKnown(hellos)
        self._key = key
        self._checks = LookSchedule(check_every)
        self._announces = announces

    def notice(self) -> None:
        """Something was published: look at once."""
        self._checks.at = float("-inf")

    def notice_hello(self) -> None:
        """Another process has heard a hello: look for that alone."""
        self._checks.hello_heard = True

    def open_conversation(self, now: float) -> PublisherConversation:
        self._checks.at = now
        return PublisherConversation(
            self._announcer, self._sites, self._hellos, self._key, self._checks, self._announces
        )


@dataclass
class LookSchedule:
    """When the next look for new announcements is due (monotonic, in seconds), and how often one is; whether
    there is a hello to look for before.
    """

    every: float
    at: float = float("-inf")
    hello_heard: bool = False

    def is_due(self, now: float) -> bool:
        """Whether to look at `now`; if so, it counts as done."""
        if now < self.at:
            return False
        self.at = now + self.every
        self.hello_heard = True
        return True

    def takes_hello(self) -> bool:
        """Whether to look for hellos; if so, it counts as done."""
        heard, self.hello_heard = self.hello_heard, False
        return heard


class LastKnown(Generic[_Value]):
    """What `read` returns by device, by the database, or by its last answer if it is away."""

    def __init__(self, read: Callable[[], Mapping[str, _Value]]) -> None:
        self._read = read
        self._at: Mapping[str, _Value] = {}
        self._log = structlog.get_logger("central.registry")

    def __call__(self) -> Mapping[str, _Value]:
        try:
            self._at = self._read()
        except GatepostError as error:
            self._log.warning("devices_not_read", error=str(error))
        return self._at


class PublisherConversation(BaseConversation):
    """What was announced and asked for on one link.

    The broker retains nothing: on a new link every device gets the announcements, later those that say
    hello without having them, and all when there is something new.
    """

    def __init__(
        self,
        announcer: RegistryAnnouncer,
        sites: LastKnown[str],
        hellos: LastKnown[HeardHello],
        key: Ed25519PrivateKey,
        checks: LookSchedule,
        announces: Callable[[], bool],
    ) -> None:
        self._announcer = announcer
        self._known_sites = sites
        self._hellos = hellos
        self._key = key
        self._heard: dict[str, Stamp] = {}
        self._announced: dict[str, tuple[Announcement, ...]] = {}
        self._to_announce: dict[str, None] = {}
        self._to_answer: FairQueue[bytes] = FairQueue(1)
        self._wanted: FairQueue[tuple[bytes, int]] = FairQueue(MOST_CHUNKS_WANTED)
        self._news: dict[str, tuple[Announcement, ...]] = {}
        self._logged: dict[str, str] = {}
        self._checks = checks
        self._announces = announces
        self._log = structlog.get_logger("central.registry")

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:
        """Queue the wanted chunks, each once, at most one want's worth of one device, and one hello of it.

        A fleet asks for more than a link takes; a device that asks for too much will ask again.
        """
        for item in messages:
            match item.message:
                case RegistryWant(object=name, chunks=chunks):
                    self._wanted.offer(item.device, ((name, index) for index in chunks))
                case Hello() as hello:
                    self._heard[item.device] = hello.stamp
                    self._to_answer.offer(item.device, (hello.held.fingerprint,))
        return self.due_messages(now)

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        if self._checks.is_due(now):
            self._read_news()
        if self._checks.takes_hello():
            self._read_hellos()
        yield from self._answer_hellos()
        yield from self._announce_news()
        yield from self._send_chunks()

    def next_due(self, now: float) -> float:
        waits = self._to_answer or self._to_announce or self._wanted or self._checks.hello_heard
        return now if waits else self._checks.at

    def _answer_hellos(self) -> Iterator[SealedMessage]:
        """Answer each hello with all of the news if the device does not have it all.

        A device without a site, or with one that cannot be read, gets it once that is repaired.
        """
        for device, known in self._to_answer.next_items(DEVICES_AT_ONCE, 1):
            news = self._news.get(device, ())
            for announcement in () if known == fingerprint(news) else news:
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
        for site in sorted(set(sites.values())):
            try:
                by_site[site] = self._announcer.announcements(site)
                self._logged.pop(site, None)
            except GatepostError as error:
                self._log_unreadable(site, str(error))
        self._news = {device: by_site[site] for device, site in sites.items() if site in by_site}
        self._to_announce = {
            device: None
            for device, news in (self._news if self._announces() else {}).items()
            if self._announced.get(device) != news
        }

    def _read_hellos(self) -> None:
        """Queue the hellos that another process of this centre has heard.

        The database has the newest; what was heard here and is another may be one that it has refused.
        """
        if not self._announces():
            return
        for device, heard in self._hellos().items():
            if heard.stamp != self._heard.get(device):
                self._heard[device] = heard.stamp
                self._to_answer.offer(device, (heard.fingerprint,))

    def _log_unreadable(self, site: str, why: str) -> None:
        """Log that a site cannot be announced, once for each reason."""
        if self._logged.get(site) != why:
            self._logged[site] = why
            self._log.error("registry_not_announced", site=site, error=why)
