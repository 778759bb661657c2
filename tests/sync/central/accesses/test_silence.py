"""A silent opening among accesses: told to those who may care there, the usual button to all others; of the
database and of files alike.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from edge.journal.format import LaneOpened
from sync.central.accesses.accesses import AccessFilters, access_at, accesses, feed_after
from sync.central.devices.devices import enrol_device, put_site
from sync.central.places.sight import EVERYWHERE, NOWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store
from tests.sync.central.accesses.examples import by_hand, journal, sent
from tests.sync.central.history.examples import archived
from tests.sync.wire.examples import AT, DEVICE, KEY

ELSEWHERE = "gp-0009"
EPOCHS = {DEVICE: b"e" * 16, ELSEWHERE: b"f" * 16}
REASONS = ("override", "duress", "staff")


@pytest.fixture(params=["in the database", "in files"])
def two_sites(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    """A gate each at two sites in two streets; each was opened by each button, and by name."""
    with store.writing() as connection:
        put_site(connection, SiteFile("green-court", city="Shanghai", street="North"))
        put_site(connection, SiteFile("lake", city="Shanghai", street="South"))
        enrol_device(connection, ELSEWHERE, ("lake", "main"), KEY.public_key().public_bytes_raw(), 1)
    for device, epoch in EPOCHS.items():
        opened = [by_hand("override"), by_hand("duress"), LaneOpened("staff", "command 00ff")]
        sent(store, journal(opened, epoch=epoch), device, AT)
    if request.param == "in files":
        archived(store, tmp_path / "history")
    return store


def north(connection: sa.Connection) -> Sight:
    return Sight(frozenset({place_at(connection, "Shanghai/North")}))


def seen(store: Store, care: Sight | None, reason: str | None = None) -> dict[tuple[str, int], str]:
    """The reason of each access, as those see it who may care in the north (None), or in `care`."""
    with store.reading() as connection:
        filters = AccessFilters(reason=reason)
        who = north(connection) if care is None else care
        found = accesses(connection, EVERYWHERE, filters, count=10, care=who)
        for each in found:
            one = access_at(connection, EVERYWHERE, each.device, each.epoch, each.sequence, care=who)
            assert one == each
    return {(each.site, each.sequence): each.reason for each in found}


def test_it_is_told_where_somebody_may_care_and_nowhere_else(two_sites: Store) -> None:
    usual = {(site, n): REASONS[n - 1] for site in ("green-court", "lake") for n in (1, 2, 3)}
    everywhere, in_the_north, nowhere = (seen(two_sites, care) for care in (EVERYWHERE, None, NOWHERE))
    assert everywhere == usual
    assert in_the_north == usual | {("lake", 2): "override"}
    assert nowhere == usual | {("lake", 2): "override", ("green-court", 2): "override"}
    # What is asked for by a reason is what is seen with it.
    for care, whole in ((None, in_the_north), (NOWHERE, nowhere)):
        for reason in ("override", "duress"):
            wanted = {key: value for key, value in whole.items() if value == reason}
            assert seen(two_sites, care, reason) == wanted, (care, reason)
    with two_sites.reading() as connection:
        unnamed = accesses(connection, EVERYWHERE, count=10)
    assert {each.reason for each in unnamed} == {"override", "staff"}, "who names no care is told nothing"


def test_the_feed_says_the_same(store: Store) -> None:
    sent(store, journal([by_hand("duress")]))
    with store.reading() as connection:
        [told] = feed_after(connection, EVERYWHERE, 0, 10, care=EVERYWHERE)
        [untold] = feed_after(connection, EVERYWHERE, 0, 10)
        by_reason = feed_after(connection, EVERYWHERE, 0, 10, AccessFilters(reason="duress"))
    assert (told.reason, untold.reason, by_reason) == ("duress", "override", [])
