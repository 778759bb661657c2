"""One process of a simulated centre: an ingester, which may publish too, on the scheduler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from edge.errors import GatepostError
from edge.signing.cose import Keys, microseconds
from edge.signing.key_files import read_private_key
from edge.support.due import NEVER
from sync.central.configuration import CentralConfiguration
from sync.central.devices.devices import DeviceKeys
from sync.central.devices.health_and_clock import ClockAnswers, HealthHandler
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.service import Central, share_group, shared_filters
from sync.central.store import Store, StoreError
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import StatelessHandler
from sync.transport.connection import Connection, Host
from sync.wire import Channel, ReceivedMessage, SealedMessage
from tests.simulation.database import Database, IngesterKilled, Killer
from tests.simulation.network import Process, SimulatedNetwork
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.site import true_time


@dataclass(frozen=True)
class Heard:
    """What is told of a process: that it has died, and how; that it was polled; that it heard a hello."""

    died: Callable[[str], None]
    polled: Callable[[], None]
    hello: Callable[[], None]


@dataclass(frozen=True)
class Surroundings:
    """What every process of the centre is in."""

    scheduler: Scheduler
    network: SimulatedNetwork
    database: Database
    seed: int

    def wall(self) -> int:
        """Central's clocks are right."""
        return microseconds(true_time(self.scheduler.now))

    def random(self, name: str) -> Random:
        return Random(f"{self.seed} central {name}")

    def process(self, client: str, name: str, wake: Callable[[], object]) -> Process:
        """A process of this name, as the network sees it."""
        entropy = self.random(name).randbytes
        return self.network.process(client, lambda: self.scheduler.now, self.wall, entropy, wake)


class SimulatedIngester:
    """A running process; `name` is unlike that of any before. Raises StoreError if the database is away.

    One that is `older` is of a version that knew journals, reports and the clock only.
    """

    def __init__(
        self,
        around: Surroundings,
        configuration: CentralConfiguration,
        name: str,
        heard: Heard,
        *,
        older: bool = False,
    ) -> None:
        self.client = configuration.central.id
        self.killer = Killer()
        self._heard = heard
        self._around = around
        self._process = around.process(self.client, name, self._wake)
        host, opener = self._process.host, around.database.opener(self.killer)
        self._central: Central | _OlderCentral
        try:
            if older:
                self._central = _OlderCentral(configuration, host, opener)
            else:
                self._central = Central(configuration, [_Hellos(heard.hello)], host=host, open_store=opener)
        except GatepostError:
            around.network.leave(self._process)
            raise
        self._task: Task = around.scheduler.task(self._poll)

    def notice(self) -> None:
        """Have it look at what was published, and poll it."""
        if isinstance(self._central, Central):
            self._central.notice()
            self._wake()

    def notice_hello(self) -> None:
        """Have it look at what another process has heard, and poll it."""
        if isinstance(self._central, Central):
            self._central.notice_hello()
            self._wake()

    def notice_devices(self) -> None:
        """Have it read the devices' keys again, as it does now and again by itself."""
        if isinstance(self._central, Central):
            self._central.notice_devices()

    def end(self) -> None:
        """End it in good order."""
        self._task.stop()
        self._central.close()
        self._around.network.leave(self._process)

    def die(self) -> None:
        """End it as `kill -9` does."""
        self._task.stop()
        self._process.die()
        self._central.close()

    # --- inside --------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._task.wake()

    def _poll(self) -> float:
        try:
            self._central.poll(0.0)
        except IngesterKilled:
            self.die()
            self._heard.died("killed at a commit")
            return NEVER
        finally:
            self._heard.polled()
        return self._central.next_due()


class _Hellos(StatelessHandler):
    """Notes that a gate has said hello."""

    channels = frozenset({Channel.HELLO})

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterator[SealedMessage]:  # noqa: ARG002
        self._heard()
        return iter(())


class _OlderCentral:
    """A process of a version before gates said hello: of the same database, key and group."""

    def __init__(
        self, configuration: CentralConfiguration, host: Host, opens: Callable[[str], Store]
    ) -> None:
        key = read_private_key(configuration.central.key)
        self._store = opens(configuration.store.url)
        keys = DeviceKeys(self._store, host.clock)
        handlers = (
            Ingester(self._store, key, host.wall, followers=FOLLOWERS),
            HealthHandler(self._store, key, host.wall),
            ClockAnswers(key, host.wall),
        )
        filters = shared_filters(share_group(configuration.central.group, key), handlers)
        self._link = Connection(configuration.broker, configuration.central.id, filters, host=host)
        self._dispatcher = Dispatcher(
            self._link, handlers, lambda device, *_: _known(keys, device), clock=host.clock
        )

    def poll(self, wait: float) -> None:
        self._dispatcher.poll(wait)

    def next_due(self) -> float:
        return self._dispatcher.next_due()

    def close(self) -> None:
        self._store.close()
        self._link.close()


def _known(keys: DeviceKeys, device: str) -> Keys:
    try:
        return keys.for_device(device)
    except StoreError:
        return {}
