"""The sync process of a gate: the composition root.

One thread: the link turns, the parts are served, systemd's watchdog is fed by the turning. What waits on the
gate's side waits in its journal; nothing here has to survive.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from threading import Event
from time import monotonic

import structlog

from edge.credentials.envelope import Keys, keys_of
from edge.devices.notify import Notifier
from edge.journal.event import microseconds
from edge.registry.keys import read_public_keys
from edge.site.keys import read_private_key
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.commands import CommandsDown
from sync.agent.configuration import SyncConfiguration
from sync.agent.health import HealthReport
from sync.agent.offset import ClockOffset
from sync.agent.registry_part import registry_part
from sync.agent.uploader import Uploader
from sync.mqtt.connection import Connection
from sync.mqtt.pacing import Bucket
from sync.mqtt.part import Part
from sync.mqtt.switchboard import Switchboard
from sync.wire.messages import DeviceState, Health
from sync.wire.topics import Channel

TURN = 0.2
"""Seconds that a turn waits for the network at most; the journal is looked at so often."""

_SILENCE = 90.0
"""Seconds in which central lets events wait without a word, after which the link is taken for dead."""


def run_agent(
    configuration: SyncConfiguration,
    stop: Event,
    *,
    notifier: Notifier | None = None,
    more: Sequence[Part] = (),
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
            agent.turn()
            notifier.alive(agent.status)
    finally:
        notifier.stopping()
        agent.close()


class Agent:
    """A gate's end of the wire, with its parts. `turn` it."""

    def __init__(
        self,
        configuration: SyncConfiguration,
        more: Sequence[Part] = (),
        command_keys: Callable[[], Keys] = dict,
    ) -> None:
        device = configuration.device.id
        key = read_private_key(configuration.device.key)
        self._central: Keys = keys_of(
            key for path in configuration.central.keys for key in read_public_keys(path)
        )
        self._command_keys = command_keys
        self._started = _wall()
        self._log = structlog.get_logger("sync.agent")
        folder = AcknowledgedFolder(configuration.journal.acknowledged)
        self._uploader = Uploader(device, key, configuration.journal.path, folder, self._central)
        self._clock = ClockOffset(device, key, _wall)
        self._health = HealthReport(device, key, self._looked)
        section = configuration.registry
        self._registry = None if section is None else registry_part(section, device, key)
        registry = () if self._registry is None else (self._registry,)
        orders = configuration.commands
        commands = () if orders is None else (CommandsDown(device, key, orders.socket, _wall),)
        parts: list[Part] = [self._uploader, self._clock, *registry, *commands, *more, self._health]
        self._link = Connection(
            configuration.broker,
            device,
            (f"dn/{device}/#",),
            random.SystemRandom().random,
            self._health.will,
        )
        bucket = Bucket(configuration.limits.upload)
        self._board = Switchboard(self._link, parts, self._keys_for, only=device, bucket=bucket)

    @property
    def status(self) -> str:
        """One line for `systemctl status`."""
        _, __, waiting = self._uploader.progress()
        return f"{self._link.state}, {waiting} events wait"

    def turn(self) -> None:
        self._board.turn(TURN)
        if self._uploader.silent_for(monotonic()) > _SILENCE:
            # The broker may be there and central not; a new connection is cheap and finds out.
            self._link.drop("central does not answer")

    def close(self) -> None:
        self._link.close(self._health.last())
        self._uploader.close(monotonic())

    def _keys_for(self, _: str, channel: Channel) -> Keys:
        if channel is not Channel.COMMAND:
            return self._central
        return self._command_keys() if self._registry is None else self._registry.command_keys()

    def _looked(self) -> Health:
        newest, acknowledged, waiting = self._uploader.progress()
        offset = self._clock.offset
        return Health(
            DeviceState.ONLINE,
            _wall(),
            software=version("gatepost"),
            started=self._started,
            epoch=None if newest is None else newest.epoch,
            newest=0 if newest is None else newest.last,
            acknowledged=acknowledged,
            waiting=waiting,
            registry_version=0 if self._registry is None else self._registry.version,
            clock_offset=None if offset is None else offset.offset,
            clock_error=None if offset is None else offset.error,
            refused=self._refused(),
            alarms=self._uploader.alarms,
        )

    def _refused(self) -> dict[str, int]:
        """What was not believed: messages by their own codes, what they carried by `registry_` and its."""
        carried = {} if self._registry is None else self._registry.refused
        return {**self._board.refused, **{f"registry_{code}": count for code, count in carried.items()}}


def _wall() -> int:
    return microseconds(datetime.now(UTC))
