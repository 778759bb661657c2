"""What somebody sees: the sites within their places and no others, whatever moves."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.places.editing import move_place
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at, place_tree
from sync.central.tables import site
from tests.sync.central.places.test_tree import lines, town

__all__ = ["town"]


def at(connection: sa.Connection, *paths: str) -> Sight:
    return Sight(frozenset(place_at(connection, path) for path in paths))


def seen(connection: sa.Connection, sight: Sight) -> set[str]:
    found = set(connection.execute(sa.select(site.c.id).where(sight.of(site.c.id))).scalars())
    every = set(connection.execute(sa.select(site.c.id)).scalars())
    assert {name for name in every if sight.has_site(connection, name)} == found
    assert {node.site for node in place_tree(connection, sight)} - {None} == found
    return found


SEES: tuple[tuple[tuple[str, ...], set[str]], ...] = (
    ((), set()),
    (("江城市",), {"north", "south", "east"}),
    (("江城市/东湖区/北市场街道",), {"north", "south"}),
    (("江城市/东湖区/北市场街道", "江城市"), {"north", "south", "east"}),
    (("江城市/东湖区/北市场街道/河边社区", "east"), {"south", "east"}),
    (("green-court",), {"green-court"}),
)


def test_somebody_sees_the_sites_within_their_places(town: sa.Connection) -> None:
    for paths, sees in SEES:
        assert seen(town, at(town, *paths)) == sees, paths


def test_who_sees_everything_sees_every_site_and_none_that_is_not_there(town: sa.Connection) -> None:
    assert seen(town, EVERYWHERE) == {"north", "south", "east", "green-court"}
    assert not EVERYWHERE.has_site(town, "west")
    assert not EVERYWHERE.has_place(town, 999)


def test_a_place_out_of_sight_is_as_one_that_is_not_there(town: sa.Connection) -> None:
    sight = at(town, "江城市/东湖区/北市场街道")
    assert sight.has_place(town, place_at(town, "south"))
    for outside in ("江城市/东湖区", "江城市/东湖区/东街道", "east", "Shanghai"):
        assert not sight.has_place(town, place_at(town, outside))
    assert lines(town, sight) == ["北市场街道", "  河边社区", "    南苑 = south", "  北苑 = north"]


def test_what_moves_away_is_out_of_sight_at_once(town: sa.Connection) -> None:
    sight = at(town, "江城市/东湖区/北市场街道")
    move_place(town, place_at(town, "north"), place_at(town, "江城市/东湖区/东街道"))
    assert seen(town, sight) == {"south"}
    assert seen(town, at(town, "江城市/东湖区/东街道")) == {"north", "east"}
