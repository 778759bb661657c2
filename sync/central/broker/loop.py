"""Keeps a RabbitMQ as it has to be while central runs: who comes into service is let in, who leaves it is
not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from threading import Event

import structlog

from edge.errors import GatepostError
from sync.central.broker.claiming import TAKE_OVER, BrokerClaim
from sync.central.broker.devices import devices_known
from sync.central.broker.watching import BrokerTrouble, BrokerWatch, troubles_of
from sync.central.store import Store, StoreError
from sync.transport.broker import Broker
from sync.transport.core import Change, let_in, of_device, takes_nobody_unknown
from sync.transport.rabbitmq.keeping import apply, differences, queues_of
from sync.transport.rabbitmq.management import ManagementApi, managed, section_of

_WHOLE_EVERY = 600.0
"""Seconds between two looks at all that the broker holds."""
_USERS_EVERY = 20.0
"""Seconds between two looks at who may come in, and two signs that this process keeps the broker."""


class BrokerLoop:
    """Keeps `broker` by what `store` says, for `centre` (`centre_of` its key); `look` does one round. A
    broker that another keeps is left as it is.
    """

    def __init__(
        self,
        store: Store,
        broker: Broker,
        centre: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        watch: BrokerWatch | None = None,
    ) -> None:
        self._store = store
        self._broker = broker
        self._every = section_of(broker).every
        self._clock = clock
        self._watch, self._watched_at = watch, 0.0
        self._claim = BrokerClaim(centre, token_hex(8), clock)
        self._known: frozenset[str] | None = None
        self._whole_at = self._users_at = 0.0
        self._said = ""
        self._left: frozenset[str] = frozenset()
        self._log = structlog.get_logger("central.broker")

    def run(self, stop: Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(self._every)
        with suppress(GatepostError), managed(self._broker) as api:
            self._claim.release(api)

    def look(self) -> int:
        """One round; returns how many things were changed at the broker."""
        self._see()
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

    def _see(self) -> None:
        """Now and then, make alarms of what needs somebody."""
        if self._watch is None or self._clock() < self._watched_at:
            return
        self._watched_at = self._clock() + _USERS_EVERY
        try:
            self._watch.see(self._troubles())
        except StoreError as error:
            self._log.debug("broker_not_watched", error=error.what)
        except Exception:  # noqa: BLE001 - what a node says must not end the loop
            self._log.exception("broker_not_watched")

    def _troubles(self) -> list[BrokerTrouble]:
        try:
            with managed(self._broker) as api:
                found = [*troubles_of(self._broker.hosts, api.found("nodes"), queues_of(api))]
                if self._claim.is_refused(api):
                    found.append(BrokerTrouble("kept_elsewhere"))
                return found
        except GatepostError:
            return [BrokerTrouble("not_managed")]

    def _look(self) -> int:
        wanted, gone = devices_known(self._store)
        if wanted == self._known and self._clock() < self._users_at:
            return 0
        with managed(self._broker) as api:
            self._claim.claim(api)
            found = self._changes(api, wanted, gone)
            changes = [change for change in found if takes_nobody_unknown(change, gone)]
            done = sum(self._note(change, made=made) for change, made in apply(api, changes))
        self._say_left(frozenset(change.key[0] for change in found if change not in changes))
        self._known = wanted
        self._users_at = self._clock() + _USERS_EVERY
        return done

    def _changes(self, api: ManagementApi, wanted: frozenset[str], gone: frozenset[str]) -> list[Change]:
        is_whole = self._known is None or self._clock() >= self._whole_at
        if not is_whole and self._clock() >= self._users_at:
            users = {str(one.get("name")) for one in api.found("users", columns="name")}
            is_whole = not users.issuperset(let_in(wanted)) or not users.isdisjoint(gone)
        if self._known is None or is_whole:
            self._whole_at = self._clock() + _WHOLE_EVERY
            return differences(api, self._broker.journals, wanted)
        return _of_devices(self._known, wanted)

    def _say_left(self, names: frozenset[str]) -> None:
        """Log once which users of nobody there are: they stay until a person says that they go."""
        if new := sorted(names - self._left):
            self._log.warning("unknown_users_left", count=len(new), users=new[:20], remedy=TAKE_OVER)
        self._left |= names

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
