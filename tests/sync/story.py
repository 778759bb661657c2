"""A gate's sync process and its centre, real but for the network and the time; see `simulated`.

Real are the agent and the centre with all their parts, the journal, central's database, keys, signatures, the
registry's files and the gate's socket.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.command_socket import CommandSocket
from edge.commands.core import Command, CommandKind
from edge.decision import ClockTrust, WallTime
from edge.journal.factory import open_journal
from edge.journal.feed.clients import FeedLimits
from edge.journal.format import Entry
from edge.registry.configuration import RegistrySection
from edge.runtime.registry_service import registry_service_of
from edge.signing.cose import keys_of
from sync.agent.agent import Agent
from sync.agent.configuration import load_configuration
from sync.central.configuration import load_configuration as load_central
from sync.central.registry.publisher_handler import PublisherHandler
from sync.central.service import Central
from sync.transport.core import LinkState, LinkTimeouts
from sync.wire import SealedMessage, seal_message
from tests.edge.registry.repository import ENGINE, TEMPLATE_KEY
from tests.sync.agent.wire import GATE, Site
from tests.sync.simulated import Clock, SimulatedBroker
from tests.sync.wire.examples import DEVICE
from tests.sync.world import CENTRAL_KEY, World, append

CENTRE = "central-1"
COMMAND_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(80, 112)))
WATCHDOG = 60.0
"""WatchdogSec of systemd/gatepost-sync.service."""


class Story:
    """`founded` is a database that has its tables, site and device; `site` what was published, if anything
    was.
    """

    def __init__(
        self, folder: Path, founded: Path, *, longest_pause: float = 60.0, site: Site | None = None
    ) -> None:
        shutil.copy(founded, folder / "central.sqlite")
        self.folder = folder
        self.world = World(folder, f"sqlite:///{folder}/central.sqlite", 1, founded=True)
        self.clock = Clock()
        self.broker = SimulatedBroker(self.clock)
        self.site = site
        self.journal = open_journal(self.world.journal_path(), "main")
        # Days go by in seconds here: what the gate serves in a second is not what is told of.
        self.feed = self.world.served(limits=FeedLimits(asks_a_second=0.0, connections_a_second=0.0))
        self.feed.start()
        self.seam = CommandSocket(folder / "c.sock")
        self.seam.open()
        self.told: list[Entry] = []
        self.commands: list[bytes] = []
        self.starved = 0.0
        """The longest time, in seconds, for which the agent named no reason to wait."""
        self._reason_at = self.clock.now
        self._central: Central | None = None
        self._settings = longest_pause
        self.limits = LinkTimeouts()
        self.agent = self.another_agent(self.world.sync_file())
        self.beside: list[Agent] = []
        """Others that are polled with it."""

    def another_agent(self, file: Path, seed: int = 1) -> Agent:
        """A sync process by `file`, on the same broker's network."""
        return Agent(
            load_configuration(self._paced(self._completed(file))),
            command_keys=lambda: keys_of([COMMAND_KEY.public_key().public_bytes_raw()]),
            limits=self.limits,
            host=self.broker.host(seed),
        )

    # --- what happens ------------------------------------------------------------------------

    def centre_begins(self) -> None:
        """Another process: nothing of the one before is left but its database."""
        more = []
        if self.site is not None:
            sites = {DEVICE: self.site.repository.site}
            more.append(PublisherHandler(self.site.announcer, lambda: sites, CENTRAL_KEY))
        configuration = load_central(self._paced(self.world.central_file(CENTRE)))
        self._central = Central(configuration, more, host=self.broker.host(2))

    def centre_ends(self) -> None:
        assert self._central is not None
        self._central.close()
        self._central = None

    def write(self, count: int = 1) -> None:
        self.told += append(self.journal, count)

    def command(self) -> SealedMessage:
        """A command from the centre's staff, to every subscriber."""
        command = Command(random.randbytes(16), CommandKind.OPEN_ONCE, "Wang Fang", 1, 60_000_001, 1)
        out = seal_message(command, DEVICE, COMMAND_KEY)
        self.broker.publish("people", out)
        return out

    def run(
        self,
        seconds: float,
        *,
        step: float = 0.2,
        leap: float = 0.0,
        until: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Let both sides go on for so long, in steps; whether `until` came to hold. A pause of the link
        may be passed in leaps.
        """
        ends = self.clock.now + seconds
        while not until():
            if self.clock.now >= ends:
                return False
            if self._central is not None:
                self._central.poll(0.0)
            for other in self.beside:
                other.poll(0.0)
            longest = max(step, leap) if self.agent._link.state is LinkState.PAUSING else step
            self.agent.poll(min(longest, ends - self.clock.now))
            self.commands += self.seam.receive()
            self._look_at_the_reason()
        return True

    # --- what is so --------------------------------------------------------------------------

    def drained(self) -> bool:
        return self.agent._uploader.progress()[2] == 0

    def links(self) -> int:
        """How often the gate has reached the broker."""
        return self.broker.opened.get(DEVICE, 0)

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
        self.agent.close()
        if self._central is not None:
            self._central.close()
        self.seam.close()
        self.feed.stop()
        self.journal.close()

    # --- inside ------------------------------------------------------------------------------

    def _look_at_the_reason(self) -> None:
        now = self.clock.now
        if self.agent.waiting_reason() is not None:
            self._reason_at = now
        self.starved = max(self.starved, now - self._reason_at)

    def _paced(self, file: Path) -> Path:
        """As on a gate: what the other tests shorten is virtual here."""
        text = file.read_text().replace("keepalive = 2", "keepalive = 20")
        file.write_text(text.replace("longest_pause = 1.0", f"longest_pause = {self._settings}"))
        return file

    def _completed(self, file: Path) -> Path:
        text = f'{file.read_text()}[commands]\nsocket = "c.sock"\n'
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
