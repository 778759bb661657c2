"""Situations at real gates and doors that somebody else wrote down and judged: what the timeline says."""
# ruff: noqa: E501 - a row of a table is a line

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.diagnostics.core import parse
from edge.diagnostics.lane_simulator import simulate
from tests.examples import few

pytestmark = pytest.mark.shared_data

JUDGED = [
    # the script, what its timeline must say, and what it must not (regular expressions over its lines)
    ("03-obstacle-flickers-at-the-end-of-the-opening", [r"13\.005 relay_open off"], [r"^ ?[78]\.\d+ relay_open"]),
    ("09-contact-stuck-open", [r"30\.000 relay_open on", r"180\.000 relay_open on", "lane_held_too_long"], []),
    ("11-strike-fails-to-release", ["lane_diagnosis what=the contact read shut"], []),
    ("12-door-ajar-bouncing", ["lane_reopened", "lane_held_too_long"], ["lane_forced"]),
    ("15-exit-while-forced", [r"5\.030 relay_open on", "lane_forced"], ["lane_passed", "buzzer silence"]),
    ("20-mantrap-other-never-shuts", [r"22\.030 relay_open on", "reference=bela why=interlock"], []),
    ("24-restart-opening", [r"3\.000 buzzer warning"], [r"^3\.\d+ relay_close", r"^[45]\.\d+ relay_close"]),
    ("27-restart-propped", ["lane_hold_ended by=restart held_by=li-na"], []),
    ("29-restart-lockdown", ["lane_grant_refused reference=anna why=locked"], []),
    ("31-restart-held-open", [r"61\.000 lane_held_too_long"], [r"^[67]\d\.\d+ buzzer silence"]),
    ("32-fire-and-it-does-not-open", ["lane_fault what=does not open in a fire", "lamp red and yellow"], []),
    ("35-somebody-in-the-swing-as-it-opens", [r"2\.005 lane_obstructed by=obstacle"], []),
    ("36-lock-while-propped", [r"20\.000 relay_open off", r"lane_hold_ended by=mei why=locked"], []),
    ("38-reopened-after-it-has-shut", [r"10\.050 lane_closed"], [r"^1[0-9]\.\d+ relay_open on"]),
    ("39-gate-pushed-shut-while-open", [r"7\.050 lane_fault what=fell shut"], []),
    ("41-hold-and-it-never-opens", [r"5\.000 lane_fault what=did not open"], []),
    ("43-did-not-close-then-a-beam", ["lane_fault what=did not close"], ["contradicts the beams"]),
    ("48-pulse-turnstile-jammed", ["lane_fault what=kept open by 20 impulses"], [r"^[6-9]\d\.\d+ relay_open on"]),
    ("49-power-returns-boom-without-switch", ["buzzer warning"], [r"^[0-3]\.\d+ relay_(close|stop) on"]),
    ("51-eight-wait-ninth-exit", [r"17\.030 relay_open on", "reference=a8 why=interlock"], ["lane_passed", r"^[2-9]\.\d+ relay_open on"]),
    ("53-restart-under-fire-hold-drive", ["the restart waits for the fire to end"], [r"^2[01]\.\d+ relay_open off"]),
    ("54-exit-with-a-cut-contact-wire", [r"60\.030 relay_open on", r"120\.030 relay_open on", r"140\.000 relay_open on", "lane_diagnosis"], ["lane_passed"]),
    ("56-fire-line-flutters-slowly", [r"14\.950 relay_open off"], [r"^[1-9]\.\d+ relay_open off"]),
    ("70-forced-open-then-shut-in-thirty-seconds", ["lane_forced"], ["lane_passed", "buzzer silence"]),
    ("73-restart-in-fault", ["lane_fault what=did not close"], [r"^[234]\d\.\d+ relay_close on"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "says", "never"), JUDGED, ids=[row[0] for row in JUDGED])
def test_a_judged_situation_is_right(shared_data: Path, name: str, says: list[str], never: list[str]) -> None:
    path = shared_data / "lane" / f"{name}.lane"
    timeline = [" ".join(str(happened).split()) for happened in simulate(parse(path.read_text(), name))]
    for pattern in says:
        assert any(re.search(pattern, line) for line in timeline), f"never: {pattern}\n" + "\n".join(timeline)
    for pattern in never:
        assert not any(re.search(pattern, line) for line in timeline), f"{pattern}\n" + "\n".join(timeline)


@pytest.mark.longer
def test_every_other_script_there_runs(shared_data: Path) -> None:
    judged = {name for name, _, _ in JUDGED}
    scripts = [path for path in (shared_data / "lane").glob("*.lane") if path.stem not in judged]
    assert scripts
    for path in few(sorted(scripts), 12):
        assert simulate(parse(path.read_text(), path.name))
