"""Who is inside and who passes, of a gate, a site, a zone and a place, now and over time."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from edge.journal.format import LaneOpened, LanePassed, LaneUnclear, OccupancyCorrected
from sync.central.flow.core.inside import CountVerdict
from sync.central.flow.core.where import Sign, gate, place, site, zone
from sync.central.flow.reading import course, inside_now, people_in, rates
from sync.central.flow.zones import ZoneGate, put_zone, remove_zone, zones_in
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.store import StoreError
from sync.central.tables import device
from sync.central.units import DAY, MINUTE, SECOND
from tests.sync.central.flow.examples import entry, exit_, turns
from tests.sync.central.flow.street import TODAY, Street, on_sqlite, passing
from tests.sync.wire.examples import AT


def test_inside_is_what_all_gates_of_a_site_come_to(street: Street) -> None:
    street.happen("fish-in", *passing(entry(), 9), (20, entry("estimated")))
    street.happen("fish-out", *passing(exit_(), 4), (20, OccupancyCorrected(2, "staff", 8, "he-jing")))
    street.happen("tea-in", *passing(entry(), 3), (9, LaneUnclear("both beams")))
    with street.store.reading() as connection:
        found = inside_now(connection, EVERYWHERE, AT + MINUTE)
        assert inside_now(connection, Sight(), AT + MINUTE) == {}
        fish, tea = found["fish"], found["tea"]
        assert (fish.inside, fish.entered, fish.left, fish.corrected) == (8, 10, 4, 2)
        assert (fish.estimated, fish.lapses, fish.is_estimated) == (1, 0, True)
        assert (tea.inside, tea.lapses, tea.is_estimated) == (3, 1, True)
        whole = people_in(connection, place(street.number), AT + MINUTE)
        assert (whole.inside, whole.entered, whole.left) == (11, 13, 4)
        assert people_in(connection, gate("fish-out"), AT + MINUTE).left == 4


def test_more_left_than_came_is_nobody_inside_and_says_so(street: Street) -> None:
    street.happen("fish-out", *passing(exit_(), 5))
    street.happen("tea-in", *passing(entry(), 2))
    with street.store.reading() as connection:
        fish = inside_now(connection, EVERYWHERE, AT + MINUTE)["fish"]
        assert (fish.inside, fish.deficit, fish.is_estimated) == (0, 5, True)
        street_ = people_in(connection, place(street.number), AT + MINUTE)
        assert (street_.inside, street_.deficit) == (2, 5), "it takes nobody away from another site"


def test_a_count_that_never_went_down_is_an_estimate(street: Street) -> None:
    street.happen("tea-in", *passing(entry(), 99))
    street.happen("fish-in", *passing(entry(), 99))
    street.happen("fish-in", *passing(entry(), 99, first=100), now=AT + 200 * SECOND)
    street.happen("fish-in", *passing(entry(), 2, first=200))
    with street.store.reading() as connection:
        found = inside_now(connection, EVERYWHERE, AT + 300 * SECOND)
    assert [(each.only_rises, each.is_estimated) for each in (found["tea"], found["fish"])] == [
        (False, False),
        (True, True),
    ]


def test_a_new_day_begins_at_nobody(street: Street) -> None:
    street.happen("fish-in", *passing(entry(), 9), (86_400, turns("2026-03-04", TODAY)), (86_410, entry()))
    with street.store.reading() as connection:
        assert inside_now(connection, EVERYWHERE, AT + DAY + MINUTE)["fish"].inside == 1
        line = course(connection, site("fish"), AT, AT + DAY + 10 * MINUTE, 10 * MINUTE)
        assert line.inside[0] == 9
        assert line.inside[-3:] == (9, 9, 1)
        assert (line.entered[0], line.entered[-1], sum(line.entered)) == (9, 1, 10)


def test_a_gate_that_is_a_day_ahead_takes_no_other_along_and_is_said(street: Street) -> None:
    street.happen("fish-in", *passing(entry(), 5))
    street.happen("fish-out", (86_400, turns("2026-03-05", TODAY)), (86_401, exit_()), now=AT + MINUTE)
    with street.store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == "fish-out").values(clock_offset=-2 * DAY))
    with street.store.reading() as connection:
        fish = inside_now(connection, EVERYWHERE, AT + MINUTE)["fish"]
        assert (fish.day, fish.inside, fish.off) == (TODAY, 5, ("fish-out",))
        assert people_in(connection, place(street.number), AT + MINUTE).off == 1


def test_the_course_ends_at_what_is_inside_now_whatever_a_clock_shows(street: Street) -> None:
    street.happen("fish-in", *passing(entry(), 30, every=60), (7200, entry()), (-9000, entry()))
    street.happen("fish-out", *passing(exit_(), 10, first=600, every=60))
    now = AT + 1800 * SECOND
    with street.store.reading() as connection:
        line = course(connection, site("fish"), AT - 600 * SECOND, now, MINUTE, now)
        inside = inside_now(connection, EVERYWHERE, now)["fish"].inside
        assert (line.inside[-1], inside) == (22, 22)
        assert line.inside[0] == 0, "what a clock has put before the day is of the day"
        assert sum(line.left) == 10


@pytest.mark.parametrize("step", [MINUTE, 10 * MINUTE])
def test_a_late_batch_corrects_the_past_and_says_when_and_by_how_much(street: Street, step: int) -> None:
    street.happen("fish-in", *passing(entry(), 5))
    arrives = AT + 3600 * SECOND
    late = [*passing(entry(), 3, first=120), *passing(exit_(), 1, first=700)]
    street.happen("fish-out", *late, now=arrives)
    with street.store.reading() as connection:
        line = course(connection, site("fish"), AT, AT + 20 * MINUTE, step)
        [one] = line.corrected
        assert (one.device, one.arrived, one.inside, one.passages) == (
            "fish-out",
            arrives - arrives % MINUTE,
            2,
            4,
        )
        assert one.first <= AT + 120 * SECOND <= AT + 700 * SECOND < one.last + MINUTE
        assert line.inside[-1] == 7


def test_who_went_nobody_knows_which_way_went_the_only_way_that_a_gate_shows(street: Street) -> None:
    unplaced = LanePassed(None, "estimated", "override")
    street.happen("fish-in", (1, unplaced))
    with street.store.reading() as connection:
        assert inside_now(connection, EVERYWHERE, AT + MINUTE)["fish"].inside == 0
    street.happen("fish-in", (2, entry()), (3, unplaced))
    with street.store.reading() as connection:
        fish = inside_now(connection, EVERYWHERE, AT + MINUTE)["fish"]
        assert (fish.inside, fish.estimated) == (3, 2)
        assert course(connection, site("fish"), AT, AT + 2 * MINUTE, MINUTE).inside[-1] == 3
    street.happen("fish-in", (4, exit_()))
    with street.store.reading() as connection:
        assert inside_now(connection, EVERYWHERE, AT + MINUTE)["fish"].inside == 0, "it has two ways"


@on_sqlite
@pytest.mark.parametrize(
    ("says", "heard", "verdict", "inside"),
    [
        ({"entered": 5}, 0, CountVerdict.SAME, 5),
        ({"entered": 4}, 0, CountVerdict.OLDER, 5),
        ({"entered": 7}, 0, CountVerdict.ARRIVING, 5),
        ({"entered": 7}, 600, CountVerdict.LOST, 7),
        ({"entered": 4, "left": 1}, 600, CountVerdict.DIFFERENT, 4),
    ],
)
def test_a_gates_own_word_is_compared_and_said(
    street: Street, says: dict[str, int], heard: int, verdict: CountVerdict, inside: int
) -> None:
    street.happen("fish-in", *passing(entry(), 5))
    street.says("fish-in", AT, **says)
    now = AT + 600 * SECOND
    with street.store.writing() as connection:
        connection.execute(sa.update(device).values(last_seen=AT + heard * SECOND))
    with street.store.reading() as connection:
        fish = inside_now(connection, EVERYWHERE, now)["fish"]
    [only] = fish.gates
    assert (only.compared.verdict, fish.inside) == (verdict, inside)


def test_a_zone_counts_each_gate_by_its_sign(street: Street) -> None:
    street.happen("fish-in", *passing(entry(), 9))
    street.happen("fish-out", *passing(exit_(), 4))
    street.happen("tea-in", *passing(entry(), 3), (9, LanePassed(None, "estimated", "override")))
    now = AT + MINUTE
    table = [
        ([ZoneGate("fish", "in"), ZoneGate("fish", "out")], 5),
        ([ZoneGate("fish", "in"), ZoneGate("tea", "in", Sign.REVERSED)], 5),
        ([ZoneGate("fish", "out", Sign.IN), ZoneGate("tea", "in", Sign.IN)], 8),
        ([ZoneGate("fish", "in"), ZoneGate("tea", "in", Sign.OUT)], 5),
        ([ZoneGate("fish", "out")], 0),
    ]
    for gates, inside in table:
        with street.store.writing() as connection:
            number = put_zone(connection, "hall", street.number, gates, "he-jing", now)
            assert people_in(connection, zone(number), now).inside == inside, gates
            assert course(connection, zone(number), AT, now + MINUTE, MINUTE).inside[-1] == inside, gates
            assert remove_zone(connection, number)


def test_a_zone_is_made_changed_seen_and_removed(street: Street) -> None:
    with street.store.writing() as connection:
        first = (ZoneGate("fish", "in"),)
        number = put_zone(connection, " hall ", street.number, first, "he-jing", AT)
        [made] = zones_in(connection, EVERYWHERE)
        assert (made.number, made.name, made.gates) == (number, "hall", first)
        put_zone(connection, "hall", street.number, [ZoneGate("tea", "out")], "he-jing", AT, number)
        assert [each.gates[0].site for each in zones_in(connection, Sight(frozenset({street.number})))] == [
            "tea"
        ]
        assert zones_in(connection, Sight()) == []
        assert remove_zone(connection, number)
        assert not remove_zone(connection, number)


@on_sqlite
@pytest.mark.parametrize(
    ("name", "gates", "wrong"),
    [
        ("", [ZoneGate("fish", "in")], "1 to 64 characters"),
        ("hall", [], "1 to 500 gates"),
        ("hall", [ZoneGate("fish", "side")], "no gate side at fish"),
        ("hall", [ZoneGate("fish", "in"), ZoneGate("fish", "in", Sign.OUT)], "named twice"),
        (
            "hall",
            [ZoneGate("fish", "in"), ZoneGate("green-court", "main")],
            "does not lie within",
        ),
    ],
)
def test_a_zone_that_cannot_be_is_refused(
    street: Street, name: str, gates: list[ZoneGate], wrong: str
) -> None:
    with street.store.writing() as connection, pytest.raises(StoreError, match=wrong):
        put_zone(connection, name, street.number, gates, "he-jing", AT)


def test_rates_are_by_gate_and_minute_the_busiest_first(street: Street) -> None:
    begin = AT - AT % MINUTE
    street.happen("fish-in", *passing(entry(), 2))
    street.happen("tea-in", *passing(entry(), 3))
    street.happen("tea-out", (1, LaneOpened("grant")))
    with street.store.reading() as connection:
        found = rates(connection, place(street.number), begin + 2 * MINUTE)
    assert [each.device for each in found] == ["tea-in", "fish-in", "fish-out", "tea-out"]
    assert sum(found[0].entered) == 3
    assert len(found[0].entered) == len(found[0].left) == 30
    assert sum(found[-1].entered) == 0


def test_sites_that_never_reset_count_on(street: Street) -> None:
    street.happened = {name: [] for name in street.happened}
    street.happen("fish-in", *passing(entry(), 4))
    street.happen("fish-out", (5 * 86_400, exit_()))
    now = AT + 5 * DAY + MINUTE
    with street.store.reading() as connection:
        assert inside_now(connection, EVERYWHERE, now)["fish"].inside == 3
        line = course(connection, site("fish"), now - 10 * MINUTE, now, MINUTE, now)
        assert (line.inside[0], line.inside[-1]) == (4, 3)


def test_what_a_passage_asks_of_a_way_that_there_is_not_is_nothing(street: Street) -> None:
    with street.store.reading() as connection:
        assert people_in(connection, gate("gp-none"), AT).inside == 0
        assert course(connection, zone(99), AT, AT + 2 * MINUTE, MINUTE).inside == (0, 0)
