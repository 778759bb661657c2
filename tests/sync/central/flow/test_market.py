"""The reference case: 24 sites, 120 gates, 50,000 people in a day of two peaks, one gate two hours off line.

At the end every figure is what happened, at every ten minutes of the day. Meanwhile the centre shows what it
has, and says how far that goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from edge.journal.format import Entry
from edge.signing.cose import Stamp
from sync.central.accesses.completeness import HEARD_WITHIN, completeness
from sync.central.devices.devices import note_health
from sync.central.flow.core.where import site as of_site
from sync.central.flow.following import FlowFollower
from sync.central.flow.reading import course, inside_now
from sync.central.journals.journals import store_batch
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store, open_store
from sync.central.units import MINUTE, SECOND
from sync.wire import DeviceState, Health, batch_of
from tests.examples import LONG
from tests.sync.central.flow.market import DAY, OPENS, SITES, Market, build_market, day_of, parts_of, site_of
from tests.sync.migrated import MigratedCopies

PEOPLE = 50_000 if LONG else 6_000
"""In the short form fewer come by the same gates, at the same hours."""
HOUR = 3600 * SECOND
OFF, BACK = OPENS + 8 * HOUR, OPENS + 10 * HOUR
DARK = "market00-3"
"""A way out of the busiest market."""


@pytest.fixture(scope="module")
def market() -> Market:
    return day_of(PEOPLE)


@pytest.fixture
def centre(tmp_path: Path, migrated: MigratedCopies) -> Store:
    url = f"sqlite:///{tmp_path}/central.sqlite"
    migrated.fill(url)
    return open_store(url)


Sent = tuple[int, str, Sequence[Entry]]


def sent(market: Market) -> list[Sent]:
    """Each batch with when it arrives: what one gate writes while it has no link comes when it is back."""
    return sorted(
        (
            (BACK if device == DARK and OFF <= at < BACK else at + SECOND, device, part)
            for device, journal in market.journals.items()
            for at, part in parts_of(journal, HOUR)
        ),
        key=lambda item: item[:2],
    )


@pytest.mark.longer
def test_the_day_is_exact_at_the_end_and_honest_on_the_way(market: Market, centre: Store) -> None:
    batches = sent(market)
    noon = OPENS + 9 * HOUR
    with closing(centre):
        build_market(centre)
        came(centre, [each for each in batches if each[0] <= noon])
        _looks_honest_at(noon, market, batches, centre)
        came(centre, [each for each in batches if each[0] > noon])
        with centre.reading() as connection:
            for number in range(SITES):
                line = course(
                    connection,
                    of_site(site_of(number)),
                    OPENS,
                    OPENS + 24 * HOUR,
                    10 * MINUTE,
                    OPENS + 24 * HOUR,
                )
                assert list(line.inside) == really(market, site_of(number))
            at_the_end = inside_now(connection, EVERYWHERE, OPENS + 24 * HOUR)
            assert {name: (each.inside, each.deficit, each.day) for name, each in at_the_end.items()} == {
                site_of(number): (0, 0, DAY) for number in range(SITES)
            }
            assert sum(each.entered for each in at_the_end.values()) == PEOPLE
            late = course(connection, of_site("market00"), OFF, BACK, 10 * MINUTE).corrected
        gone = sum(at >= OFF - HOUR and at < BACK and who == DARK for at, who, _ in market.passages)
        [correction] = [each for each in late if each.arrived == BACK and each.device == DARK]
        assert OFF - HOUR <= correction.first < correction.last < BACK
        assert -gone <= correction.inside < 0, "so many fewer were inside than was shown"
        assert correction.passages == -correction.inside


def _looks_honest_at(now: int, market: Market, batches: Sequence[Sent], centre: Store) -> None:
    """Without the gate that is dark more seem to be inside, and its silence is said."""
    with centre.writing() as connection:
        for device in market.journals:
            at = OFF if device == DARK else now
            note_health(connection, device, Health(DeviceState.ONLINE, at, Stamp(1, at)), at)
    told = {
        device: max(part[-1].at for arrives, whose, part in batches if whose == device and arrives <= now)
        for device in market.journals
        if device.startswith("market00-")
    }
    seen = sum(way for at, device, way in market.passages if at <= told.get(device, 0))
    with centre.reading() as connection:
        shown = inside_now(connection, EVERYWHERE, now)["market00"].inside
        rests_on = completeness(connection, EVERYWHERE, now)
    unseen = sum(whose == DARK and told[DARK] < at <= now for at, whose, _ in market.passages)
    assert shown == seen
    assert unseen > PEOPLE // 500, "so many left by the gate that is dark, and seem to be inside"
    assert (rests_on.gates, rests_on.unlinked, rests_on.unlinked_since) == (120, 1, OFF)
    assert now - OFF > HEARD_WITHIN


def really(market: Market, site: str) -> list[int]:
    """How many were inside at the end of each ten minutes."""
    changes = [0] * (24 * 6)
    for at, device, way in market.passages:
        if device.startswith(f"{site}-"):
            changes[(at - OPENS) // (10 * MINUTE)] += way
    return [sum(changes[: place + 1]) for place in range(len(changes))]


def came(store: Store, batches: Sequence[Sent]) -> None:
    for first in range(0, len(batches), 100):
        with store.writing() as connection:
            for now, device, part in batches[first : first + 100]:
                batch = batch_of(part, part[0].sequence - 1)
                assert len(batch.rows) == len(part)
                store_batch(connection, device, batch, now, [FlowFollower()])
