"""The lane's stories, each a script that an electrician can read: tests/scenarios/lane/*.lane."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.boards.files import load_board
from edge.boards.format import BarrierKind
from edge.diagnostics.core import parse
from edge.diagnostics.lane_simulator import differences, simulate
from edge.journal.format import LaneEvent
from tests.command_line import called
from tests.conftest import REPOSITORY

SCRIPTS = sorted((Path(__file__).parent / "lane").glob("*.lane"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_lane_does_what_its_story_says(path: Path) -> None:
    script = parse(path.read_text(), path.name)
    assert script.expected is not None, "a story says how it ends"
    wanted, came = differences(script.expected, simulate(script))
    assert came == wanted


def test_the_stories_tell_of_every_event_and_every_kind_of_barrier() -> None:
    told = "\n".join(path.read_text() for path in SCRIPTS)
    boards = {parse(path.read_text(), path.name).board for path in SCRIPTS}
    kinds = {load_board(board).barrier.kind for board in boards}
    assert kinds == set(BarrierKind)
    assert [event for event in LaneEvent if event not in told] == [LaneEvent.REPEATED]


def test_the_guide_s_own_script_runs() -> None:
    guide = (REPOSITORY / "docs" / "lane.md").read_text()
    [block] = re.findall(r"```\n(# Something.*?)```", guide, re.DOTALL)
    timeline = [str(happened) for happened in simulate(parse(block, "docs/lane.md"))]
    assert any("lane_obstructed by=obstacle" in line for line in timeline)


def test_the_command_prints_the_timeline_and_says_whether_it_was_expected(tmp_path: Path) -> None:
    story = next(path for path in SCRIPTS if path.stem == "two-on-one-grant")
    good = called("lane", "simulate", story, cwd=tmp_path)
    assert good.returncode == 0
    assert "lane_tailgating" in good.stdout
    assert good.stdout.endswith("as expected\n")
    wrong = tmp_path / "wrong.lane"
    wrong.write_text(story.read_text().replace("lane_tailgating", "lane_passed"))
    bad = called("lane", "simulate", wrong, cwd=tmp_path)
    assert bad.returncode == 1
    assert "-4.505 lane_passed" in bad.stdout
    assert "+4.505 lane_tailgating" in bad.stdout


def test_a_script_without_expectations_is_only_shown(tmp_path: Path) -> None:
    script = tmp_path / "mine.lane"
    script.write_text("1 press override\n")
    shown = called("lane", "simulate", script, cwd=tmp_path)
    assert shown.returncode == 0
    assert "lane_override" in shown.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"1 open sesame", "line 1: 'open' is neither"),
        (b"\xff\xfe", "is not text"),
        (None, "docs/lane.md"),
        (b"board nonesuch\n1 press override", "no board of this name"),
        (b"board raspberry-pi-4\n1 walk entry", "has no input beam_outer"),
        (b"set colour 3", "unknown field"),
    ],
)
def test_a_script_that_cannot_run_says_what_and_where(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    script = tmp_path / "mine.lane"
    if content is not None:
        script.write_bytes(content)
    failed = called("lane", "simulate", script, cwd=tmp_path)
    assert failed.returncode == 2
    assert words in failed.stderr
    assert "Traceback" not in failed.stderr
