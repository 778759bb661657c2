"""The tree of places, on both databases: made, renamed, moved, found; its closure is what walking gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import put_site, sites
from sync.central.places.core.levels import LEVELS, Level
from sync.central.places.editing import change_place, create_place, move_place, remove_place
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tables import place, place_within
from sync.central.places.tree import path_of, path_text, place_at, place_tree
from sync.central.store import Store, StoreError
from tests.examples import tried

MARKET = {"city": "江城市", "district": "东湖区", "street": "北市场街道"}


@pytest.fixture
def town(store: Store) -> Iterator[sa.Connection]:
    """Shanghai with green-court, and 江城市 with two streets; the first has two sites, the second one."""
    with store.writing() as connection:
        put_site(connection, SiteFile("north", "北苑", **MARKET))
        put_site(connection, SiteFile("south", "南苑", **MARKET, community="河边社区"))
        put_site(connection, SiteFile("east", "", **{**MARKET, "street": "东街道"}))
        yield connection


def lines(connection: sa.Connection, sight: Sight = EVERYWHERE) -> list[str]:
    """Each place in sight under what it lies in."""
    depth: dict[int | None, int] = {None: 0}
    said = []
    for node in place_tree(connection, sight):
        depth[node.number] = depth[node.parent] + 1
        said.append("  " * depth[node.parent] + node.name + (f" = {node.site}" if node.site else ""))
    return said


def test_the_names_of_a_site_make_its_path(town: sa.Connection) -> None:
    assert lines(town) == [
        "Shanghai",
        "  green-court = green-court",
        "江城市",
        "  东湖区",
        "    东街道",
        "      east = east",
        "    北市场街道",
        "      河边社区",
        "        南苑 = south",
        "      北苑 = north",
    ]


def test_a_site_says_what_it_was_told_whatever_becomes_of_the_tree(town: sa.Connection) -> None:
    told = SiteFile("north", "北苑", "Asia/Urumqi", "A-1", **MARKET)
    for wanted in (told, SiteFile("north"), told):
        put_site(town, wanted)
        assert [held for held in sites(town) if held.id == "north"] == [wanted]
    change_place(town, place_at(town, "江城市"), "大江城市", "420100")
    assert {held.city for held in sites(town)} == {"Shanghai", "大江城市"}


def test_places_beside_each_other_come_by_position_and_then_by_name(town: sa.Connection) -> None:
    street = place_at(town, "江城市/东湖区/北市场街道")
    made = [create_place(town, street, Level.COMMUNITY, name) for name in ("丙", "乙", "甲")]

    def order() -> list[int]:
        return [node.number for node in place_tree(town, EVERYWHERE) if node.number in made]

    assert order() == sorted(made, key=lambda number: path_of(town, number)[-1].name)
    change_place(town, made[0], "丙", None, 2)
    change_place(town, made[1], "乙", None, 1)
    assert order() == [made[1], made[0], made[2]]
    with pytest.raises(StoreError, match="a position is 1 to 9999, got 0"):
        change_place(town, made[0], "丙", None, 0)


def test_a_moved_place_takes_all_that_it_holds_with_it(town: sa.Connection) -> None:
    street = place_at(town, "江城市/东湖区/北市场街道")
    other = create_place(town, place_at(town, "江城市"), Level.DISTRICT, "西湖区")
    move_place(town, street, other)
    assert path_text(path_of(town, place_at(town, "south"))) == "江城市/西湖区/北市场街道/河边社区/南苑"
    assert next(held for held in sites(town) if held.id == "south").district == "西湖区"
    move_place(town, street, None)
    assert path_text(path_of(town, place_at(town, "north"))) == "北市场街道/北苑"


IS_AT = {
    "江城市/东湖区": "江城市/东湖区",
    " 江城市 / 东湖区/": "江城市/东湖区",
    "north": "江城市/东湖区/北市场街道/北苑",
    "江城市/东湖区/北市场街道/北苑": "江城市/东湖区/北市场街道/北苑",
    "420102": "江城市/东湖区",
}


def test_a_place_is_named_by_path_by_site_or_by_code(town: sa.Connection) -> None:
    change_place(town, place_at(town, "江城市/东湖区"), "东湖区", "420102")
    for says, is_at in IS_AT.items():
        assert path_text(path_of(town, place_at(town, says))) == is_at


IS_NOWHERE = {
    "": "no place is named",
    "/": "no place is named",
    "江城": "there is no place '江城'",
    "江城市/西湖区": "there is no place '西湖区' in 江城市",
    "江城市/北": "2 places are called '江城市/北'",
}


def test_what_names_no_place_is_said(town: sa.Connection) -> None:
    for level in (Level.DISTRICT, Level.STREET):
        create_place(town, place_at(town, "江城市"), level, "北")
    for says, why in IS_NOWHERE.items():
        with pytest.raises(StoreError, match=why):
            place_at(town, says)


def refused_acts(town: sa.Connection) -> dict[str, tuple[Any, ...]]:
    at = {path: place_at(town, path) for path in ("江城市", "江城市/东湖区", "江城市/东湖区/东街道", "north")}
    city, district, street, north = at.values()
    return {
        "there is already a district '东湖区'": (create_place, city, Level.DISTRICT, " 东湖区 "),
        "a site is made with its id": (create_place, street, Level.SITE, "x"),
        "a city cannot lie in a city": (create_place, city, Level.CITY, "x"),
        "a street cannot lie in a street": (create_place, street, Level.STREET, "x"),
        "a place needs a name": (create_place, city, Level.DISTRICT, " "),
        "stands between the names of a path": (create_place, city, Level.DISTRICT, "a/b"),
        "cannot be seen": (create_place, city, Level.DISTRICT, "a\u202eb"),
        "at most 100": (create_place, city, Level.DISTRICT, "x" * 101),
        "there is no place 999": (create_place, 999, Level.DISTRICT, "x"),
        "cannot be a code": (create_place, city, Level.DISTRICT, "x", "=cmd"),
        "has the code 420102 already": (change_place, city, "江城市", "420102"),
        "there is already a street '北市场街道'": (change_place, street, "北市场街道", ""),
        "a district cannot lie in a district": (move_place, district, district),
        "a city cannot lie in a street": (move_place, city, street),
        "a street cannot lie in a site": (move_place, street, north),
        "'东湖区' holds 2 more places": (remove_place, district),
        "is a site": (remove_place, north),
    }


def test_what_would_spoil_the_tree_is_refused_and_changes_nothing(town: sa.Connection) -> None:
    change_place(town, place_at(town, "江城市/东湖区"), "东湖区", "420102")
    before = lines(town)
    for why, (act, *arguments) in refused_acts(town).items():
        with pytest.raises(StoreError, match=why):
            act(town, *arguments)
        assert lines(town) == before, why


def test_a_place_that_holds_nothing_is_removed(town: sa.Connection) -> None:
    number = create_place(town, place_at(town, "江城市"), Level.STREET, "旧街道")
    remove_place(town, number)
    assert path_of(town, number) == ()
    assert "旧街道" not in str(lines(town))


# --- the closure ---------------------------------------------------------------------------


def walked(connection: sa.Connection) -> set[tuple[int, int]]:
    """(ancestor, place), by walking the parents."""
    parents = {row.number: row.parent for row in connection.execute(sa.select(place))}
    pairs = set()
    for number in parents:
        above: int | None = number
        while above is not None:
            pairs.add((above, number))
            above = parents[above]
    return pairs


ACTS = st.tuples(
    st.sampled_from(["create", "move", "remove", "site"]),
    st.integers(0, 30),
    st.integers(-1, 30),
    st.sampled_from(LEVELS),
)


class Undone(Exception):
    """Ends a transaction without a trace."""


@given(st.lists(ACTS, min_size=5, max_size=25))
@settings(max_examples=tried(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_closure_is_what_walking_the_parents_gives(
    store: Store, acts: list[tuple[str, int, int, Level]]
) -> None:
    def try_all() -> None:
        with store.writing() as connection:
            for count, act in enumerate(acts):
                try:
                    attempt(connection, count, *act)
                except StoreError:
                    continue  # an order that makes no tree is refused: the tests above
            held = connection.execute(sa.select(place_within.c.ancestor, place_within.c.place))
            assert {tuple(row) for row in held} == walked(connection)
            raise Undone

    with pytest.raises(Undone):
        try_all()


def attempt(connection: sa.Connection, count: int, act: str, which: int, where: int, level: Level) -> None:
    numbers = connection.execute(sa.select(place.c.number).order_by(place.c.number)).scalars().all()
    number = numbers[which % len(numbers)]
    parent = None if where < 0 else numbers[where % len(numbers)]
    if act == "create":
        create_place(connection, parent, level, f"p{count}")
    elif act == "move":
        move_place(connection, number, parent)
    elif act == "remove":
        remove_place(connection, number)
    else:
        names = {above: f"{above}{where % 2}" for above in LEVELS[:-1] if where & 1 << above.depth}
        put_site(connection, SiteFile(f"s{which % 3}", **{str(key): value for key, value in names.items()}))
