"""The figures of a place are those of the sites within it, whatever the tree looks like."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sync.central.accesses.core.rollup import NOTHING, Occupancy, PlaceFigures, added, rolled_up


@dataclass(frozen=True)
class Place:
    number: int
    parent: int | None
    site: str | None


def figures(n: int, course: tuple[int | None, ...] = ()) -> PlaceFigures:
    return PlaceFigures(
        gates=n, working=n - 1, course=course, granted=n * 10, denied=n, late=n, corrected_at=n
    )


def test_a_street_shows_what_its_sites_show_together() -> None:
    tree = [Place(1, None, None), Place(2, 1, None), Place(3, 2, "a"), Place(4, 2, "b"), Place(5, 1, "c")]
    made = rolled_up(tree, {"a": figures(2), "b": figures(3), "c": figures(4)})
    assert made[2] == added([figures(2), figures(3)])
    assert (made[1].gates, made[1].granted, made[1].corrected_at) == (9, 90, 4)
    assert made[3] == added([figures(2)])


def test_a_place_without_gates_shows_nothing_and_not_zero_a_minute() -> None:
    made = rolled_up([Place(1, None, None), Place(2, 1, "a")], {"a": PlaceFigures()})
    assert made[1] == NOTHING
    assert (made[1].per_minute, made[1].share(0)) == (None, None)


def test_a_course_has_a_hole_only_where_nobody_could_tell() -> None:
    whole = added([figures(1, (1, None, None)), figures(1, (2, 3, None)), figures(1)])
    assert whole.course == (3, 3, None)
    assert whole.per_minute is None


def test_a_limit_holds_for_several_sites_where_each_has_one() -> None:
    full, open_ = Occupancy(90, 100, 80), Occupancy(10)
    assert added([PlaceFigures(occupancy=full), PlaceFigures(occupancy=full)]).occupancy == Occupancy(
        180, 200, 160
    )
    assert added([PlaceFigures(occupancy=full), PlaceFigures(occupancy=open_)]).occupancy == Occupancy(100)
    guessed = PlaceFigures(occupancy=Occupancy(1, estimated=True))
    assert added([guessed, PlaceFigures()]).occupancy == Occupancy(1, estimated=True)


@st.composite
def trees(draw: st.DrawFn) -> list[Place]:
    places: list[Place] = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        parents = [place.number for place in places if place.site is None]
        parent = draw(st.sampled_from([None, *parents]))
        places.append(Place(number, parent, draw(st.sampled_from([None, f"s{number}"]))))
    return sorted(places, key=lambda place: place.number)


@given(trees())
def test_the_roots_together_are_all_sites(tree: list[Place]) -> None:
    sites = {place.site: figures(place.number) for place in tree if place.site}
    made = rolled_up(tree, sites)
    roots = added(made[place.number] for place in tree if place.parent is None)
    assert roots == added(sites.values())
