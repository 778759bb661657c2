"""The centre of a simulated world: its database, its processes, its people, and what goes wrong with them.

Everything is the product's own: `Central` is polled on the scheduler; what people do goes through what
`gatepost central` calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from random import Random

import sqlalchemy as sa

from edge.admin.site_admin import SiteFile
from edge.credentials.known import kept_digest
from edge.signing.cose import microseconds
from edge.signing.key_files import raw_public
from sync.central.configuration import (
    CentralConfiguration,
    CentralSection,
    PublishingSection,
    StoreSection,
)
from sync.central.devices.devices import enrol_device, put_site
from sync.central.people.subjects import put_subject, put_templates
from sync.central.store import StoreError
from sync.central.visits.tables import code_salt, visit
from sync.transport.broker import Broker
from tests.simulation.central_people import CentralPeople
from tests.simulation.database import Database
from tests.simulation.ingester import Heard, SimulatedIngester, Surroundings
from tests.simulation.network import SimulatedNetwork
from tests.simulation.observations import CentralRestored, Observation, ProcessBegan, ProcessEnded
from tests.simulation.plan import ActEvent, Fault, FaultEvent, number_guests_of
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import SITE, Site
from tests.simulation.site_files import write_central

PROCESS = "ingester"
STARTED_AGAIN_AFTER = 5.0
"""Seconds after which a process that could not start is started again."""
LOOKS_WITHIN = 2.0
"""Seconds within which the publisher finds what is new, as the product's looks every so often."""
_LOOK_EVERY = 3_600.0
"""In place of them: it is told."""
MOST_COMMITS = 6
"""An ingester that is to be killed dies at one of its next commits."""
_NAMES = "abcdefghij"

Tell = Callable[[Observation], None]
End = Callable[[], None]


