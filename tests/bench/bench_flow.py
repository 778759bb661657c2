"""What flow costs: taking journals with and without it, counting a day anew, watching 120 gates, memory.

.venv/bin/python tests/bench/bench_flow.py

Times are the processor's, of this process. The day is that of tests/sync/central/flow/market.py.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sqlalchemy as sa
from rich.console import Console

from sync.central.flow.core.forecasting import HORIZON, WINDOW, error_of, forecast
from sync.central.flow.core.levels import Limit
from sync.central.flow.core.where import site
from sync.central.flow.following import FlowFollower
from sync.central.flow.limits import put_limit
from sync.central.flow.rebuilding import rebuild
from sync.central.flow.tables import flow_count
from sync.central.flow.watching import FlowLoop
from sync.central.followers import FOLLOWERS
from sync.central.journals.following import Follower
from sync.central.journals.journals import store_batch
from sync.central.store import Store, migrate_store, open_store
from sync.central.tables import event
from sync.central.units import HOUR, MINUTE, SECOND
from sync.wire import batch_of
from tests.sync.central.flow.market import OPENS, SITES, Market, build_market, day_of, parts_of, site_of

SAY = Console()
WITHOUT: Sequence[Follower] = [each for each in FOLLOWERS if not isinstance(each, FlowFollower)]


def spent(since: float) -> float:
    return time.process_time() - since


def taken(store: Store, market: Market, followers: Sequence[Follower], every: int) -> tuple[float, int]:
    """Seconds for the day's batches, each of what a gate wrote in so long, sixty in a transaction."""
    batches = sorted(
        (
            (at, device, part)
            for device, each in market.journals.items()
            for at, part in parts_of(each, every)
        ),
        key=lambda item: item[:2],
    )
    made = [(at, device, batch_of(part, part[0].sequence - 1)) for at, device, part in batches]
    begun = time.process_time()
    for first in range(0, len(made), 60):
        with store.writing() as connection:
            for at, device, batch in made[first : first + 60]:
                store_batch(connection, device, batch, at, followers)
    return spent(begun), len(made)


def founded(folder: str, name: str) -> Store:
    url = f"sqlite:///{folder}/{name}.sqlite"
    migrate_store(url)
    store = open_store(url)
    build_market(store)
    return store


def ingest(folder: str, market: Market) -> Store:
    events = sum(map(len, market.journals.values()))
    for every in (20 * MINUTE, MINUTE):
        for name, followers in (("without", WITHOUT), ("with", FOLLOWERS)):
            store = founded(folder, f"{name}-{every}")
            took, batches = taken(store, market, followers, every)
            each = f"{1e6 * took / events:.1f} µs a passage"
            SAY.print(f"taken {name} flow: {each} ({events} passages in {batches} batches)")
            if name == "with" and every == MINUTE:
                return store
            store.close()
    raise AssertionError


def watch(store: Store) -> None:
    with store.writing() as connection:
        for number in range(SITES):
            put_limit(connection, site(site_of(number)), Limit(900, 1200, 50), "bench", OPENS)
    now = [OPENS + 9 * HOUR]
    loop = FlowLoop(store, lambda: now[0])
    loop.look()  # the first one tidies up
    looks = []
    for _ in range(60):
        now[0] += 2 * SECOND
        begun = time.process_time()
        assert loop.look()
        looks.append(spent(begun))
    SAY.print(
        f"watched {SITES} limits over 120 gates: a look {1e3 * sorted(looks)[30]:.0f} ms at the median, "
        f"{1e3 * max(looks):.0f} ms with forecasts; {sum(looks) / 120:.1%} of a processor"
    )


def forecasts() -> None:
    """Days whose people come as in the reference case, asked every ten minutes before the limit."""
    said: list[tuple[int, int | None]] = []
    random = Random(20)
    days = [_nets(day_of(25_000, seed)) for seed in range(1, 11)]
    for number, nets in enumerate(days):
        limit = round(0.8 * max(_line(nets)))
        usual = [
            sum(each) / (len(days) - 1) for each in zip(*(days[:number] + days[number + 1 :]), strict=True)
        ]
        line = _line(nets)
        reached = next(minute for minute, inside in enumerate(line) if inside >= limit)
        for now in range(reached - 100 + random.randrange(10), reached, 10):
            made = forecast(line[now], nets[now - WINDOW : now], usual[now - WINDOW : now + HORIZON], limit)
            if made.expected is not None:
                said.append((made.expected, reached - now))
    found = error_of(said)
    assert found is not None
    SAY.print(
        f"forecasts up to 100 minutes ahead: {found.count}, off by {found.median:.0f} min at the median, "
        f"{found.worst:.0f} at worst one in ten"
    )


def _nets(market: Market) -> list[int]:
    found = [0] * (24 * 60)
    for at, device, way in market.passages:
        if device.startswith("market00-"):
            found[(at - OPENS) // MINUTE] += way
    return found


def _line(nets: Sequence[int]) -> list[int]:
    return [sum(nets[:minute]) for minute in range(1, len(nets) + 1)]


def main() -> None:
    market = day_of()
    with TemporaryDirectory() as folder, closing(ingest(folder, market)) as store:
        begun = time.process_time()
        events = sum(each.events for each in rebuild(store))
        SAY.print(f"counted anew: {events / spent(begun):,.0f} passages a second")
        watch(store)
        with store.reading() as connection:
            rows = connection.execute(sa.select(sa.func.count()).select_from(flow_count)).scalar_one()
            stored = connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one()
        SAY.print(f"kept: {rows} rows for {stored} events of 120 gates")
    forecasts()
    SAY.print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")


if __name__ == "__main__":
    main()
