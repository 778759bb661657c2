"""Central's process: the composition root. Several may run and share the load.

A new concern (the publisher, the web console's live view) is another Handler in `_handlers`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from secrets import token_hex
from threading import Event, Thread

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.signing.cose import Keys, MessageRefusal, MessageRefused
from edge.signing.key_files import read_private_key
from edge.support.counted import counted
from edge.support.notify import Notifier
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.loop import AdoptionLoop
from sync.central.alarms.loop import AlarmLoop
from sync.central.command_issuer import CommandIssuer
from sync.central.commands.desk import CommandDesk
from sync.central.configuration import CentralCommandsSection, CentralConfiguration, PublishingSection
from sync.central.confirming import Confirming
from sync.central.devices.count_relay import CountRelay
from sync.central.devices.devices import DeviceKeys
from sync.central.devices.floods import BEYOND_SHARE, FloodHandler
from sync.central.devices.health_and_clock import ClockAnswers, HealthHandler
from sync.central.devices.hello import WelcomeHandler
from sync.central.devices.refusals import RefusalNotifier, dismiss
from sync.central.devices.refused_messages import RefusalCounter
from sync.central.enrolments.intake import EnrolmentIntake
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.loops import NEEDS, PUBLISHING, LoopsForAll
from sync.central.processes.leasing import LeasedLoops, Loop
from sync.central.processes.outdated import migrated_since
from sync.central.registry.announcer import announcer_of
from sync.central.registry.devices import hellos_of, sites_of
from sync.central.registry.publisher_handler import PublisherHandler
from sync.central.registry.publishing_loop import PublishingLoop
from sync.central.registry.trust import sites_without, trust_of_sites
from sync.central.store import Store, StoreError, newest_schema, open_store
from sync.central.task_senders import TaskSenders
from sync.central.waking import Waker
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import LONGEST_POLL, Handler
from sync.dispatch.intake import Intake
from sync.dispatch.refusals import RefusalExchange
from sync.dispatch.watchdog import feed
from sync.transport.connection import Connection, Host, InboundMessage, LinkTimeouts
from sync.wire import Channel, DeviceRefused, RefusedByCentral, RefusedDevice


def run_central(
    configuration: CentralConfiguration,
    stop: Event,
    *,
    notifier: Notifier | None = None,
    more: Sequence[Handler] = (),
    ingests: bool = True,
    beside: Callable[[Central], None] = lambda _: None,
    alarmed: Callable[[], None] = lambda: None,
    run: str = "",
) -> None:
    """Serve until `stop` is set; `more` handlers are served besides, `beside` is called after each round, and
    `alarmed` where alarms changed; `run` names this start among all. Raises GatepostError if it cannot start.
    """
    notifier = notifier or Notifier(os.environ)
    central = Central(configuration, more, ingests=ingests, alarmed=alarmed, run=run)
    loops = [Thread(target=each.run, args=(stop,), name=name) for name, each in central.loops()]
    for loop in loops:
        loop.start()
    try:
        notifier.ready(f"{configuration.central.id} at {configuration.broker.host}")
        while not stop.is_set():
            central.poll()
            beside(central)
            feed(notifier, central.waiting_reason(), central.status)
    finally:
        notifier.stopping()
        stop.set()
        for loop in loops:
            loop.join()
        central.close()


class Central:
    """Central's end of the wire, with its handlers. Call `poll` in a loop."""

    def __init__(
        self,
        configuration: CentralConfiguration,
        more: Sequence[Handler] = (),
        *,
        ingests: bool = True,
        limits: LinkTimeouts | None = None,
        host: Host | None = None,
        open_store: Callable[[str], Store] = open_store,
        alarmed: Callable[[], None] = lambda: None,
        run: str = "",
    ) -> None:
        host = host or Host()
        self._run = run or token_hex(8)  # two processes of one id are two
        self._leases: LeasedLoops | None = None
        key = read_private_key(configuration.central.key)
        self._clock, self._wall = host.clock, host.wall
        self._section = configuration.registry
        self._configuration, self._ingests, self._key = configuration, ingests, key
        self._entropy = host.entropy
        self._log = structlog.get_logger("central")
        with ExitStack() as opened:
            self._store = opened.enter_context(closing(open_store(configuration.store.url)))
            self._say_if_unnamed(configuration, key)
            self._keys = DeviceKeys(self._store, host.clock, configuration.store.keys_every)
            self._confirming = opened.enter_context(
                closing(Confirming(self._store, configuration.central.id))
            )
            self._refusals = RefusalNotifier(self._store, key, self._wall, confirming=self._confirming)
            counter = RefusalCounter(self._store, self._wall)
            self._answers = RefusalExchange(
                RefusedByCentral,
                key,
                self._wall,
                host.clock,
                answers=self._is_in_service,
                heard=counter.note_by_device,
                told=counter.note_by_central,
            )
            self._ingester = Ingester(
                self._store,
                key,
                self._wall,
                refuse=self._answers.refuse,
                followers=FOLLOWERS,
                migrated=partial(migrated_since, self._store, newest_schema()),
                confirming=self._confirming,
            )
            bound, self._sending = configuration.receipts.bound, Waker()

            def changed() -> None:
                self._sending.notice()
                alarmed()

            self._alarms = AlarmLoop(
                self._store, self._wall, receipt_bound=bound, senders=TaskSenders(), changed=changed
            )
            self._alarmed = alarmed
            self._floods = FloodHandler(self._store, self._wall)
            self._publisher = self._publisher_of(configuration.registry, key)
            of_gates = self._handlers(key, more) if ingests else ()
            desk = self._desk_of(configuration.commands) if ingests else ()
            of_publisher = () if self._publisher is None else (self._publisher,)
            handlers = [*of_gates, *desk, *of_publisher, self._floods, self._answers, counter]
            self._link = Connection(
                configuration.broker,
                configuration.central.id,
                shared_filters(share_group(configuration.central.group, key), handlers),
                limits=limits,
                host=host,
            )
            intake = Intake(self._note_dropped, host.clock)
            self._dispatcher = Dispatcher(
                self._link,
                handlers,
                self._keys_for,
                clock=host.clock,
                intake=intake,
                refuse=self._answers.refuse,
            )
            opened.pop_all()

    @property
    def status(self) -> str:
        """One line for `systemctl status`."""
        return f"{self._link.state}, {counted(self._ingester.stored, 'event')} stored"

    @property
    def stored(self) -> int:
        """How many events it has stored since it started."""
        return self._ingester.stored

    @property
    def link(self) -> Connection:
        """The link to the broker: its state, and the node that it is to."""
        return self._link

    def poll(self, wait: float = LONGEST_POLL) -> None:
        """Do one round: at most `wait` seconds if nothing arrives. Raises StoreError where it cannot."""
        before = self._ingester.stored
        self._dispatcher.poll(wait)
        if self._ingester.fault is not None:
            raise self._ingester.fault
        if self._ingester.stored != before:
            self._alarms.notice()

    def next_due(self) -> float:
        """When it is to be polled next although nothing arrives (monotonic, in seconds); inf: never."""
        return self._dispatcher.next_due()

    def notice(self) -> None:
        """Something was published: the next poll looks."""
        if self._publisher is not None:
            self._publisher.notice()

    def publishing_loop(self) -> PublishingLoop:
        """What this process does by itself with what waits; run it in a thread of its own."""
        return PublishingLoop(self._store, self._section, self._wall, self.notice)

    def loops(self) -> Iterator[tuple[str, Loop]]:
        """What runs beside the link, each in a thread of its own, by name. What one process does for all it
        does while it holds the lease; on SQLite, which is of one machine, each does it.
        """
        yield from self._loops_of_each()
        shared = dict(self._loops_for_all())
        if not self._store.is_on_server:
            yield from shared.items()
        elif shared:
            self._leases = LeasedLoops(self._store, self._run, shared, self._wall, needs=NEEDS)
            yield "leases", self._leases

    def notice_hello(self) -> None:
        """Another process of this centre has heard a hello: the next poll looks whether it is to be answered
        here.
        """
        if self._publisher is not None:
            self._publisher.notice_hello()

    def notice_devices(self) -> None:
        """The table of devices may be another one: the next message has it read."""
        self._keys.notice()

    def waiting_reason(self) -> str | None:
        """What it waits for now; None if there is work and no progress."""
        return self._dispatcher.waiting_reason()

    def close(self) -> None:
        with closing(self._store), closing(self._confirming):
            self._link.close()

    # --- inside ----------------------------------------------------------------------------

    def _handlers(self, key: Ed25519PrivateKey, more: Sequence[Handler]) -> Iterator[Handler]:
        # First the welcome: what is newer follows it.
        yield WelcomeHandler(self._store, key, self._wall, self._answers.refuse)
        yield self._ingester
        confirming = self._confirming
        yield HealthHandler(self._store, key, self._wall, self._answers.refuse, confirming=confirming)
        yield ClockAnswers(key, self._wall)
        yield CountRelay(self._store, key, self._wall, self._clock)
        limits = self._configuration.changes
        yield EnrolmentIntake(self._store, key, self._wall, self._clock, limits, confirming=confirming)
        yield self._refusals
        yield from more

    def _loops_of_each(self) -> Iterator[tuple[str, Loop]]:
        """What each process does. Devices are adopted through a folder of this machine, which others lack."""
        if self._ingests and self._configuration.adoption is not None:
            exchange = InvitationExchange(self._configuration.adoption.folder)
            loop = AdoptionLoop(self._store, exchange, self._wall, self._dismiss, self._alarmed)
            yield "adoption", loop

    def _loops_for_all(self) -> Iterator[tuple[str, Loop]]:
        """What is done once for all. A process without a section of central.toml takes no lease for it."""
        yield PUBLISHING if self._section is not None else "lapsing", self.publishing_loop()
        if self._ingests:
            yield "alarms", self._alarms
        made = LoopsForAll(self._configuration, self._store, self._key, self._wall, self._sending)
        yield from made.of_the_broker()
        if self._ingests:
            yield from made.of_an_ingester()

    def _announces(self) -> bool:
        """Whether this process tells the gates what is new: the one that publishes does."""
        return self._leases is None or self._leases.holds(PUBLISHING)

    def _dismiss(self, device: str) -> None:
        """End the connection of a device whose certificate was revoked."""
        sender = f"{self._configuration.central.id}-dismiss-{self._entropy(4).hex()}"
        notice = DeviceRefused(RefusedDevice.SUSPENDED, self._wall())
        dismiss(self._configuration.broker, sender, device, notice, self._key)

    def _desk_of(self, section: CentralCommandsSection | None) -> tuple[Handler, ...]:
        """What sends the commands that people ask for, where there is a key to sign them with."""
        if section is None:
            return ()
        issuer = CommandIssuer(read_private_key(section.key), self._store, self._wall, self._entropy)
        return (CommandDesk(self._store, issuer, self._wall),)

    def _publisher_of(
        self, section: PublishingSection | None, key: Ed25519PrivateKey
    ) -> PublisherHandler | None:
        if section is None:
            return None
        sites, hellos = partial(sites_of, self._store), partial(hellos_of, self._store)
        return PublisherHandler(
            announcer_of(section),
            sites,
            key,
            hellos,
            check_every=section.look_every,
            announces=self._announces,
        )

    def _say_if_unnamed(self, configuration: CentralConfiguration, key: Ed25519PrivateKey) -> None:
        """Log the sites whose newest root does not name this centre's key: their gates refuse its words."""
        if configuration.registry is None:
            return
        trust = trust_of_sites(configuration.registry, set(sites_of(self._store).values()))
        for site in sites_without(key.public_key().public_bytes_raw(), trust):
            self._log.error("key_not_named", site=site, key=str(configuration.central.key))

    def _note_dropped(self, device: str, dropped: Sequence[InboundMessage]) -> None:
        self._floods.count_dropped(device, len(dropped))
        for item in dropped[:1]:
            self._answers.refuse(item.topic, item.data, MessageRefused(MessageRefusal.TOO_MANY, BEYOND_SHARE))

    def _is_in_service(self, device: str) -> bool:
        try:
            return bool(self._keys.for_device(device))
        except StoreError:
            return False

    def _keys_for(self, device: str, _: Channel, __: bytes) -> Keys:
        try:
            found = self._keys.for_device(device)
        except StoreError as error:
            self._log.warning("keys_not_read", error=str(error))
            # Nobody can tell whose it is: it is not said to be a stranger's.
            raise MessageRefused(
                MessageRefusal.FAILED, "the database does not answer", where=device
            ) from None
        if not found:
            self._refusals.note_unverified(device)
        return found


def shared_filters(group: str, handlers: Sequence[Handler]) -> tuple[str, ...]:
    """The subscriptions of `handlers`: the broker gives each message to one process of `group` (MQTT 5,
    section 4.8.2).
    """
    handled = {channel for handler in handlers for channel in handler.channels}
    return tuple(f"$share/{group}/{channel.of_all}" for channel in Channel if channel in handled)


def share_group(name: str, key: Ed25519PrivateKey) -> str:
    """The name of the group in which the processes with central's `key` share messages; no one else can
    guess it.

    Any client that joins a group takes a part of its messages, readable to it or not, and a broker does
    not check who joins. An Ed25519 signature is deterministic (RFC 8032), and only the key can make it.
    """
    secret = key.sign(f"gatepost share group 1 {name}".encode())
    return f"{name}-{hashlib.sha256(secret).hexdigest()}"
