"""The sync process of a gate: the composition root.

One thread polls the link and serves the handlers. Progress, or a stated reason to wait, feeds systemd's
watchdog; polling alone does not. Unsent events wait in the gate's journal, so nothing here has to survive a
restart.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from threading import Event, Thread

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from edge.journal.feed.channel import JournalChannel, SocketChannel
from edge.signing.cose import Keys
from edge.signing.key_files import read_private_key
from edge.support.bucket import Bucket
from edge.support.notify import Notifier
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.central_keys import CentralKeys, configured_keys
from sync.agent.clock_offset import ClockHandler
from sync.agent.command_forwarder import CommandForwarder, HandOver, datagrams_to
from sync.agent.configuration import SyncConfiguration
from sync.agent.core import LinkStamps, ToldTimes
from sync.agent.counts import CountCarrier
from sync.agent.enrolments import EnrolmentCarrier
from sync.agent.health import HealthReporter
from sync.agent.hello import Greeting, HelloHandler
from sync.agent.home_assistant.loop import HomeAssistantLoop
from sync.agent.identity_handler import IdentityHandler
from sync.agent.journal_view import LATELY, JournalView
from sync.agent.list_fetcher import ListFetcher
from sync.agent.list_handler import ListHandler
from sync.agent.refusal import RefusalHandler
from sync.agent.registry_handler import RegistryHandler, registry_handler
from sync.agent.uploader import Uploader
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import LONGEST_POLL, Handler
from sync.dispatch.refusals import RefusalExchange
from sync.dispatch.watchdog import feed
from sync.transport.connection import Connection, Host, LinkState, LinkTimeouts
from sync.wire import (
    SESSION_TAKEN_OVER,
    Channel,
    DeviceState,
    Health,
    Held,
    RefusedByDevice,
    RefusedMessage,
    all_for,
)

_ENDS_WITHIN = 3.0


def run_agent(
    configuration: SyncConfiguration,
    stop: Event,
    *,
    notifier: Notifier | None = None,
    more: Sequence[Handler] = (),
    command_keys: Callable[[], Keys] = dict,
) -> None:
    """Sync until `stop` is set; `more` handlers are served besides. Raises GatepostError if it cannot start.

    `command_keys` returns the keys that may sign commands now; the gate verifies each command again.
    """
    notifier = notifier or Notifier(os.environ)
    agent = Agent(configuration, more, command_keys)
    notifier.ready(f"device {configuration.device.id}")
    with _shown_at_home(configuration):
        try:
            while not stop.is_set():
                agent.poll()
                feed(notifier, agent.waiting_reason(), agent.status)
        finally:
            notifier.stopping()
            agent.close()


class Agent:
    """A gate's end of the wire, with its handlers. Call `poll` in a loop.

    `journal` and `hand_over` are its ways to the gate process; by default the sockets that sync.toml names.
    """

    def __init__(
        self,
        configuration: SyncConfiguration,
        more: Sequence[Handler] = (),
        command_keys: Callable[[], Keys] = dict,
        *,
        limits: LinkTimeouts | None = None,
        host: Host | None = None,
        journal: JournalChannel | None = None,
        hand_over: HandOver | None = None,
    ) -> None:
        device = configuration.device.id
        host = host or Host()
        self._clock_now, self._sleep, self._wall = host.clock, host.sleep, host.wall
        self._hand_over = hand_over
        key = read_private_key(configuration.device.key)
        self._command_keys = command_keys
        self._stamps, self._told = LinkStamps(host.wall), ToldTimes()
        self._started = host.wall()
        self._software = version("gatepost")  # reads and parses a file
        self._log = structlog.get_logger("sync.agent")
        section = configuration.registry
        self._registry = None if section is None else registry_handler(section, device, key, host.wall)
        lists = None if section is None else section.lists
        self._lists = (
            None if section is None or lists is None else ListFetcher(section.spool / "lists", lists)
        )
        self._central = _central_keys(configuration, self._registry)
        folder = AcknowledgedFolder(configuration.journal.acknowledged)
        view = JournalView(journal or SocketChannel(configuration.journal.socket), host.clock, host.chance)
        linger = configuration.limits.linger
        self._uploader = Uploader(device, key, view, folder, self._central.now(), linger)
        self._clock = ClockHandler(device, key, host.wall, host.clock, self._told, host.entropy)
        every = configuration.limits.report_every
        self._health = HealthReporter(device, key, self._current_health, self._stamps, every)
        greeting = Greeting(device, key, self._software, self._started, self._held)
        self._hello = HelloHandler(greeting, self._stamps, self._told, host.chance, host.entropy)
        self._refusals = RefusalHandler(
            device, configuration.journal.acknowledged, self._central.now(), self._told
        )
        self._refused_by_central: Counter[str] = Counter()
        self._answers = RefusalExchange(
            RefusedByDevice,
            key,
            host.wall,
            host.clock,
            answers=lambda other: other == device,
            heard=self._note_refused_by_central,
        )
        self._link = Connection(
            configuration.broker,
            device,
            (all_for(device),),
            will=self._health.will_message,
            limits=limits,
            host=host,
        )
        self._dispatcher = Dispatcher(
            self._link,
            [*self._handlers(configuration, key, more, host)],
            self._keys_for,
            only=device,
            bucket=Bucket(configuration.limits.upload),
            clock=host.clock,
            refuse=self._answers.refuse,
        )

    @property
    def status(self) -> str:
        """One line for `systemctl status`."""
        if self._refusals.is_retired:
            return "retired: central refuses this device for good; its replacement needs another id"
        if self._must_stay_away():
            return f"refused by central: {self._refusals.why}"
        return f"{self._link.state}, {self._uploader.status}"

    @property
    def link_state(self) -> LinkState:
        """Whether it has a link to the broker."""
        return self._link.state

    def poll(self, wait: float = LONGEST_POLL) -> None:
        """Do one round: at most `wait` seconds if nothing arrives."""
        if self._must_stay_away():
            self._sleep(wait)
            return
        self._dispatcher.poll(wait)
        if self._refusals.is_retired:
            self._link.close()
        elif self._must_stay_away():
            self._link.drop(f"central refuses this device: {self._refusals.why}")
        elif self._stamps.is_behind:
            self._link.drop("central has heard of a later link of this device: was its clock set back?")
        self._uploader.write(self._clock_now())

    def next_due(self) -> float:
        """When it is to be polled next although nothing arrives (monotonic, in seconds); inf: never."""
        away = self._refusals.away_until
        due = self._dispatcher.next_due() if away <= self._clock_now() else away
        return min(due, self._uploader.writes_at)

    def waiting_reason(self) -> str | None:
        """What it waits for now; None if there is work and no reason to wait (docs/sync.md, watchdog)."""
        return self.status if self._must_stay_away() else self._dispatcher.waiting_reason()

    def close(self) -> None:
        self._link.close(self._health.last_message())
        self._uploader.close(self._clock_now())

    def _handlers(
        self, configuration: SyncConfiguration, key: Ed25519PrivateKey, more: Sequence[Handler], host: Host
    ) -> Iterator[Handler]:
        yield self._hello  # first: it tells how new the rest is
        yield self._refusals  # before anything else that came with it
        yield self._uploader
        yield self._clock
        if self._registry is not None:
            yield self._registry
            if self._lists is not None:
                yield ListHandler(configuration.device.id, key, self._lists, lambda: self._held().registry)
        if configuration.commands is not None:
            hand_over = self._hand_over or datagrams_to(configuration.commands.socket)
            yield CommandForwarder(
                configuration.device.id, key, hand_over, host.wall, self._stamps, self._must_stay_away
            )
        if configuration.counts is not None:
            yield CountCarrier(configuration.device.id, key, configuration.counts, self._stamps, host.chance)
        if configuration.enrolments is not None:
            yield EnrolmentCarrier(configuration.device.id, key, configuration.enrolments)
        yield from more
        yield self._health
        yield self._answers
        yield IdentityHandler(self._link.note_identity_shared, self._told)

    def _must_stay_away(self) -> bool:
        return self._refusals.must_stay_away(self._clock_now())

    def _keys_for(self, device: str, channel: Channel, data: bytes) -> Keys:
        if channel is not Channel.COMMAND:
            return self._central.for_message(device, channel, data)
        return self._command_keys() if self._registry is None else self._registry.command_keys()

    def _current_health(self) -> Health:
        newest, acknowledged, waiting = self._uploader.progress(within=LATELY)
        offset = self._clock.offset
        return Health(
            DeviceState.ONLINE,
            self._wall(),
            software=self._software,
            started=self._started,
            epoch=None if newest is None else newest.epoch,
            newest=0 if newest is None else newest.last,
            acknowledged=acknowledged,
            waiting=waiting,
            held=replace(self._held(), fingerprint=b""),  # the hello has it
            clock_offset=None if offset is None else offset.offset,
            clock_error=None if offset is None else offset.error,
            refused=self._refused_counts(),
            alarms=self._alarms(),
        )

    def _held(self) -> Held:
        held = Held() if self._registry is None else self._registry.held()
        return held if self._lists is None else replace(held, lists=self._lists.versions)

    def _alarms(self) -> tuple[str, ...]:
        contested = (SESSION_TAKEN_OVER,) if self._link.contested else ()
        return tuple(sorted((*self._uploader.alarms, *contested)))

    def _refused_counts(self) -> dict[str, int]:
        """How many were refused, by code: messages, registry content with the prefix `registry_`, and what
        central refused of ours with the prefix `central_`.
        """
        carried = {} if self._registry is None else self._registry.refused
        return {
            **self._dispatcher.refused,
            **{f"registry_{code}": count for code, count in carried.items()},
            **{f"central_{code}": count for code, count in self._refused_by_central.items()},
        }

    def _note_refused_by_central(self, _: str, refused: RefusedMessage) -> None:
        channel, code = refused.counted_as
        self._refused_by_central[code] += 1
        # Only the first of a code is a warning, so that a flood does not fill the log.
        say = self._log.warning if self._refused_by_central[code] == 1 else self._log.debug
        say("refused_by_central", channel=channel, code=code, detail=refused.detail)


@contextmanager
def _shown_at_home(configuration: SyncConfiguration) -> Iterator[None]:
    """Meanwhile the gate is shown to a Home Assistant, if sync.toml says so: nothing waits for that."""
    section = configuration.home_assistant
    if section is None:
        yield
        return
    ends = Event()
    loop = HomeAssistantLoop(section, configuration.device.id)
    thread = Thread(target=loop.run, args=(ends,), name="home-assistant", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join(_ENDS_WITHIN)  # the broker says that it is gone, if it takes longer


def _central_keys(configuration: SyncConfiguration, registry: RegistryHandler | None) -> CentralKeys:
    """The keys of central: by its files, and by the roots that arrive. Raises RegistryError."""
    configured = configured_keys(configuration)
    if registry is None:
        return CentralKeys(configured, lambda: None, lambda _: None)
    return CentralKeys(configured, lambda: registry.root, registry.root_in)
