"""The thresholds follow the group whose strangers are most alike, and a calibration says whose that is."""

from __future__ import annotations

from dataclasses import replace as with_values
from datetime import date

import numpy as np
import pytest
from msgspec.structs import replace

from edge.calibration.core import Labels, calibrate, groups, record_of
from edge.calibration.format import FEWEST_IN_GROUP, CalibrationRecord, CurvePoint
from edge.calibration.format.calibration import thresholds_for
from tests.edge.calibration.conftest import Crowd, crowd_of, joined, unit


def alike(crowd: Crowd, share: float) -> Crowd:
    """The crowd with a likeness that all of them have in common."""
    common = np.zeros(64)
    common[0] = share
    return with_values(crowd, vectors=unit(crowd.vectors + common).astype(np.float32))


EVERYBODY = joined(crowd_of(300, 2), alike(crowd_of(150, 2, seed=8), 0.5))
SEX = {name: "men" if place < 300 else "women" for place, name in enumerate(EVERYBODY.names)}


def record(labels: Labels, crowd: Crowd = EVERYBODY, masked: bool = False) -> CalibrationRecord:
    together = crowd.vectors, crowd.owners
    covered = together if masked else None
    whole = calibrate(*together, engine="test", source="numbers", made=date(2026, 1, 1), covered=covered)
    return record_of(whole, *together, crowd.names, labels, covered)


@pytest.fixture(scope="module")
def by_sex() -> CalibrationRecord:
    return record({"sex": SEX}, masked=True)


def false_matches(threshold: float) -> dict[str, float]:
    found = groups(EVERYBODY.vectors, EVERYBODY.owners, EVERYBODY.names, {"sex": SEX}, threshold)
    return {group.value: group.confirm.within.share or 0.0 for group in found}


def test_the_stated_risk_holds_for_the_worst_group_where_the_mean_hides_it(by_sex: CalibrationRecord) -> None:
    wanted = 0.005
    mean = thresholds_for(by_sex.everybody, templates=1, false_matches=wanted, false_confirms=wanted)
    worst = thresholds_for(by_sex.for_gates(), templates=1, false_matches=wanted, false_confirms=wanted)
    assert false_matches(mean.confirm)["women"] > 2 * wanted, (
        "by the mean of all the risk is not what is stated"
    )
    assert false_matches(worst.confirm)["women"] == pytest.approx(wanted, rel=0.1)
    assert false_matches(worst.confirm)["men"] < wanted
    assert worst.misses is not None
    assert mean.misses is not None
    assert worst.misses >= mean.misses, "everybody pays for it"


def test_a_calibration_says_for_whom_it_holds(by_sex: CalibrationRecord) -> None:
    gates = by_sex.for_gates()
    assert gates.source == "numbers, for the worst group: women by sex"
    assert gates.smallest == pytest.approx(2 / (150 * 149)), "what is rarer was not counted among them"
    assert record({}).for_gates().source == "numbers, no groups measured"
    few = dict.fromkeys(EVERYBODY.names[: FEWEST_IN_GROUP - 1], "few")
    assert record({"sex": few}).for_gates().source == "numbers, no group of 100 people"


def test_without_groups_the_gates_get_everybodys_table() -> None:
    bare = record({})
    assert replace(bare.for_gates(), source="numbers") == bare.everybody


def test_a_group_of_few_people_is_named_and_sets_no_threshold() -> None:
    few = dict.fromkeys(EVERYBODY.names[-FEWEST_IN_GROUP + 1 :], "few")
    held = record({"sex": few})
    assert [(group.value, group.people, group.strangers) for group in held.groups] == [("few", 99, ())]
    assert held.for_gates().strangers == held.everybody.strangers


def test_a_group_of_whom_few_were_photographed_under_a_mask_has_no_curve_for_masks() -> None:
    together = EVERYBODY.vectors, EVERYBODY.owners
    masked = together[0][:640], together[1][:640]  # the men, and ten pairs of women
    whole = calibrate(*together, engine="test", source="numbers", made=date(2026, 1, 1), covered=masked)
    held = record_of(whole, *together, EVERYBODY.names, {"sex": SEX}, masked)
    assert {group.value: len(group.covered) > 0 for group in held.groups} == {"men": True, "women": False}
    assert held.for_gates().covered[0].score >= whole.covered[0].score


def test_no_group_is_given_a_lower_threshold_than_its_own_tail_asks_for(by_sex: CalibrationRecord) -> None:
    gates = by_sex.for_gates()
    measured = [(item.strangers, item.covered) for item in by_sex.groups]
    for bare, covered in [(by_sex.everybody.strangers, by_sex.everybody.covered), *measured]:
        assert all(map(at_least, gates.strangers, bare))
        assert all(map(at_least, gates.covered, covered))
    assert all(point.low <= point.score <= point.high for point in gates.strangers)
    assert {group.value: len(group.covered) > 0 for group in by_sex.groups} == {"men": True, "women": True}


def at_least(one: CurvePoint, other: CurvePoint) -> bool:
    return one.share == other.share and one.score >= other.score and one.high >= other.high
