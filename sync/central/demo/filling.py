"""Fills a centre with a street and its day, by the functions that a real centre runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import Policy
from edge.journal.format import Event
from edge.signing.cose import Stamp, instant, microseconds
from sync.central.demo.day import day_of, probes_of
from sync.central.demo.gates import DemoGate, DeviceEvent
from sync.central.demo.isolations import put_orders
from sync.central.demo.street import StreetSite
from sync.central.demo.troubles import DemoTroubles
from sync.central.devices.devices import enrol_device, note_health, put_site
from sync.central.followers import FOLLOWERS
from sync.central.journals.ingester import Ingester
from sync.central.people.subjects import note_status, put_subject
from sync.central.store import Store
from sync.wire import DeviceState, Health, Held, ReceivedMessage

SOFTWARE = "0.1.0"
_STEP = timedelta(seconds=50)
"""What happens in so long reaches the centre at once: nothing is late."""
_MOST_AT_ONCE = 2_000
_ON_THE_WAY = 400_000
"""Microseconds from a gate to the centre."""


_NOBODYS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
"""Signs acknowledgements that nobody hears."""


@dataclass(frozen=True)
class Filled:
    """The gates of a street by their devices' names, each with its journal, what they hold, and what goes
    wrong at them.
    """

    gates: Mapping[str, DemoGate]
    held: Held
    troubles: DemoTroubles

    @property
    def events(self) -> int:
        """How many events the gates have written."""
        return sum(gate.newest for gate in self.gates.values())


def put_street(connection: sa.Connection, sites: Sequence[StreetSite], now: datetime) -> None:
    """Add the sites, their gates' devices, their people, and who set which status."""
    at = microseconds(now)
    for site in sites:
        put_orders(connection, site)
        put_site(connection, site.file)
        for gate in site.gates:
            device = site.device(gate)
            public = DemoGate(device, gate).key.public_key().public_bytes_raw()
            enrol_device(connection, device, (site.file.id, gate), public, at)
        for person in site.people:
            put_subject(connection, site.file.id, person, at)
            if person.status is not None:
                set_at = microseconds(person.status.since)
                note_status(connection, site.file.id, person.id, person.status, person.status.source, set_at)


def live_a_day(
    store: Store,
    sites: Sequence[StreetSite],
    policy: Callable[[StreetSite], Policy],
    until: datetime,
    accesses: int,
    held: Held,
    *,
    probed: bool = False,
    troubles: DemoTroubles | None = None,
) -> Filled:
    """Have the day that ends at `until` happen at `sites`, about `accesses` at each; gates hold `held`, and
    are `probed`, or never were. `troubles` are what else happens there.
    """
    troubles = troubles or DemoTroubles(until, whole=False)
    gates = {site.device(gate): DemoGate(site.device(gate), gate) for site in sites for gate in site.gates}
    filled = Filled(gates, held, troubles)
    clock = [0]
    ingester = Ingester(store, _NOBODYS_KEY, lambda: clock[0], followers=FOLLOWERS)
    happened = [
        *_happened(sites, policy, until, accesses, held.registry, troubles, probed=probed),
        *troubles.events(sites, accesses),
    ]
    for part in _parts(sorted(happened, key=attrgetter("at", "device"))):
        clock[0] = microseconds(part[-1].at) + _ON_THE_WAY
        hear(ingester, filled, part)
    report_health(store, filled, until)
    return filled


def tomorrow_of(
    sites: Sequence[StreetSite],
    policy: Callable[[StreetSite], Policy],
    since: datetime,
    accesses: int,
    registry: int,
    troubles: DemoTroubles,
) -> Sequence[DeviceEvent]:
    """What will happen in the day from `since` on, in order."""
    happened = _happened(sites, policy, since + timedelta(days=1), accesses, registry, troubles, probed=True)
    return [item for item in happened if item.at > since]


def listening(store: Store, wall: Callable[[], int]) -> Ingester:
    """What takes the journals that the gates send."""
    return Ingester(store, _NOBODYS_KEY, wall, followers=FOLLOWERS)


def hear(ingester: Ingester, filled: Filled, events: Sequence[DeviceEvent]) -> None:
    """Have the gates write `events`, and the centre take what they send."""
    messages = chain.from_iterable(_sent(filled, device, written) for device, written in _by_device(events))
    list(ingester.handle(list(messages), 0.0))


def report_health(store: Store, filled: Filled, now: datetime) -> None:
    """Have every gate that has a link say that it is there, and what it holds."""
    with store.writing() as connection:
        for gate in filled.gates.values():
            last = filled.troubles.dark_since(gate.device) or now
            note_health(connection, gate.device, _health(gate, last, filled.held), microseconds(last))


def _happened(
    sites: Sequence[StreetSite],
    policy: Callable[[StreetSite], Policy],
    until: datetime,
    accesses: int,
    registry: int,
    troubles: DemoTroubles,
    *,
    probed: bool,
) -> Sequence[DeviceEvent]:
    found = (
        troubles.of(DeviceEvent(item.at, site.device(item.gate), item.event))
        for site in sites
        for item in (
            *day_of(site, policy(site), until, accesses, registry),
            *(probes_of(site, policy(site), until, registry) if probed else ()),
        )
        if item.at <= until
    )
    return sorted(found, key=lambda item: (item.at, item.device))


def _sent(
    filled: Filled, device: str, written: Sequence[tuple[datetime, Event]]
) -> Iterator[ReceivedMessage]:
    """What of that reaches the centre."""
    gate, troubles = filled.gates[device], filled.troubles
    entries = gate.write(written)
    return gate.sent([entry for entry in entries if not troubles.is_kept_back(device, instant(entry.at))])


def _parts(happened: Sequence[DeviceEvent]) -> Iterator[Sequence[DeviceEvent]]:
    """What reaches the centre at once."""
    begin = 0
    while begin < len(happened):
        end, until = begin, happened[begin].at + _STEP
        while end < len(happened) and end - begin < _MOST_AT_ONCE and happened[end].at < until:
            end += 1
        yield happened[begin:end]
        begin = end


def _by_device(part: Sequence[DeviceEvent]) -> Iterator[tuple[str, list[tuple[datetime, Event]]]]:
    of_device = sorted(part, key=attrgetter("device", "at"))
    for device, events in groupby(of_device, attrgetter("device")):
        yield device, [(item.at, item.event) for item in events]


def _health(gate: DemoGate, at: datetime, held: Held) -> Health:
    return Health(
        DeviceState.ONLINE,
        microseconds(at),
        Stamp(1, 1),
        software=SOFTWARE,
        started=microseconds(at - timedelta(days=1)),
        epoch=gate.epoch,
        newest=gate.newest,
        acknowledged=gate.newest,
        held=held,
        clock_offset=2_000,
        clock_error=1_000,
    )
