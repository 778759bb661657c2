"""The reference case: a street of 24 sites with 120 gates, and a day of 50,000 people with two peaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from edge.admin.site_file import SiteFile
from edge.decision import ClockTrust
from edge.journal.format import START, Entry, link, told
from sync.central.devices.devices import enrol_device, put_site
from sync.central.store import Store
from sync.central.units import MINUTE, SECOND
from tests.sync.central.flow.examples import entry, exit_, turns
from tests.sync.wire.examples import KEY

SITES, GATES, PEOPLE = 24, 5, 50_000
OPENS = 1_772_496_000_000_000
"""2026-03-03 00:00 UTC, when the day begins."""
DAY = "2026-03-03"
PEAKS = ((8.2, 0.7), (17.5, 1.1))
"""At about which hours people come, and how far from that (hours)."""
_AT_ONCE = 100
"""Events that a batch surely has room for."""
_IN, _OUT, _TURN = told(entry()), told(exit_()), told(turns(DAY))


@dataclass(frozen=True)
class Market:
    """Each device's journal of the day, and who passed: (moment, device, +1 or -1), in order."""

    journals: Mapping[str, Sequence[Entry]]
    passages: Sequence[tuple[int, str, int]]


def site_of(number: int) -> str:
    return f"market{number:02}"


def day_of(people: int = PEOPLE, seed: int = 20) -> Market:
    """A day: everybody comes once and leaves once, the first site is the busiest."""
    random = Random(seed)
    weights = [1 / (1 + number) for number in range(SITES)]
    passages: list[tuple[int, str, int]] = []
    for of_site in random.choices(range(SITES), weights, k=people):
        middle, wide = random.choice(PEAKS)
        comes = min(max(random.gauss(middle, wide), 5.0), 20.0)
        stays = random.expovariate(1 / 0.7) + 0.05
        for at, way in ((comes, 1), (min(comes + stays, 23.9), -1)):
            lane = random.randrange(GATES - 2) if way > 0 else random.randrange(GATES - 2, GATES)
            passages.append((OPENS + int(at * 3600) * SECOND, f"{site_of(of_site)}-{lane}", way))
    passages.sort()
    return Market(_journals(passages), passages)


def build_market(store: Store) -> None:
    public = KEY.public_key().public_bytes_raw()
    with store.writing() as connection:
        for number in range(SITES):
            put_site(connection, SiteFile(site_of(number), time_zone="UTC"))
            for lane in range(GATES):
                enrol_device(connection, f"{site_of(number)}-{lane}", (site_of(number), str(lane)), public, 1)


def parts_of(entries: Sequence[Entry], every: int = 20 * MINUTE) -> Iterator[tuple[int, Sequence[Entry]]]:
    """What a gate sends, and when: what it wrote in some minutes, and not too much of it at once."""
    first = 0
    for place, each in enumerate(entries):
        if each.at // every != entries[first].at // every or place - first == _AT_ONCE:
            yield entries[place - 1].at, entries[first:place]
            first = place
    yield entries[-1].at, entries[first:]


def _journals(passages: Sequence[tuple[int, str, int]]) -> dict[str, list[Entry]]:
    happened: dict[str, list[tuple[int, tuple[str, bytes]]]] = defaultdict(list)
    for number in range(SITES):
        for lane in range(GATES):
            happened[f"{site_of(number)}-{lane}"].append((OPENS, _TURN))
    for at, device, way in passages:
        happened[device].append((at, _IN if way > 0 else _OUT))
    return {device: _linked(device, each) for device, each in happened.items()}


def _linked(device: str, happened: Sequence[tuple[int, tuple[str, bytes]]]) -> list[Entry]:
    entries: list[Entry] = []
    for sequence, (at, (kind, body)) in enumerate(happened, start=1):
        made = link(
            epoch=device.encode().ljust(16, b"\0"),
            gate=device.rpartition("-")[2],
            sequence=sequence,
            at=at,
            trust=ClockTrust.TRUSTED,
            monotonic=(at - OPENS) / SECOND,
            kind=kind,
            body=body,
            previous=entries[-1].hash if entries else START,
        )
        entries.append(made)
    return entries
