"""A gate's sync process and its centre, real but for the network, the time, and the way from sync to gate.

Real are the agent and the centre with all their parts, the journal, central's database, keys, signatures and
the registry's files. Each is polled when it is due by its own word, and when something arrives for it.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import Command, CommandKind
from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.feed.pages import JournalPages
from edge.journal.format import Entry, ask_of
from edge.registry.configuration import RegistrySection
from edge.runtime.registry_service import registry_service_of
from edge.signing.cose import keys_of
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.configuration import load_configuration as load_central
from sync.central.registry.publisher_handler import PublisherHandler
from sync.central.service import Central
from sync.transport.clock import wall
from sync.transport.connection import Host
from sync.transport.core import LinkTimeouts
from sync.wire import SealedMessage, seal_message
from tests.edge.registry.repository import ENGINE, TEMPLATE_KEY
from tests.simulation.network import SimulatedNetwork
from tests.simulation.network_faults import begin
from tests.simulation.plan import Fault, FaultEvent
from tests.simulation.scheduler import Scheduler
from tests.sync.agent.wire import GATE, Site
from tests.sync.wire.examples import DEVICE
from tests.sync.world import CENTRAL_KEY, World, append

CENTRE = "central-1"
COMMAND_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(80, 112)))
WATCHDOG = 60.0
"""WatchdogSec of systemd/gatepost-sync.service."""


class Feed:
    """The way to a journal that nobody has to serve."""

    def __init__(self, journal: Path) -> None:
        self.where = str(journal)
        self.is_served = True
        self._journal = journal
        self._pages = JournalPages(journal)

    def ask(self, packet: bytes) -> bytes:
        if not self.is_served:
            raise ConnectionRefusedError("no gate runs")
        return self._pages.packet(ask_of(packet))

    @property
    def changes(self) -> None:
        return None

    def begin_again(self) -> None:
        """As by another process of the gate, on another file."""
        self._pages.close()
        self._pages = JournalPages(self._journal)

    def close(self) -> None:
        self._pages.close()


class Polled:
    """An agent or a centre as a process: `made` makes it of its host. It is polled `every` so many seconds
    besides.
    """

    def __init__(
        self,
        story: Story,
        client: str,
        made: Callable[[Host], Agent | Central],
        seed: int,
        wall: Callable[[], int],
        every: float = float("inf"),
    ) -> None:
        self.rests = 0.0
        """Seconds for which it is not polled again, unless something arrives for it."""
        self._story = story
        self._every = every
        self.process = story.network.process(
            client, lambda: story.scheduler.now, wall, Random(seed).randbytes, self.wake
        )
        self.end = made(self.process.host)
        self._task = story.scheduler.task(self._poll)

    def wake(self) -> None:
        self._task.wake()

    def close(self) -> None:
        self._task.stop()
        self.end.close()
        self.process.die()

    def _poll(self) -> float:
        self.end.poll(0.0)
        self._story.look(self)
        now = self._story.scheduler.now
        return max(min(self.end.next_due(), now + self._every), now + self.rests)


class Story:
    """`founded` is a database that has its tables, site and device; `site` what was published, if anything
    was. The agent is polled `every` so many seconds besides, and sends so many bytes a second (`upload`; 0:
    as many as it likes). `wall` is the gate's clock, and the centre's where `central_wall` is none.
    """

    def __init__(
        self,
        folder: Path,
        founded: Path,
        *,
        longest_pause: float = 60.0,
        site: Site | None = None,
        every: float = float("inf"),
        upload: int = 0,
        wall: Callable[[], int] = wall,
        central_wall: Callable[[], int] | None = None,
        scheduler: Scheduler | None = None,
    ) -> None:
        shutil.copy(founded, folder / "central.sqlite")
        self.folder = folder
        self.world = World(folder, f"sqlite:///{folder}/central.sqlite", 1, founded=True)
        self.scheduler = scheduler or Scheduler(1)
        self.network = SimulatedNetwork(self.scheduler, 1)
        self.site = site
        self._wall, self._central_wall = wall, central_wall or wall
        self.journal = open_journal(self.world.journal_path(), "main")
        self.told: list[Entry] = []
        self.commands: list[bytes] = []
        self.starved = 0.0
        """The longest time, in seconds, for which the agent named no reason to wait."""
        self._starves_since: float | None = None
        self._centre: Polled | None = None
        self._settings = longest_pause
        self.limits = LinkTimeouts()
        self.feed = Feed(self.world.journal_path())
        self.gate = self.another_agent(self.world.sync_file(upload=upload), every=every)

    @property
    def agent(self) -> Agent:
        assert isinstance(self.gate.end, Agent)
        return self.gate.end

    def another_agent(self, file: Path, seed: int = 1, every: float = float("inf")) -> Polled:
        """A sync process by `file`, on the same broker's network."""
        configuration = load_configuration(self._paced(self._completed(file)))

        def made(host: Host) -> Agent:
            return Agent(
                configuration,
                command_keys=lambda: keys_of([COMMAND_KEY.public_key().public_bytes_raw()]),
                limits=self.limits,
                host=host,
                journal=self.feed if seed == 1 else Feed(configuration.journal.socket.with_suffix(".sqlite")),
                hand_over=self.commands.append,
            )

        return Polled(self, DEVICE, made, seed, self._wall, every)

    # --- what happens ------------------------------------------------------------------------

    def centre_begins(self) -> None:
        """Another process: nothing of the one before is left but its database."""
        more = []
        if self.site is not None:
            sites = {DEVICE: self.site.repository.site}
            more.append(PublisherHandler(self.site.announcer, lambda: sites, CENTRAL_KEY))
        configuration = load_central(self._paced(self.world.central_file(CENTRE)))
        self._centre = Polled(
            self, CENTRE, lambda host: Central(configuration, more, host=host), 2, self._central_wall
        )

    def centre_ends(self) -> None:
        assert self._centre is not None
        self._centre.close()
        self._centre = None

    def begin(self, fault: Fault, target: str = "") -> Callable[[], None]:
        """Begin a fault of the network; returns what ends it."""
        return begin(self.network, FaultEvent(self.scheduler.now, fault, target))

    def write(self, count: int = 1) -> None:
        self.told += append(self.journal, count)
        self.gate.wake()

    def copy_card(self) -> None:
        """Put a copy of the gate's card in its place: its journal counts anew."""
        path = self.world.journal_path()
        self.journal.close()
        shutil.copy(path, path.with_suffix(".copy"))
        path.with_suffix(".copy").replace(path)
        self.journal = open_journal(path, "main")
        self.feed.begin_again()

    def back_up(self) -> bytes:
        """What central's database holds now, as one file."""
        with (
            closing(sqlite3.connect(self.folder / "central.sqlite")) as database,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            database.backup(copy)
            return copy.serialize()

    def restore(self, backup: bytes) -> None:
        """Put a backup in the place of central's database, as a person does: central stands meanwhile."""
        self.centre_ends()
        for file in self.folder.glob("central.sqlite*"):
            file.unlink()
        (self.folder / "central.sqlite").write_bytes(backup)
        self.centre_begins()

    def command(self) -> SealedMessage:
        """A command from the centre's staff, to every subscriber."""
        command = Command(random.randbytes(16), CommandKind.OPEN_ONCE, "Wang Fang", 1, 60_000_001, 1)
        out = seal_message(command, DEVICE, COMMAND_KEY)
        self.network.say(out, client="people")
        return out

    def absent(self, seconds: float) -> None:
        """Let so long go by in an absence; a centre that still runs looks but seldom at what is published."""
        if self._centre is not None:
            self._centre.rests = min(600.0, seconds / 100)
        self.run(seconds)
        if self._centre is not None:
            self._centre.rests = 0.0
            self._centre.wake()

    def run(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> bool:
        """Let both sides go on for so long; whether `until` came to hold."""
        ends = self.scheduler.now + seconds
        while not until():
            if self.scheduler.now >= ends:
                return False
            self.scheduler.run(min(ends, self.scheduler.next_at))
        return True

    def look(self, polled: Polled) -> None:
        """Look at why the agent waits, now that it was polled."""
        if polled is not self.gate:
            return
        now = self.scheduler.now
        starves = self.agent.waiting_reason() is None
        since = self._starves_since if self._starves_since is not None else now
        self._starves_since = since if starves else None
        self.starved = max(self.starved, now - since if starves else 0.0)

    # --- what is so --------------------------------------------------------------------------

    def drained(self) -> bool:
        return self.agent._uploader.progress()[2] == 0

    def links(self) -> int:
        """How often the gate has reached the broker."""
        return self.network.opened[DEVICE]

    def fetched(self) -> bool:
        """Whether the whole registry lies in the gate's inbox."""
        return (self.folder / "gate/inbox/registry.bundle").exists()

    def version(self) -> int:
        """What the gate itself makes of it."""
        assert self.site is not None
        gate = self.folder / "gate"
        (gate / "template.key").write_text(TEMPLATE_KEY.hex())
        (gate / "template.key").chmod(0o600)
        section = RegistrySection(
            inbox=gate / "inbox" / "registry.bundle",
            folder=gate / "registry",
            root_key=gate / "root.pub",
            template_key=gate / "template.key",
        )
        registry_service = registry_service_of(
            section,
            self.site.repository.site,
            ENGINE,
            lambda: WallTime(datetime.now(UTC), ClockTrust.TRUSTED),
            lambda _: None,
            gate=GATE,
        )
        registry_service.load()
        registry_service.look()
        held = registry_service.holdings()
        return 0 if held is None else held.registry.version

    def close(self) -> None:
        self.gate.close()
        if self._centre is not None:
            self._centre.close()
        self.journal.close()

    # --- inside ------------------------------------------------------------------------------

    def _paced(self, file: Path) -> Path:
        """As on a gate: what the other tests shorten is virtual here."""
        text = file.read_text().replace("keepalive = 2", "keepalive = 20")
        file.write_text(text.replace("longest_pause = 1.0", f"longest_pause = {self._settings}"))
        return file

    def _completed(self, file: Path) -> Path:
        text = f'{file.read_text()}[commands]\nsocket = "c.sock"\n'
        text += '[counts]\noutbox = "counts.json"\ninbox = "others"\n'
        if self.site is not None:
            gate = self.folder / "gate"
            gate.mkdir(exist_ok=True)
            shutil.copy(self.site.section.root_key, gate / "root.pub")
            text += f"""
[registry]
site = "{self.site.repository.site}"
gate = "{GATE}"
root_key = "gate/root.pub"
inbox = "gate/inbox/registry.bundle"
folder = "gate/registry"
spool = "spool"
"""
        file.write_text(text)
        return file
