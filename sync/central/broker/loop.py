"""Keeps a RabbitMQ as it has to be while central runs: who comes into service is let in, who leaves it is
not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import structlog

from edge.errors import GatepostError
from sync.central.broker.devices import devices_in_service
from sync.central.store import Store, StoreError
from sync.transport.broker import Broker
from sync.transport.core import Change, let_in, of_device
from sync.transport.rabbitmq.keeping import apply, differences
from sync.transport.rabbitmq.management import managed, section_of

_WHOLE_EVERY = 600.0
"""Seconds between two looks at all that the broker holds; between them only devices are looked at, here."""


class BrokerLoop:
    """Keeps `broker` by what `store` says; `look` does one round. Several processes may run one each: all do
    the same.
    """

    def __init__(self, store: Store, broker: Broker, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._broker = broker
        self._every = section_of(broker).every
        self._clock = clock
        self._known: frozenset[str] | None = None
        self._whole_at = 0.0
        self._said = ""
        self._log = structlog.get_logger("central.broker")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(self._every)

    def look(self) -> int:
        """One round; returns how many things were changed at the broker."""
        try:
            done = self._look()
        except (GatepostError, StoreError) as error:
            self._say(str(error))
        except Exception:  # noqa: BLE001 - a loop that ended would let no new gate in
            self._log.exception("broker_not_kept")
        else:
            self._said = ""
            return done
        self._known = None
        return 0

    # --- inside ----------------------------------------------------------------------------

    def _look(self) -> int:
        wanted = devices_in_service(self._store)
        due = self._known is None or self._clock() >= self._whole_at
        if wanted == self._known and not due:
            return 0
        with managed(self._broker) as api:
            if due or self._known is None:
                changes = differences(api, self._broker.journals, wanted)
                self._whole_at = self._clock() + _WHOLE_EVERY
            else:
                changes = _of_devices(self._known, wanted)
            done = sum(self._note(change, made=made) for change, made in apply(api, changes))
        self._known = wanted
        return done

    def _note(self, change: Change, *, made: bool) -> bool:
        say = self._log.info if made else self._log.error
        say(
            "broker_changed" if made else "broker_left",
            kind=change.kind,
            name=" ".join(change.key),
            why=change.why,
        )
        return made

    def _say(self, what: str) -> None:
        """Log a fault once, then for debugging."""
        say = self._log.debug if what == self._said else self._log.warning
        self._said = what
        say("broker_not_kept", why=what)


def _of_devices(before: frozenset[str], now: frozenset[str]) -> list[Change]:
    """What to do for the devices that came into service, or left it."""
    had, have = frozenset(let_in(before)), frozenset(let_in(now))
    new = (item for device in sorted(have - had) for item in of_device(device))
    changes = [Change(item.kind, item.key, item, "is new") for item in new]
    gone = sorted(had - have)
    return changes + [Change("users", (device,), None, "is out of service") for device in gone]
