"""From a table of shares to what a face needs at one gate."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.calibration.files import calibration_text, read_calibration, shipped_calibration
from edge.calibration.format import (
    Calibration,
    CalibrationRecord,
    CurvePoint,
    GenuineScores,
    GroupCurve,
)
from edge.calibration.format.calibration import score_at, share_reaching, thresholds_for
from edge.errors import ConfigurationError
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName

# A tenth of the comparisons for each 0.1 of similarity: the arithmetic can be done in the head.
STRAIGHT = Calibration(
    engine="test",
    made=date(2026, 1, 1),
    source="nowhere",
    people=1000,
    photographs=2000,
    smallest=1e-6,
    strangers=tuple(
        CurvePoint(10.0**-exponent, exponent / 10, exponent / 10 - 0.05, exponent / 10 + 0.05)
        for exponent in range(1, 10)
    ),
    genuine=(GenuineScores(1, 1, 500, (0.2, 0.6, 0.7, 0.8, 1.0)),),
)


@pytest.mark.parametrize(
    ("templates", "false_matches", "identify"),
    [
        (1, 0.001, 0.3),
        (10, 0.001, 0.4),
        (1_000, 0.001, 0.6),
        (1_000, 0.01, 0.5),
        (50_000, 0.005, 0.7),
        (0, 0.001, 0.3),
    ],
)
def test_the_more_are_enrolled_the_more_alike_one_has_to_be(
    templates: int, false_matches: float, identify: float
) -> None:
    found = thresholds_for(STRAIGHT, templates=templates, false_matches=false_matches, false_confirms=0.001)
    assert found.identify == pytest.approx(identify)
    assert found.confirm == pytest.approx(0.3), "1:1 is one comparison, however many are enrolled"


def test_the_limits_are_those_of_the_share_at_the_threshold() -> None:
    found = thresholds_for(STRAIGHT, templates=1_000, false_matches=0.001, false_confirms=0.001)
    half_a_decade = 10**0.5
    assert found.false_matches_low == pytest.approx(0.001 / half_a_decade)
    assert found.false_matches_high == pytest.approx(0.001 * half_a_decade)


def test_misses_are_read_off_ones_own_scores() -> None:
    found = thresholds_for(STRAIGHT, templates=1_000, false_matches=0.001, false_confirms=0.001)
    assert found.misses == pytest.approx(0.25), "a quarter of the scores lies below 0.6"


@pytest.mark.parametrize(("templates", "extrapolated"), [(100, False), (1_000, False), (10_000, True)])
def test_a_rate_rarer_than_what_was_counted_is_called_extrapolated(
    templates: int, extrapolated: bool
) -> None:
    found = thresholds_for(STRAIGHT, templates=templates, false_matches=0.00101, false_confirms=0.001)
    assert found.extrapolated is extrapolated


def test_a_covered_face_has_no_threshold_unless_covered_faces_were_measured() -> None:
    assert (
        thresholds_for(STRAIGHT, templates=1, false_matches=0.1, false_confirms=0.1).confirm_covered is None
    )


@given(st.floats(1e-9, 0.1))
def test_the_table_reads_the_same_both_ways(share: float) -> None:
    assert share_reaching(STRAIGHT.strangers, score_at(STRAIGHT.strangers, share)) == pytest.approx(share)


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_a_higher_threshold_misses_no_fewer(one: float, other: float) -> None:
    table = STRAIGHT.genuine[0]
    low, high = sorted((one, other))
    assert 0.0 <= table.missed_at(low) <= table.missed_at(high) <= 1.0


@pytest.mark.parametrize("name", [FaceEngineName.SFACE, FaceEngineName.DLIB])
def test_each_engine_comes_with_a_calibration_that_was_measured(name: FaceEngineName) -> None:
    shipped = shipped_calibration(ENGINE_NAMES[name])
    assert shipped is not None
    scores = [point.score for point in shipped.strangers]
    assert scores == sorted(scores)
    assert all(point.low <= point.score <= point.high for point in shipped.strangers)
    assert (shipped.engine, shipped.people > 1000) == (ENGINE_NAMES[name], True)


def test_an_engine_that_was_never_measured_has_none() -> None:
    assert shipped_calibration("an engine of the future") is None


def test_a_calibration_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(calibration_text(CalibrationRecord(everybody=STRAIGHT)))
    assert read_calibration(path) == replace(STRAIGHT, source="nowhere, no groups measured")


def test_a_file_of_before_there_were_groups_is_everybodys_table(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(msgspec.json.encode(STRAIGHT))
    assert read_calibration(path) == replace(STRAIGHT, source="nowhere, no groups measured")


def test_a_file_whose_curves_cannot_be_compared_is_named(tmp_path: Path) -> None:
    short = GroupCurve("sex", "women", 200, 400, strangers=STRAIGHT.strangers[:3])
    path = tmp_path / "calibration.json"
    whole = CalibrationRecord(everybody=STRAIGHT, groups=(replace(short, strangers=STRAIGHT.strangers),))
    path.write_bytes(calibration_text(whole).replace(b"0.01,", b"0.02,", 1))
    with pytest.raises(ConfigurationError, match="not of the same shares"):
        read_calibration(path)
    with pytest.raises(ValueError, match="not of the same shares"):
        CalibrationRecord(everybody=STRAIGHT, groups=(short,))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[1, 2",
        b'{"engine": 7}',
        b'{"format": "gatepost-calibration-3"}',
        b'{"format": 2}',
        b"\xff\xfe",
        b" " * (1 << 20) + b"{}",
    ],
)
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(text)
    with pytest.raises(ConfigurationError) as caught:
        read_calibration(path)
    assert str(path) in str(caught.value)
