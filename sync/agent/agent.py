"""The sync process of a gate: the composition root.

One thread: the link turns, the parts are served. systemd's watchdog is fed by progress, or by a stated reason
to wait; turning alone does not feed it. What waits on the gate's side waits in its journal; nothing here has
to survive.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from threading import Event

import structlog

from edge.journal.format import microseconds
from edge.registry.keys import read_public_keys
from edge.signing.cose import Keys, keys_of
from edge.signing.key_files import read_private_key
from edge.support.bucket import Bucket
from edge.support.notify import Notifier
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.clock_offset import ClockHandler
from sync.agent.command_handler import CommandHandler
from sync.agent.configuration import SyncConfiguration
from sync.agent.health import HealthReporter
from sync.agent.identity_handler import IdentityHandler
from sync.agent.journal_view import LATELY, JournalView
from sync.agent.refusal import RefusalHandler
from sync.agent.registry_handler import registry_handler
from sync.agent.uploader import Uploader
from sync.dispatch.dispatcher import Dispatcher
from sync.dispatch.handler import Handler
from sync.dispatch.watchdog import feed
from sync.transport.connection import Connection, Host, LinkTimeouts
from sync.wire import SESSION_TAKEN_OVER, Channel, DeviceState, Health, all_for

LONGEST_POLL = 0.2
"""Seconds that a turn waits for the network at most; the journal is looked at so often."""


def run_agent(
    configuration: SyncConfiguration,
    stop: Event,
    *,
    notifier: Notifier | None = None,
    more: Sequence[Handler] = (),
    command_keys: Callable[[], Keys] = dict,
) -> None:
    """Sync until `stop` is set, with `more` parts. Raises GatepostError where it cannot start.

    `command_keys` says who may sign commands now; the gate verifies each of them once more.
    """
    notifier = notifier or Notifier(os.environ)
    agent = Agent(configuration, more, command_keys)
    notifier.ready(f"device {configuration.device.id}")
    try:
        while not stop.is_set():
            agent.poll()
            feed(notifier, agent.waiting_reason(), agent.status)
    finally:
        notifier.stopping()
        agent.close()


class Agent:
    """A gate's end of the wire, with its parts. `turn` it."""

    def __init__(
        self,
        configuration: SyncConfiguration,
        more: Sequence[Handler] = (),
        command_keys: Callable[[], Keys] = dict,
        *,
        limits: LinkTimeouts | None = None,
        host: Host | None = None,
    ) -> None:
        device = configuration.device.id
        host = host or Host()
        self._clock_now, self._sleep = host.clock, host.sleep
        key = read_private_key(configuration.device.key)
        self._central: Keys = keys_of(
            key for path in configuration.central.keys for key in read_public_keys(path)
        )
        self._command_keys = command_keys
        self._started = _wall()
        self._software = version("gatepost")  # a file is read and parsed for it
        self._log = structlog.get_logger("sync.agent")
        folder = AcknowledgedFolder(configuration.journal.acknowledged)
        view = JournalView(configuration.journal.socket, host.clock, host.chance)
        self._uploader = Uploader(device, key, view, folder, self._central)
        self._clock = ClockHandler(device, key, _wall)
        self._health = HealthReporter(device, key, self._current_health)
        section = configuration.registry
        self._registry = None if section is None else registry_handler(section, device, key, host.chance)
        registry = () if self._registry is None else (self._registry,)
        orders = configuration.commands
        self._refused_notice = RefusalHandler(device, configuration.journal.acknowledged, self._central)
        commands = (
            ()
            if orders is None
            else (CommandHandler(device, key, orders.socket, _wall, self._must_stay_away),)
        )
        self._link = Connection(
            configuration.broker,
            device,
            (all_for(device),),
            will=self._health.will_message,
            limits=limits,
            host=host,
        )
        shared = IdentityHandler(self._link.note_identity_shared)
        # What refuses the device comes before whatever else came with it.
        parts: list[Handler] = [
            self._refused_notice,
            self._uploader,
            self._clock,
            *registry,
            *commands,
            *more,
            self._health,
            shared,
        ]
        bucket = Bucket(configuration.limits.upload)
        self._dispatcher = Dispatcher(
            self._link, parts, self._keys_for, only=device, bucket=bucket, clock=host.clock
        )

    @property
    def status(self) -> str:
        """One line for `systemctl status`."""
        if self._refused_notice.is_retired:
            return "retired: central believes this device no more; one in its place has another id"
        if self._must_stay_away():
            return f"refused: to central this device is {self._refused_notice.why}"
        return f"{self._link.state}, {self._uploader.status}"

    def poll(self, wait: float = LONGEST_POLL) -> None:
        """One round, of at most `wait` seconds where nothing comes."""
        if self._must_stay_away():
            self._sleep(wait)
            return
        self._dispatcher.poll(wait)
        if self._refused_notice.is_retired:
            self._link.close()
        elif self._must_stay_away():
            self._link.drop(f"to central this device is {self._refused_notice.why}")
        self._uploader.write(self._clock_now())

    def waiting_reason(self) -> str | None:
        """What it waits for now; None: for nothing, and yet there is work (docs/sync.md, watchdog)."""
        return self.status if self._must_stay_away() else self._dispatcher.waiting_reason()

    def close(self) -> None:
        self._link.close(self._health.last_message())
        self._uploader.close(self._clock_now())

    def _must_stay_away(self) -> bool:
        return self._refused_notice.must_stay_away(self._clock_now())

    def _keys_for(self, _: str, channel: Channel) -> Keys:
        if channel is not Channel.COMMAND:
            return self._central
        return self._command_keys() if self._registry is None else self._registry.command_keys()

    def _current_health(self) -> Health:
        newest, acknowledged, waiting = self._uploader.progress(within=LATELY)
        offset = self._clock.offset
        return Health(
            DeviceState.ONLINE,
            _wall(),
            software=self._software,
            started=self._started,
            epoch=None if newest is None else newest.epoch,
            newest=0 if newest is None else newest.last,
            acknowledged=acknowledged,
            waiting=waiting,
            registry_version=0 if self._registry is None else self._registry.version,
            clock_offset=None if offset is None else offset.offset,
            clock_error=None if offset is None else offset.error,
            refused=self._refused(),
            alarms=self._alarms(),
        )

    def _alarms(self) -> tuple[str, ...]:
        contested = (SESSION_TAKEN_OVER,) if self._link.contested else ()
        return tuple(sorted((*self._uploader.alarms, *contested)))

    def _refused(self) -> dict[str, int]:
        """What was not believed: messages by their own codes, what they carried by `registry_` and its."""
        carried = {} if self._registry is None else self._registry.refused
        return {**self._dispatcher.refused, **{f"registry_{code}": count for code, count in carried.items()}}


def _wall() -> int:
    return microseconds(datetime.now(UTC))
