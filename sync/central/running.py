"""`gatepost central run`: console, API, ingester and publisher in one process, or each alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from secrets import token_hex
from socket import gethostname
from threading import Event, Thread
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.errors import GatepostError
from edge.signing.key_files import read_private_key
from edge.support.counted import counted
from edge.support.notify import Notifier
from sync.central.accesses.accesses import newest_access
from sync.central.adoption.centre import inviting_centre
from sync.central.configuration import CentralConfiguration
from sync.central.processes.registering import CentreProcess
from sync.central.processes.watching import CentreWatch
from sync.central.service import Central, run_central
from sync.central.store import newest_schema, open_store
from sync.central.web.services import WAITS, DatabaseSeen, Part, Services
from sync.transport.clock import wall
from sync.transport.core import LinkState

if TYPE_CHECKING:
    from edge.web.server import PageServer

_ALIVE_EVERY = 1.0


class RunPart(StrEnum):
    """A part of the centre's process."""

    CONSOLE = "console"
    API = "api"
    INGESTER = "ingester"
    PUBLISHER = "publisher"


EVERY_PART = frozenset(RunPart)
_SERVED = frozenset({RunPart.CONSOLE, RunPart.API})
_ON_THE_WIRE = frozenset({RunPart.INGESTER, RunPart.PUBLISHER})


class PartEnded(GatepostError):
    """A part of the process has ended by itself: the process ends, and its supervisor starts it again."""


def run_centre(
    configuration: CentralConfiguration,
    stop: Event,
    parts: Collection[RunPart] = EVERY_PART,
    *,
    notifier: Notifier | None = None,
    served_at: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve `parts` until `stop` is set. `served_at` is told the console's address. Raises GatepostError."""
    wanted = frozenset(parts)
    notifier = notifier or Notifier(os.environ)
    wire, run = _Wire(configuration, wanted), token_hex(8)
    with ExitStack() as opened:
        wire.watch = opened.enter_context(_watched(configuration, wanted, run, notifier))
        if wanted & _SERVED:
            served_at(_serve(opened, configuration, wanted, wire))
        if wanted & _ON_THE_WIRE:
            run_central(
                _publishing_if(configuration, wanted),
                stop,
                notifier=notifier,
                ingests=RunPart.INGESTER in wanted,
                beside=wire.look,
                alarmed=lambda: wire.notify(),  # noqa: PLW0108 - what it calls is set later
                run=run,
            )
        else:
            _wait(stop, notifier, wire)


def _serve(
    opened: ExitStack, configuration: CentralConfiguration, wanted: frozenset[RunPart], wire: _Wire
) -> str:
    """The console's address, where pages and API answer until `opened` is closed."""
    # They are a third of what a process loads at its start: one that serves none does without.
    from sync.central.web.app import console_app, lay_routes  # noqa: PLC0415
    from sync.central.web.pages import ALL_PAGES, HEALTH  # noqa: PLC0415
    from sync.central.web.server import console_server  # noqa: PLC0415

    services = Services(
        opened.enter_context(closing(open_store(configuration.store.url))),
        wall,
        configuration.console,
        configuration.registry,
        publisher=wire if RunPart.PUBLISHER in wanted else None,
        parts=wire.parts,
        limits=configuration.changes,
        key=read_private_key(configuration.central.key),
        receipt_bound=configuration.receipts.bound,
        dispatch=configuration.dispatch,
        inviting=partial(inviting_centre, configuration),
        sends_commands=configuration.commands is not None,
        database=wire.database,
    )
    wire.notify = services.pulse.notify
    pages = ALL_PAGES if RunPart.CONSOLE in wanted else (HEALTH,)
    app = console_app(services, laid=lay_routes(pages, has_api=RunPart.API in wanted))
    server = opened.enter_context(console_server(app, configuration.console, services.pulse))
    wire.server = server
    structlog.get_logger("console").info("serving", address=server.address)
    return server.address


class _Wire:
    """What the console and the wire's end tell each other: that something was stored, or published."""

    def __init__(self, configuration: CentralConfiguration, wanted: frozenset[RunPart]) -> None:
        self._broker = configuration.broker
        self._wanted = wanted
        self._central: Central | None = None
        self._stored = 0
        self.server: PageServer | None = None
        self.watch: CentreWatch | None = None
        self.notify: Callable[[], None] = lambda: None

    def look(self, central: Central | None) -> None:
        """After each round: tell the live pages what was stored. Raises PartEnded."""
        self._central = central
        if central is not None and central.stored != self._stored:
            self._stored = central.stored
            self.notify()
        if self.server is not None and not self.server.is_alive:
            raise PartEnded("the console has ended by itself", remedy="the log says why")

    def database(self) -> DatabaseSeen | None:
        """How the database was when it was looked at last."""
        return None if self.watch is None else DatabaseSeen(self.watch.answers, self.watch.newest)

    def notice(self) -> None:
        """Something was published: the publisher looks."""
        if self._central is not None:
            self._central.notice()

    def parts(self) -> dict[str, Part]:
        """How the parts of this process are. A broker that is away is waited for: the process works."""
        found = {part.value: Part(True, "runs") for part in sorted(self._wanted)}
        if self._wanted & _ON_THE_WIRE:
            link = None if self._central is None else self._central.link
            state = None if link is None else link.state
            host = self._broker.host if link is None else link.host
            words = f"{state or 'starting'}, broker {host}:{self._broker.port}"
            found["broker_link"] = Part(state is LinkState.READY, words, vital=False)
        if RunPart.INGESTER in self._wanted:
            found["ingester"] = Part(True, f"{counted(self._stored, 'event')} stored since the start")
        if self.watch is not None:
            said = (*self.watch.waits, *self.watch.misfits)
            found[WAITS] = Part(not said, "; ".join(map(str, said)) or "for nothing", vital=False, said=said)
        return found


@contextmanager
def _watched(
    configuration: CentralConfiguration, wanted: frozenset[RunPart], run: str, notifier: Notifier
) -> Iterator[CentreWatch]:
    """Watches database and processes meanwhile, on connections of its own: the others may all wait."""
    process = CentreProcess(
        configuration.central.id,
        run,
        gethostname(),
        version("gatepost"),
        newest_schema(),
        " ".join(sorted(wanted)),
        0,
        0,
    )
    stop = Event()
    with closing(open_store(configuration.store.url)) as store:
        watch = CentreWatch(
            store, process, wall, lambda words: notifier.alive(f"waits: {words}"), newest=newest_access
        )
        watching = Thread(target=watch.run, args=(stop,), name="watch")
        watching.start()
        try:
            yield watch
        finally:
            stop.set()
            watching.join()


def _publishing_if(configuration: CentralConfiguration, wanted: frozenset[RunPart]) -> CentralConfiguration:
    """The configuration, without [registry] where this process does not publish."""
    if RunPart.PUBLISHER in wanted:
        return configuration
    return msgspec.structs.replace(configuration, registry=None)


def _wait(stop: Event, notifier: Notifier, wire: _Wire) -> None:
    notifier.ready("console")
    try:
        while not stop.wait(_ALIVE_EVERY):
            wire.look(None)
            notifier.alive("console")
    finally:
        notifier.stopping()
