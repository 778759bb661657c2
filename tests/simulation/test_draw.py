"""A plan is drawn from its seed alone, has room for a calm end, and names nobody who is not there."""

from __future__ import annotations

from itertools import pairwise, product

import msgspec
import pytest

from tests.simulation.draw import CALM_AT_LEAST, QUIET, draw_plan, ingesters_of
from tests.simulation.faults import CALM, EVERYTHING, HOUR, Faults, Option, played, with_options
from tests.simulation.plan import Act, Fault, FaultEvent, How, Plan, Town, people_of
from tests.simulation.presets import PRESETS

TOWN = Town()
LEAVING = {Act.REVOKE, Act.REVOKE_URGENTLY}
OF_A_PERSON = LEAVING | {Act.TURN_RED, Act.TURN_GREEN, Act.ISOLATE}


def drawn(seed: int, hours: float = 24.0, faults: Faults = EVERYTHING, town: Town = TOWN) -> Plan:
    return draw_plan(seed, hours, faults, town)


def test_a_seed_gives_one_plan() -> None:
    assert msgspec.json.encode(drawn(7)) == msgspec.json.encode(drawn(7))
    assert drawn(7) != drawn(8)


def test_every_preset_gives_worlds_that_end_calm() -> None:
    for name, seed in product(PRESETS, (1, 2)):
        plan = drawn(seed, 6.0, PRESETS[name])
        end = plan.hours * HOUR
        assert end - plan.calm_from >= CALM_AT_LEAST, name
        assert all(event.at >= 0 and event.at + event.seconds <= plan.calm_from for event in plan.faults), (
            name
        )
        assert all(act.at < plan.calm_from for act in plan.acts), name
        assert all(visit.at <= end - QUIET for visit in plan.visits), name
        assert {event.fault for event in plan.faults} <= played(PRESETS[name]), name


def test_every_preset_but_calm_goes_wrong() -> None:
    quiet = [
        name for name in PRESETS if not any(drawn(seed, faults=PRESETS[name]).faults for seed in range(9))
    ]
    assert quiet == ["calm"]


@pytest.mark.parametrize(
    ("hours", "calm_hours"), [(1.0, 0.75), (4.0, 1.0), (8.0, 2.0), (24.0, 2.0), (1000.0, 2.0)]
)
def test_how_long_the_calm_at_the_end_is(hours: float, calm_hours: float) -> None:
    assert drawn(1, hours, CALM).calm_from == (hours - calm_hours) * HOUR


def test_a_world_too_short_for_a_calm_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.5 hours has no room for a calm end: give at least 1"):
        drawn(1, 0.5)


def test_a_fleet_that_returns_after_a_month_has_a_month_to_be_away() -> None:
    plan = drawn(1, 24.0, PRESETS["fleet-returns"])
    assert plan.hours >= 31 * 24
    assert any(event.seconds == 30 * 24 * HOUR for event in plan.faults)


def overlapping(events: tuple[FaultEvent, ...]) -> list[tuple[FaultEvent, FaultEvent]]:
    by_key: dict[tuple[Fault, str], list[FaultEvent]] = {}
    for event in events:
        by_key.setdefault((event.fault, event.target), []).append(event)
    pairs = [pair for same in by_key.values() for pair in pairwise(same)]
    return [(one, next_) for one, next_ in pairs if next_.at < one.at + one.seconds]


def test_no_kind_hits_a_target_again_before_it_is_over_there() -> None:
    often = with_options({Fault.LINK_AWAY: Option(30.0, (600.0,)), Fault.POWER_CUT: Option(30.0, (600.0,))})
    plan = drawn(1, 24.0, often)
    assert len(plan.faults) > 100
    assert not overlapping(plan.faults)
    assert [event.at for event in plan.faults] == sorted(event.at for event in plan.faults)


def test_everybody_who_is_named_is_there() -> None:
    town = Town(gates=("main", "side", "rear"), people=20, ingesters=3)
    targets = {*town.gates, *ingesters_of(town), ""}
    plans = [drawn(seed, town=town) for seed in range(20)]
    assert {event.target for plan in plans for event in plan.faults} == targets
    named = {act.value for plan in plans for act in plan.acts if act.act in OF_A_PERSON}
    assert named <= set(people_of(town))
    assert {visit.device for plan in plans for visit in plan.visits} == set(town.gates)


def test_all_kinds_of_faults_and_acts_come_in_few_worlds() -> None:
    town = msgspec.structs.replace(TOWN, scanners=TOWN.gates[:1], numbers=1)
    plans = [drawn(seed, town=town) for seed in range(60)]
    assert {visit.how for plan in plans for visit in plan.visits} == set(How)
    assert {event.fault for plan in plans for event in plan.faults} == set(Fault)
    assert {act.act for plan in plans for act in plan.acts} == set(Act)


def test_nobody_who_was_revoked_gets_another_status() -> None:
    for seed in range(30):
        gone: set[str] = set()
        for act in drawn(seed, 72.0).acts:
            assert act.value not in gone
            gone |= {act.value} if act.act in LEAVING else set()


def test_another_rate_of_one_kind_changes_no_other() -> None:
    one = with_options({Fault.LINK_LOST: Option(1.0), Fault.POWER_CUT: Option(1.0, (5.0,))})
    other = with_options({Fault.LINK_LOST: Option(2.0)}, one)

    def cuts(faults: Faults) -> list[FaultEvent]:
        return [event for event in drawn(1, 24.0, faults).faults if event.fault is Fault.POWER_CUT]

    assert cuts(one) == cuts(other) != []


def test_a_fault_is_followed_by_another_while_its_target_recovers() -> None:
    once = with_options(
        {Fault.POWER_CUT: Option(0.02, (5.0,)), Fault.SYNC_KILLED: Option(1e-9, values=(1.0,))},
        Faults(followed=1.0, followed_within=60.0),
    )
    followers = [
        event
        for seed in range(10)
        for event in drawn(seed, 24.0, once).faults
        if event.fault is Fault.SYNC_KILLED
    ]
    assert len(followers) > 5


def test_every_site_has_a_registry_from_the_begin() -> None:
    first = {name: drawn(1, 2.0, PRESETS[name]).acts[0] for name in PRESETS}
    assert not {name: act for name, act in first.items() if act.act is not Act.PUBLISH or act.at >= 10.0}
