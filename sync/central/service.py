"""Central's process: the composition root. Several may run and share the load.

A new concern (the publisher, the web console's live view) is another Part in `_parts`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from threading import Event

import structlog

from edge.credentials.envelope import Keys
from edge.devices.notify import Notifier
from edge.journal.event import microseconds
from edge.site.keys import read_private_key
from sync.central.configuration import CentralConfiguration
from sync.central.devices import DeviceKeys
from sync.central.hearing import ClockAnswers, HealthBook
from sync.central.ingester import Ingester
from sync.central.registry_contents import publisher_of, sites_of
from sync.central.registry_part import RegistryPublishing
from sync.central.store import StoreError, open_store
from sync.mqtt.connection import Connection
from sync.mqtt.part import Part
from sync.mqtt.switchboard import Switchboard
from sync.wire.topics import Channel

TURN = 0.2


def run_central(
    configuration: CentralConfiguration,
    stop: Event,
    *,
    notifier: Notifier | None = None,
    more: Sequence[Part] = (),
) -> None:
    """Serve until `stop` is set. Raises GatepostError where it cannot start."""
    notifier = notifier or Notifier(os.environ)
    key = read_private_key(configuration.central.key)
    store = open_store(configuration.store.url)
    keys = DeviceKeys(store, time.monotonic)
    log = structlog.get_logger("central")

    def keys_for(device: str, _: Channel) -> Keys:
        try:
            return keys.of(device)
        except StoreError as error:
            log.warning("keys_not_read", error=str(error))
            return {}

    ingester = Ingester(store, key, wall)
    parts: list[Part] = [ingester, HealthBook(store, wall), ClockAnswers(key, wall), *more]
    if configuration.registry is not None:
        parts.append(RegistryPublishing(publisher_of(configuration.registry), partial(sites_of, store), key))
    link = Connection(
        configuration.broker,
        configuration.central.id,
        shared_filters(configuration.central.group, parts),
        random.SystemRandom().random,
    )
    board = Switchboard(link, parts, keys_for)
    try:
        notifier.ready(f"{configuration.central.id} at {configuration.broker.host}")
        while not stop.is_set():
            board.turn(TURN)
            notifier.alive(f"{link.state}, {ingester.stored} events stored")
    finally:
        notifier.stopping()
        link.close()
        store.close()


def shared_filters(group: str, parts: Sequence[Part]) -> tuple[str, ...]:
    """What `parts` hear, each message to one of the processes of `group` that hear it."""
    heard = {channel for part in parts for channel in part.channels}
    return tuple(f"$share/{group}/{channel.of_all}" for channel in Channel if channel in heard)


def wall() -> int:
    return microseconds(datetime.now(UTC))
