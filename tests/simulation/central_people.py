"""Central's people in a simulated world: they publish, revoke, turn codes red, and give commands.

Each act is tried until it works. They remember what they decided: where a backup was put back, they decide it
again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace as with_fields
from pathlib import Path

import sqlalchemy as sa

from edge.commands.core import CommandKind
from edge.decision import Status, Subject
from edge.errors import GatepostError
from edge.signing.key_files import read_private_key
from sync.central.configuration import PublishingSection
from sync.central.people.subjects import put_subject, put_templates, remove_subject, subjects_of
from sync.central.registry.publishing import Acceptance, WouldRevert, publish_site
from sync.central.registry.section_keys import publisher_of
from sync.central.registry.urgent import revoke_urgently
from sync.central.store import Store, StoreError
from tests.simulation.given_command import GivenCommand
from tests.simulation.ingester import Surroundings
from tests.simulation.observations import Observation, Published
from tests.simulation.plan import Act, ActEvent
from tests.simulation.site import BEGINS, LIFETIME, SITE, Site, isolated, standing_of, true_time, turned
from tests.simulation.site_files import write_published_with
from tests.simulation.site_keys import SiteKeys, with_new_registry_key, with_new_root_key
from tests.sync.statuses import set_status

ACTOR = "Wang Fang"
RENEWED_EVERY = 3 * 3_600.0
"""Seconds between two runs of the timer that publishes. It signs nothing new before half of the time is over
after which the site's rules call a registry old.
"""
TRIED_AGAIN_AFTER = 30.0
"""Seconds after which an act that the database did not take is tried again."""

Tell = Callable[[Observation], None]
_COMMANDS = {Act.COMMAND_OPEN: CommandKind.OPEN_ONCE, Act.COMMAND_MODE: CommandKind.SET_MODE}


class CentralPeople:
    """`published` is called whenever something was published."""

    def __init__(
        self,
        around: Surroundings,
        section: PublishingSection,
        site: Site,
        folder: Path,
        tell: Tell,
        published: Callable[[], None],
    ) -> None:
        self._around = around
        self._section = section
        self._site = site
        self._folder = folder
        self._tell = tell
        self._published = published
        self._key = read_private_key(folder / "command.key")
        self._entropy = around.random("removals").randbytes
        self._decided: dict[str, Subject | None] = {subject.id: subject for subject in site.subjects}
        self._unsaid: dict[str, None] = {}
        self._version = 0
        self._given: list[GivenCommand] = []
        self._count = 0
        around.scheduler.after(RENEWED_EVERY, self._renew)

    def close(self) -> None:
        """Wait for no answer any more: the database is closed."""
        for given in self._given:
            given.close()
        self._given.clear()

    def act(self, event: ActEvent) -> None:
        """Do what the plan says; what the database does not take is tried again."""
        if event.act in _COMMANDS:
            self._command(event)
        else:
            self._until_done(lambda store: self._do(store, event))

    def repair(self) -> None:
        """Decide again what a backup that was put back does not know, and publish it."""
        self._until_done(self._decide_again)

    # --- inside --------------------------------------------------------------------------------

    def _renew(self) -> None:
        self._until_done(self._publish)
        self._around.scheduler.after(RENEWED_EVERY, self._renew)

    def _until_done(self, act: Callable[[Store], None]) -> None:
        """Try an act until it works; each try opens the database, as a command does."""
        database = self._around.database
        try:
            with closing(database.opener()(database.url)) as store:
                act(store)
        except GatepostError:
            self._around.scheduler.after(TRIED_AGAIN_AFTER, lambda: self._until_done(act))

    def _do(self, store: Store, event: ActEvent) -> None:
        person = event.value
        held, now = self._decided.get(person), self._around.scheduler.now
        match event.act:
            case Act.REVOKE:
                self._change(store, person, None)
            case Act.TURN_RED if held is not None:
                self._change(store, person, turned(held, Status.RED, now))
            case Act.TURN_GREEN if held is not None:
                self._change(store, person, turned(held, Status.GREEN, now))
            case Act.ISOLATE if held is not None:
                self._change(store, person, isolated(held, now))
            case Act.REVOKE_URGENTLY if held is not None:
                self._revoke_urgently(store, person)
                return  # the list goes ahead: the registry without them is the next that is published
            case Act.ROTATE_REGISTRY_KEY:
                self._rotate(with_new_registry_key)
            case Act.ROTATE_ROOT_KEY:
                self._rotate(with_new_root_key)
        self._publish(store)

    def _change(self, store: Store, person: str, decided: Subject | None) -> None:
        """Write down what was decided of a person."""
        with store.writing() as connection:
            self._write(connection, person, decided)
        self._decided[person] = decided
        self._unsaid[person] = None

    def _write(self, connection: sa.Connection, person: str, decided: Subject | None) -> None:
        held = {subject.id: subject for subject in subjects_of(connection, SITE)}.get(person)
        at = self._around.wall()
        if decided is None:
            if held is not None:
                remove_subject(connection, SITE, person)
            return
        if held is None or held.isolation != decided.isolation:
            put_subject(connection, SITE, decided, at)
        if held is None:
            put_templates(connection, SITE, person, [self._site.templates[person]])
        if decided.status is not None and (held is None or held.status != decided.status):
            set_status(connection, SITE, person, decided.status, ACTOR, at)

    def _decide_again(self, store: Store) -> None:
        with store.writing() as connection:
            for person, decided in self._decided.items():
                self._write(connection, person, decided)
        self._publish(store)

    def _publish(self, store: Store) -> None:
        """Publish, and accept what that takes back: they know what they decided."""
        now = true_time(self._around.scheduler.now)
        publisher = publisher_of(self._section, self._entropy)
        try:
            manifest = publish_site(store, self._section, publisher, SITE, now, lifetime=LIFETIME)
        except WouldRevert as refused:
            accepted = Acceptance(refused.code, ACTOR)
            manifest = publish_site(store, self._section, publisher, SITE, now, accepted, lifetime=LIFETIME)
        for person in self._unsaid:
            self._say(person)
        self._unsaid.clear()
        if manifest.version > self._version:
            self._version = manifest.version
            expires = (manifest.expires - BEGINS).total_seconds()
            self._tell(Published(self._around.scheduler.now, manifest.version, expires))
        self._published()

    def _revoke_urgently(self, store: Store, person: str) -> None:
        """Put a person on the urgent list; the registry without them follows when the next is published."""
        now = true_time(self._around.scheduler.now)
        publisher = publisher_of(self._section, self._entropy)
        revoke_urgently(store, publisher, SITE, now, subjects=(person,))
        self._decided[person] = None
        self._say(person, urgent=True)
        self._published()

    def _say(self, person: str, *, urgent: bool = False) -> None:
        decided, at = self._decided[person], self._around.scheduler.now
        self._tell(standing_of(decided, at, person=person, urgent=urgent))

    def _rotate(self, changed: Callable[[SiteKeys], SiteKeys]) -> None:
        self._site = with_fields(self._site, keys=changed(self._site.keys))
        write_published_with(self._site, self._folder)

    def _command(self, event: ActEvent) -> None:
        self._count += 1
        self._given = [one for one in self._given if not one.is_over]
        wanted = (event.target, _COMMANDS[event.act], event.value)
        with suppress(StoreError):  # nothing is sent while the database is away
            self._given.append(
                GivenCommand(self._around, self._key, f"command-{self._count}", wanted, self._tell)
            )
