"""Tells devices that are retired, suspended or unknown that central refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.support.due import NEVER
from sync.central.confirming import Confirming, HeldAnswer
from sync.central.devices.devices import refused_devices
from sync.central.server import CommitPoint, commit_point
from sync.central.store import Store, StoreError
from sync.dispatch.handler import StatelessHandler
from sync.transport.broker import Broker
from sync.transport.once import end_connection, publish_until_unheard
from sync.wire import DeviceRefused, RefusedDevice, SealedMessage, seal_message

REPEATED_AFTER = 10.0
"""Seconds between two refusals to a device that goes on sending."""
_MOST = 1_000
"""Devices that are remembered at a time; any further one is told later."""


class RefusalNotifier(StatelessHandler):
    """Tells each device without a valid key why it is refused; `key` is central's message key.

    A device that hears that it is retired is so for good: that rests on what a server's standbys have. What
    `confirming` holds back somebody else sends.
    """

    def __init__(
        self,
        store: Store,
        key: Ed25519PrivateKey,
        wall: Callable[[], int],
        *,
        confirming: Confirming | None = None,
    ) -> None:
        self._store = store
        self._confirming = confirming or Confirming(store)
        self._key = key
        self._wall = wall
        self._unverified: dict[str, None] = {}
        self._told: dict[str, float] = {}
        self._log = structlog.get_logger("central.strangers")

    def note_unverified(self, identity: str) -> None:
        """Note that a message of `identity` arrived, for which there is no key."""
        if len(self._unverified) < _MOST:
            self._unverified[identity] = None

    def due_messages(self, now: float) -> Iterator[SealedMessage]:
        self._told = {name: at for name, at in self._told.items() if now - at < REPEATED_AFTER}
        due, self._unverified = [name for name in self._unverified if name not in self._told], {}
        if not due:
            return
        try:
            with self._store.reading() as connection:
                refused, point = refused_devices(connection, due), commit_point(connection)
        except StoreError as error:
            self._log.warning("strangers_not_looked_up", error=str(error))
            return
        for name, why in refused.items():
            self._told[name] = now
            self._log.warning("device_refused", device=name, why=why.value)
        yield from self._confirming.said(
            HeldAnswer(
                point if why is RefusedDevice.RETIRED else CommitPoint("", waits=False),
                (name, b""),
                seal_message(DeviceRefused(why, self._wall()), name, self._key),
            )
            for name, why in refused.items()
        )

    def next_due(self, now: float) -> float:
        return now if self._unverified else NEVER


def dismiss(
    broker: Broker, sender: str, identity: str, notice: DeviceRefused, key: Ed25519PrivateKey
) -> bool:
    """Tell a device to leave, then end its connection; returns whether it had one. Raises GatepostError.

    `sender` is an unused client id. The device gets time to leave: one that is disconnected concludes
    that another client uses its identity.
    """
    was_there = publish_until_unheard(broker, sender, seal_message(notice, identity, key))
    end_connection(broker, identity)
    return was_there