class SimulatedCentre:
    """The centre of `site`, in `folder`; it begins with everybody in its tables and nothing published.

    `ingesters` processes share the load, named `a`, `b` and so on; `a` publishes.
    """

    def __init__(
        self, folder: Path, scheduler: Scheduler, network: SimulatedNetwork, site: Site, seed: int, tell: Tell
    ) -> None:
        write_central(site, folder)
        self._scheduler = scheduler
        self._network = network
        self._tell = tell
        self._database = Database(folder)
        self._around = Surroundings(scheduler, network, self._database, seed)
        self._looks = self._around.random("looks")
        self._section = _publishing(folder)
        self._folder = folder
        self._running: dict[str, SimulatedIngester] = {}
        self._stopped: dict[str, int] = {}
        self._count = 0
        self._backups: dict[FaultEvent, bytes] = {}
        self._found(site)
        self._people = CentralPeople(self._around, self._section, site, folder, tell, self._news)
        self._own = tuple(_NAMES[: site.town.ingesters])
        for name in self._own:
            self._begin(name)

    @property
    def works(self) -> bool:
        """Whether what gates say is heard, and what is published goes out: in truth.

        It is not while the broker gives messages to a process that does not get them.
        """
        publishes = _NAMES[0] in self._running and self._network.reaches(_NAMES[0])
        clients = [one.client for one in self._running.values()]
        deaf = [one for one in clients if one in self._network.links and not self._network.reaches(one)]
        return publishes and not deaf and not self._database.fails

    def act(self, event: ActEvent) -> None:
        """Have central's people do what the plan says."""
        self._people.act(event)

    def expect(self, faults: Iterable[FaultEvent]) -> None:
        """Make the backups that these faults will put back, each at its time."""
        for event in faults:
            if event.fault is Fault.CENTRAL_RESTORED:
                self._scheduler.at(event.at - event.value, partial(self._back_up, event))

    def begin(self, event: FaultEvent) -> End:
        """Begin a fault of central's; returns what ends it. Raises KeyError for what is none of central's."""
        return {
            Fault.INGESTER_KILLED: self._kill,
            Fault.INGESTER_OLDER: self._add_older,
            Fault.CENTRAL_AWAY: self._go_away,
            Fault.CENTRAL_RESTORED: self._restore,
            Fault.CENTRAL_TWICE: self._add_twin,
            Fault.DATABASE_FAILS: self._fail,
        }[event.fault](event)

    def close(self) -> None:
        """End every process, and close the database."""
        for name in tuple(self._running):
            self._end(name, "the world ends")
        self._people.close()
        self._database.close()

    # --- its processes -------------------------------------------------------------------------

    def _begin(self, name: str, client: str = "", *, older: bool = False) -> None:
        """Start a process, unless a fault keeps it from running or it runs already."""
        if self._stopped.get(name) or name in self._running:
            return
        configuration = CentralConfiguration(
            StoreSection(self._database.url, _LOOK_EVERY),
            CentralSection(self._folder / "central.key", client or name),
            Broker("broker", plain=True),
            self._section if name == _NAMES[0] else None,
        )
        self._count += 1
        try:
            self._running[name] = SimulatedIngester(
                self._around,
                configuration,
                f"{name} {self._count}",
                Heard(partial(self._note_death, name), self._tell_news, partial(self._hello_heard, name)),
                older=older,
            )
        except StoreError:  # as systemd does
            self._scheduler.after(STARTED_AGAIN_AFTER, partial(self._begin, name, client, older=older))
            return
        self._tell(ProcessBegan(self._scheduler.now, name, PROCESS))

    def _end(self, name: str, how: str, *, kill: bool = False) -> None:
        one = self._running.pop(name, None)
        if one is not None:
            (one.die if kill else one.end)()
            self._tell(ProcessEnded(self._scheduler.now, name, PROCESS, how))

    def _note_death(self, name: str, how: str) -> None:
        del self._running[name]
        self._tell(ProcessEnded(self._scheduler.now, name, PROCESS, how))

    def _tell_news(self) -> None:
        for news in self._database.news(self._scheduler.now):
            self._tell(news)

    def _hello_heard(self, name: str) -> None:
        if name != _NAMES[0]:
            self._look_soon(SimulatedIngester.notice_hello)

    def _news(self) -> None:
        """Have the publisher find what is new, as soon as it would have looked."""
        self._look_soon(SimulatedIngester.notice)

    def _look_soon(self, look: Callable[[SimulatedIngester], None]) -> None:
        def looks() -> None:
            if _NAMES[0] in self._running:
                look(self._running[_NAMES[0]])

        self._scheduler.after(self._looks.uniform(0.0, LOOKS_WITHIN), looks)

    # --- faults --------------------------------------------------------------------------------

    def _kill(self, event: FaultEvent) -> End:
        """At a commit, or where it stands; it stays away while the fault lasts."""
        name, random = event.target, Random(event.seed)
        self._hold(name)
        commits, of_events = random.randrange(MOST_COMMITS), bool(event.value)
        if of_events and name in self._running:
            self._running[name].killer.arm(1, after=random.random() < 0.5, of_events=True)
        elif commits and name in self._running:
            self._running[name].killer.arm(commits, after=random.random() < 0.5)
        else:
            self._end(name, "killed", kill=True)

        def end() -> None:
            self._end(name, "killed", kill=True)  # it did not come to so many commits
            self._release(name)

        return end

    def _go_away(self, _: FaultEvent) -> End:
        for name in self._own:
            self._hold(name)
            self._end(name, "stopped")

        def end() -> None:
            for name in self._own:
                self._release(name)

        return end

    def _add_older(self, _: FaultEvent) -> End:
        self._stopped["older"] = 0
        self._begin("older", older=True)
        return partial(self._take_away, "older")

    def _add_twin(self, _: FaultEvent) -> End:
        self._stopped["twin"] = 0
        self._begin("twin", self._own[-1])
        return partial(self._take_away, "twin")

    def _take_away(self, name: str) -> None:
        self._stopped[name] = 1
        self._end(name, "stopped")

    def _fail(self, _: FaultEvent) -> End:
        self._database.fails += 1
        for running in self._running.values():
            running.notice_devices()

        def end() -> None:
            self._database.fails -= 1
            self._news()

        return end

    def _back_up(self, event: FaultEvent) -> None:
        self._backups[event] = self._database.backup()

    def _restore(self, event: FaultEvent) -> End:
        """Stop everything, put the backup of that time back, go on; people see what it forgot."""
        was = tuple(self._running)
        for name in was:
            self._end(name, "stopped")
        self._people.close()
        self._database.restore(self._backups.pop(event))
        as_of = max(0.0, event.at - event.value)
        self._tell(CentralRestored(self._scheduler.now, as_of))
        for name in was:
            if name in self._own:
                self._begin(name)
        self._people.repair()
        return lambda: None

    def _hold(self, name: str) -> None:
        self._stopped[name] = self._stopped.get(name, 0) + 1

    def _release(self, name: str) -> None:
        self._stopped[name] -= 1
        self._begin(name)

    # --- its tables ----------------------------------------------------------------------------

    def _found(self, site: Site) -> None:
        store = self._database.opener()(self._database.url)
        at = self._around.wall()
        with store.writing() as connection:
            put_site(connection, SiteFile(SITE))
            for gate in site.town.gates:
                key = raw_public(site.keys.device(gate).public_key())
                enrol_device(connection, gate, (SITE, gate), key, at)
            for subject in site.subjects:
                put_subject(connection, SITE, subject, at)
                put_templates(connection, SITE, subject.id, [site.templates[subject.id]])
            for guest in number_guests_of(site.town):
                _expect_guest(connection, guest, site, at)
        store.close()


def _expect_guest(connection: sa.Connection, guest: str, site: Site, at: int) -> None:
    """A visit with a number, as the centre's people make one, but for what they draw by chance."""
    number = site.passes.number(guest)
    if connection.execute(sa.select(code_salt)).first() is None:
        connection.execute(sa.insert(code_salt).values(site=SITE, salt=number.salt))
    values = {
        "site": SITE,
        "subject": number.subject,
        "name": guest,
        "since": microseconds(number.since),
        "until": microseconds(number.until),
        "token": guest.encode(),
        "pass_id": number.pass_id,
        "code": kept_digest(number.digits, number.salt),
        "uses": 1,
        "made_at": at,
        "made_by": "Wang Fang",
    }
    connection.execute(sa.insert(visit).values(values))


def _publishing(folder: Path) -> PublishingSection:
    return PublishingSection(
        folder=folder / "published",
        sites=folder / "sites",
        root_key=folder / "root.pub",
        roots=folder / "roots",
        registry_key=folder / "registry.key",
        policy_key=folder / "policy.key",
        look_every=_LOOK_EVERY,
    )
