"""Figures of temperatures and of people inside: few readings and passages are not shown."""

from __future__ import annotations

from sync.central.reports.core.measured import (
    DriftFigures,
    OccupancyOf,
    occupancy_of,
    temperatures_of,
)
from sync.central.reports.core.showing import SHOWN_FROM
from sync.central.temperature.core.counting import Counts


def counts(read: int, **high: int) -> Counts:
    return Counts(read, 3, {"far": 2}, high, {365: read}, {})


def site(name: str, passages: int, peak: int = 9) -> OccupancyOf:
    return OccupancyOf(name, peak, 1, 10, None, 0, 0, passages, 0)


def test_a_gate_of_enough_readings_is_shown_with_second_checks_referrals_and_mean() -> None:
    drift = DriftFigures("a", 1, None, 45)
    found = temperatures_of(
        {"a": counts(SHOWN_FROM, refer=4, deny=1)}, {7: counts(SHOWN_FROM)}, [drift], (0, 9)
    )
    [gate], [hour] = found.by_gate, found.by_hour
    assert (gate.name, gate.read, gate.again, gate.referred, gate.denied, gate.invalid, gate.mean) == (
        "a", SHOWN_FROM, 3, 4, 1, 2, 3650,
    )  # fmt: skip
    assert hour.name == "07"
    assert (found.drifts, found.gates, found.first, found.last, found.hidden) == ((drift,), 1, 0, 9, 0)


def test_few_readings_are_hidden_and_so_are_those_that_the_others_would_tell_of() -> None:
    gates = {"a": counts(SHOWN_FROM + 5), "b": counts(SHOWN_FROM + 1), "few": counts(SHOWN_FROM - 1)}
    found = temperatures_of(gates, {}, [], (None, None))
    assert [each.name for each in found.by_gate] == ["a"], "few is the whole without a and b"
    assert found.hidden == 2
    two = temperatures_of(gates | {"fewer": counts(2)}, {}, [], (None, None))
    assert [each.name for each in two.by_gate] == ["a", "b"]
    nobody = temperatures_of({"few": counts(5, refer=1)}, {3: counts(5)}, [], (0, 0))
    assert (nobody.whole, nobody.by_gate, nobody.by_hour, nobody.hidden) == (None, (), (), 2)


def test_a_site_of_few_passages_is_not_shown_nor_what_it_alone_makes() -> None:
    days = [("2026-03-03", 9)]
    sites = [site("a", SHOWN_FROM), site("b", SHOWN_FROM + 1), site("few", 5), site("fewer", 4)]
    found = occupancy_of(sites, site("", 2 * SHOWN_FROM + 10), days, 1)
    assert [each.site for each in found.by_site] == ["b"], "the others would tell of nine passages"
    assert (found.hidden, found.unknown, found.days) == (3, 1, (("2026-03-03", 9),))
    alone = occupancy_of([site("few", 5)], site("", 5), days, 0)
    assert (alone.whole, alone.by_site, alone.days, alone.hidden) == (None, (), (), 1)


def test_a_site_that_would_be_hidden_alone_is_not_told_by_the_others() -> None:
    sites = [site("a", SHOWN_FROM + 1), site("b", SHOWN_FROM), site("few", 40)]
    found = occupancy_of(sites, site("", 2 * SHOWN_FROM + 41), [], 0)
    assert found.whole is not None
    assert [each.site for each in found.by_site] == ["a"], "few is the whole without a and b"
    assert found.hidden == 2
    one = occupancy_of(sites[1:], site("", SHOWN_FROM + 40), [], 0)
    assert (one.by_site, one.hidden) == ((), 2)
