"""Since when a gate is behind: at a site that publishes often it is one alarm, and stays one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sync.central.devices.behind import behind_since
from sync.central.registry.publications import note_published
from sync.central.registry.versions import SiteVersion, note_version
from sync.central.store import Store
from sync.central.tables import device, publication
from sync.central.units import MINUTE
from tests.sync.central.alarms.test_loop import Centre
from tests.sync.wire.examples import AT, DEVICE

SITE, OTHER = "green-court", "gp-0002"


def publish(store: Store, version: int, at: int) -> None:
    with store.writing() as connection:
        note_published(connection, SITE, version, at)
        note_version(connection, SITE, SiteVersion(version, at, "wang", 2, 1), 0, None)


def test_it_counts_from_the_first_version_that_the_gate_lacks(store: Store) -> None:
    for version in range(1, 10):
        publish(store, version, AT + version)
    for held, since in ((None, 1), (1, 2), (2, 3), (8, 9), (9, None), (10, None)):
        with store.writing() as connection:
            connection.execute(sa.update(device).values(registry_version=held))
            query = sa.select(behind_since).join(publication, publication.c.site == device.c.site)
            found = connection.execute(query.where(device.c.id == DEVICE)).scalar()
        assert found == (None if since is None else AT + since), held


def test_it_does_not_count_from_before_the_gate_was_there(store: Store) -> None:
    publish(store, 1, AT)
    with store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == DEVICE).values(enrolled_at=AT + 5))
        query = sa.select(behind_since).join(publication, publication.c.site == device.c.site)
        assert [*connection.execute(query.order_by(device.c.id)).scalars()] == [AT + 5, AT]


@pytest.mark.parametrize("every", [30, 90])
def test_a_gate_that_stays_behind_is_one_alarm_however_often_its_site_publishes(
    store: Store, every: int
) -> None:
    centre, both = Centre(store), (DEVICE, OTHER)
    with store.writing() as connection:
        connection.execute(sa.update(device).values(registry_version=99))
        connection.execute(sa.update(device).where(device.c.id == DEVICE).values(registry_version=1))
    kinds = []
    for version in range(2, 2 + 4 * 60 // every):
        publish(store, version, centre.now)
        kinds += [centre.after(15 * MINUTE, *both).kinds() for _ in range(every // 15)]
    assert kinds == [[]] * 3 + [["gate_stale"]] * (len(kinds) - 3)
    assert len(centre.alarms(is_open=None)) == 1
