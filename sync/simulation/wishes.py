"""What an administrator asks for, and the fleet made of it: at a centre that is there, or at its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from edge.errors import ConfigurationError
from sync.ca.certificate_authority import CertificateAuthority, open_certificate_authority
from sync.central.configuration import load_configuration
from sync.central.store import Store, open_store
from sync.simulation.core import FleetTally
from sync.simulation.making import make_fleet, refuse_beside_real_gates, utc_now
from sync.simulation.own_centre import OwnCentre, RunningCentre, start_central, start_centre
from sync.simulation.result import Result
from sync.simulation.running import GATES_OF_A_PROCESS, play
from sync.simulation.task import GateFiles, Load, ProcessTask
from sync.transport.broker import Broker

_LINKED_WITHIN = 60.0


@dataclass(frozen=True)
class FleetWishes:
    """The load, how many processes play it (0: by the number of gates), and where.

    `centre` is the folder of a centre that runs, `brokers` the hosts and their port at which its gates go in;
    without a centre there is one of its own, with so many ingesters.
    """

    load: Load
    processes: int = 0
    centre: Path | None = None
    brokers: tuple[tuple[str, int], ...] = ()
    authority: Path | None = None
    plain: bool = False
    fleet: Path | None = None
    beside_real_gates: bool = False
    secured: bool = False
    ingesters: int = 1
    database: str | None = None
    console: int | None = None
    drain: float = 120.0
    every: float = 5.0


@dataclass(frozen=True)
class FleetPlace:
    """Where a fleet goes: the centre's store and public key, the broker, and who takes that away."""

    store: Store
    central_key: Path
    broker: Broker
    authority: CertificateAuthority | None
    fleet: Path
    away: Callable[[bool], None]
    running: RunningCentre | None = None


def simulate(
    wishes: FleetWishes,
    stop: Event,
    say: Callable[[FleetTally, float], None],
    note: Callable[[str], None],
    begun: Callable[[FleetPlace], None] = lambda _: None,
) -> Result:
    """Make the fleet and play it. `say` is told the sums now and then, `note` what is done before; `begun`
    where it goes, once all runs there. Raises GatepostError.
    """
    with ExitStack() as opened:
        opening = _place_of(wishes) if wishes.centre is not None else _own_place(wishes, note)
        place = opened.enter_context(opening)
        note(f"{wishes.load.gates} gates: keys, places at the centre …")
        gates = make_fleet(place.store, place.fleet, wishes.load.gates, place.authority, note)
        if place.running is not None:
            start_central(place.running, _own_of(wishes, place.running.configuration.parent), note)
        begun(place)
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="gatepost-fleet-")))
        tasks = tasks_of(wishes, gates, place, folder)
        note(f"{len(tasks)} processes of gates link up with {place.broker.host}:{place.broker.port} …")
        ended = _Ended(place.running, note)

        def say_all(tally: FleetTally, since: float) -> None:
            ended.look()
            say(tally, since)

        found = play(
            tasks,
            place.store,
            stop,
            say_all,
            every=wishes.every,
            drain=wishes.drain,
            broker_away=place.away,
        )
        ended.look()
        return found


class _Ended:
    """Says once of each process of a centre of its own that it has ended."""

    def __init__(self, running: RunningCentre | None, note: Callable[[str], None]) -> None:
        self._running, self._note = running, note
        self._said: set[str] = set()

    def look(self) -> None:
        for name, last in ({} if self._running is None else self._running.ended()).items():
            if name not in self._said:
                self._said.add(name)
                self._note(f"{name} has ended: nothing of it is acknowledged any more. It said last: {last}")


def tasks_of(
    wishes: FleetWishes, gates: tuple[GateFiles, ...], place: FleetPlace, folder: Path
) -> list[ProcessTask]:
    """The fleet in shares of one process each, every so manieth gate to one."""
    count = wishes.processes or -(-len(gates) // GATES_OF_A_PROCESS)
    count = min(count, len(gates))
    return [
        ProcessTask(
            gates[start::count],
            place.broker,
            place.central_key,
            folder,
            wishes.load,
            _LINKED_WITHIN + wishes.load.gates / 50,
        )
        for start in range(count)
    ]


@contextmanager
def _place_of(wishes: FleetWishes) -> Iterator[FleetPlace]:
    """A centre that is there already. Raises ConfigurationError."""
    centre = wishes.centre
    assert centre is not None  # noqa: S101 - else it has one of its own
    file = centre / "central.toml"
    configuration = load_configuration(file)
    (host, *more), port = _named_hosts(wishes, configuration.broker)
    ca = None if wishes.plain else configuration.broker.ca
    broker = Broker(host, port, ca=ca, plain=wishes.plain, more=tuple(more))
    if not wishes.plain and (broker.ca is None or wishes.authority is None):
        raise ConfigurationError(
            "with TLS each gate needs a certificate, and the services' authority to know the broker by",
            where="--ca",
            remedy="name the folder of gatepost central ca init, or go without TLS: --plain",
        )
    authority = None if wishes.authority is None else open_certificate_authority(wishes.authority, utc_now)
    public = configuration.central.key.with_suffix(".pub")
    with closing(open_store(configuration.store.url)) as store:
        if not wishes.beside_real_gates:
            refuse_beside_real_gates(store)
        fleet = wishes.fleet or centre / "simulated-fleet"
        secured = None if wishes.plain else authority
        yield FleetPlace(store, public, broker, secured, fleet, lambda _: None)


def _named_hosts(wishes: FleetWishes, of_central: Broker) -> tuple[list[str], int]:
    """Where the gates go. No host that nobody named: only this machine's own is taken from central.toml."""
    ports = {port for _, port in wishes.brokers}
    if len(ports) > 1:
        raise ConfigurationError(
            "the nodes of a broker have one port", where="--broker", remedy="name each with the same port"
        )
    if ports:
        return list(dict.fromkeys(host for host, _ in wishes.brokers)), ports.pop()
    if of_central.host in {"127.0.0.1", "::1", "localhost"} and wishes.plain:
        return [of_central.host], of_central.port
    raise ConfigurationError(
        f"a load goes to no host that was not named (central.toml has {of_central.host})",
        where="--broker",
        remedy="name the gates' address of the broker: --broker HOST:PORT",
    )


@contextmanager
def _own_place(wishes: FleetWishes, note: Callable[[str], None]) -> Iterator[FleetPlace]:
    """A centre and a broker of the simulation's own, gone afterwards."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="gatepost-simulated-"))) / "centre"
        note("a broker and a centre of its own, on this machine …")
        running = start_centre(_own_of(wishes, folder))
        opened.callback(running.close)
        url = load_configuration(running.configuration).store.url
        store = opened.enter_context(closing(open_store(url)))

        def away(gone: bool) -> None:
            if gone:
                running.kill_broker()
            elif running.mosquitto is None:
                running.start_broker()

        fleet = folder / "simulated-fleet"
        yield FleetPlace(store, running.central_key, running.broker, running.authority, fleet, away, running)


def _own_of(wishes: FleetWishes, folder: Path) -> OwnCentre:
    return OwnCentre(folder, wishes.ingesters, wishes.database, wishes.console, wishes.secured)
