"""A centre and a gate's two processes, with a wire between them that tests can spoil."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from edge.decision import Subject, WallTime
from edge.registry.configuration import RegistrySection
from edge.registry.format import Content
from edge.runtime.registry_service import News, RegistryService, registry_service_of
from edge.signing.key_files import public_pem
from sync.agent.core.outstanding_chunks import FetchPace, OutstandingChunks
from sync.agent.held_roots import trust_of
from sync.agent.registry_fetcher import RegistryFetcher, RegistryMessage
from sync.agent.registry_folders import RegistryFolders
from sync.central.registry.announcer import RegistryAnnouncer
from sync.central.registry.publisher import Publisher, PublishingKeys
from sync.wire import RegistryWant
from tests.edge.registry.repository import (
    ENGINE,
    NOW,
    POLICY,
    SEAL_KEY,
    TEMPLATE_KEY,
    Repository,
    sealed,
    unit_vector,
)

GATE = "main"
Spoil = Callable[[RegistryMessage], Iterable[RegistryMessage]]


@dataclass
class Site:
    """One site: the repository's keys, central's publisher, one gate with its sync process."""

    folder: Path
    repository: Repository = field(default_factory=Repository)
    pace: FetchPace = field(default_factory=FetchPace)
    wall: WallTime = NOW
    now: float = 0.0

    def __post_init__(self) -> None:
        self.news: list[News] = []
        self.asked: list[RegistryWant] = []
        self.section = self._section()
        self.publisher = self.central()
        self.registry_service = self.restarted_gate()
        self.down = self.restarted_sync()

    # --- central ---------------------------------------------------------------------------

    def central(self) -> Publisher:
        """Central's publisher with the keys of now."""
        site = self.repository
        authority = PublishingKeys(
            site.anchor, site.roots, site.registry_key, site.policy_key, lambda _: SEAL_KEY
        )
        self.publisher = Publisher(self.folder / "central", authority)
        self.announcer = RegistryAnnouncer(self.folder / "central", lambda: site.roots)
        return self.publisher

    def publish(self, content: Content | None = None, *, held: Iterable[int] = (), hours: int = 0) -> int:
        self.repository.content = content or self.repository.content
        manifest = self.publisher.publish(
            self.repository.site,
            self.repository.content,
            NOW.at + timedelta(hours=hours),
            held=frozenset(held),
        )
        return manifest.version

    def announce(self) -> None:
        for message in self.announcer.announcements(self.repository.site):
            self.down.handle_message(message, self.now)

    # --- the gate --------------------------------------------------------------------------

    def restarted_gate(self) -> RegistryService:
        self.registry_service = registry_service_of(
            self.section, self.repository.site, ENGINE, lambda: self.wall, self.news.append, gate=GATE
        )
        self.registry_service.load()
        return self.registry_service

    def restarted_sync(self) -> RegistryFetcher:
        places = RegistryFolders(self.folder / "spool", self.section.inbox, self.section.folder)
        believed = trust_of(self.repository.site, GATE, self.repository.anchor)
        self.down = RegistryFetcher(places, believed, lambda: self.wall, self.pace)
        self.open_conversation()
        return self.down

    def open_conversation(self) -> None:
        """Another link: nothing was asked for on it yet."""
        self.asked_for = OutstandingChunks()

    def want(self, now: float) -> RegistryWant | None:
        return self.down.next_want(now, self.asked_for)

    @property
    def version(self) -> int:
        held = self.registry_service.holdings()
        return 0 if held is None else held.registry.version

    # --- the wire --------------------------------------------------------------------------

    def poll(
        self, spoil: Callable[[RegistryMessage], Iterable[RegistryMessage]] = lambda message: [message]
    ) -> bool:
        """One question and its answers, `spoil`ed; the gate looks. Whether anything was asked."""
        self.now += 1.0
        want = self.want(self.now)
        if want is not None:
            self.asked.append(want)
            for chunk in self.announcer.chunks(self.repository.site, want):
                for message in spoil(chunk):
                    self.down.handle_message(message, self.now)
        self.registry_service.look()
        return want is not None

    def settle(self, spoil: Spoil = lambda message: [message]) -> None:
        """Turns, until there has been nothing to ask for longer than it takes to ask again."""
        quiet = 0
        for _ in range(2_000):
            quiet = 0 if self.poll(spoil) else quiet + 1
            if quiet > self.pace.ask_again_after + 5:
                return
        raise AssertionError("it asks for ever")

    def _section(self) -> RegistrySection:
        gate = self.folder / "gate"
        gate.mkdir(parents=True)
        pem = b"".join(public_pem(key.public_key()) for key in self.repository.root_keys)
        (gate / "root.pub").write_bytes(pem)
        (gate / "template.key").write_text(TEMPLATE_KEY.hex())
        (gate / "template.key").chmod(0o600)
        return RegistrySection(
            inbox=gate / "inbox" / "registry.bundle",
            folder=gate / "registry",
            root_key=gate / "root.pub",
            template_key=gate / "template.key",
        )


@cache
def large_content(people: int = 2_400) -> Content:
    """More than five chunks of 256 kB."""
    subjects = tuple(Subject(f"subject-{number}") for number in range(people))
    templates = tuple(sealed(person, unit_vector(number % 7)) for number, person in enumerate(subjects))
    return Content(POLICY, subjects=subjects, templates=templates)
