"""A centre of before the tree: the names that its sites said become places, each once."""

from __future__ import annotations

from contextlib import closing

import sqlalchemy as sa

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import put_site, sites
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import place_tree
from sync.central.store import Store, _engine, _migrate, migrate_store, open_store

COLUMNS = ("id", "name", "city", "district", "street", "community", "address", "time_zone")
BEFORE = {
    "a": ("A", "江城市", "东湖区", "北市场街道", ""),
    "b": ("B/2", "江城市", "东湖区", "北市场街道", "河边社区"),
    "c": ("", "江城市", "", " ", "河边社区"),
    "d": ("D", "", "", "", ""),
}


def test_the_names_of_before_become_places(database: str) -> None:
    with closing(Store(_engine(database))) as store, store.writing() as connection:
        _migrate(connection, "0008")
        for site, row in BEFORE.items():
            values = dict(zip(COLUMNS, (site, *row, "x", "Asia/Urumqi"), strict=True))
            connection.execute(sa.insert(sa.table("site", *map(sa.column, COLUMNS))).values(values))
    migrate_store(database)
    with closing(open_store(database)) as store, store.writing() as connection:
        found = sites(connection)
        assert found == [
            SiteFile(site, name, "Asia/Urumqi", "x", city, district, street.strip(), community)
            for site, (name, city, district, street, community) in BEFORE.items()
        ]
        tree = place_tree(connection, EVERYWHERE)
        assert [node.name for node in tree if node.site is None] == [
            "江城市",
            "东湖区",
            "北市场街道",
            "河边社区",
            "河边社区",
        ]
        for held in found:
            put_site(connection, held)
        assert place_tree(connection, EVERYWHERE) == tree, "said again, nothing changes"
