"""`gatepost faces calibrate` and `report`, on photographs that nobody here made."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.admin.site_admin import SiteFile, init_site
from edge.calibration.files import read_calibration
from edge.cli.main import command
from edge.errors import GatepostError, VisionError
from edge.lane.configuration import LaneDirection
from tests.examples import LONG

pytest.importorskip("matplotlib", reason="LOUD SKIP: pip install 'gatepost[report]' to test the report")


CALIBRATED, REPORTED = 80, 80 if LONG else 32
"""How many people."""


@pytest.fixture
def photographs(shared_data: Path, tmp_path: Path, people: int) -> Path:
    """So many people with two photographs each, one of them under two names."""
    folder = tmp_path / "people"
    folder.mkdir()
    everybody = sorted((shared_data / "faces" / "lfw_dev").iterdir())
    chosen = [person for person in everybody if len(list(person.glob("*.jpg"))) >= 2][:people]
    for person in [*chosen, chosen[0]]:
        name = person.name if not (folder / person.name).exists() else "under-another-name"
        (folder / name).mkdir()
        for picture in sorted(person.glob("*.jpg"))[:2]:
            (folder / name / picture.name).symlink_to(picture)
    (folder / "a-file-that-is-no-picture.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture
def halves(photographs: Path, tmp_path: Path) -> Path:
    """A table that says of which half each person is, and of one who is in no photograph."""
    names = sorted(person.name for person in photographs.iterdir() if person.is_dir())
    file = tmp_path / "half.csv"
    lines = (f"{name},{'one' if place % 2 else 'other'}" for place, name in enumerate([*names, "nobody"]))
    file.write_text("\n".join(["id,group", *lines]) + "\n", encoding="utf-8")
    return file


def run(*words: str) -> None:
    with suppress(SystemExit):
        command()(words)


@pytest.mark.shared_data
@pytest.mark.timeout(300)
@pytest.mark.parametrize("people", [CALIBRATED])
def test_a_site_calibrates_its_engine_and_its_gates_get_the_thresholds_signed(
    photographs: Path,
    halves: Path,
    tmp_path: Path,
    people: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    admin = init_site(tmp_path / "site", SiteFile("here"), {"main": LaneDirection.ENTRY}, now)
    monkeypatch.chdir(admin.folder)
    run("faces", "calibrate", str(photographs), "--groups", str(halves))
    said = capsys.readouterr()
    assert "under-another-name" in said.err, "one person under two names is told, and left out"
    assert "a-file-that-is-no-picture.jpg" in said.err
    [made] = admin.calibrations()
    assert (made.people, made.photographs) == (people, 2 * people)
    assert "1,000" in said.out
    assert "half: 1 (nobody) without a photograph here" in said.err
    assert said.out.count("sets no threshold") == 2, "forty people are too few for a tail of their own"
    assert made.source.endswith(", no group of 100 people")
    [file] = (admin.folder / "calibrations").iterdir()
    assert read_calibration(file) == made


@pytest.mark.shared_data
@pytest.mark.timeout(300)
@pytest.mark.longer
@pytest.mark.parametrize("people", [REPORTED])
def test_the_report_is_one_page_with_its_plots(
    photographs: Path, halves: Path, tmp_path: Path, people: int, capsys: pytest.CaptureFixture[str]
) -> None:
    half = people // 2
    out = tmp_path / "report"
    run(
        "faces",
        "report",
        str(photographs),
        "--out",
        str(out),
        "--enrolled",
        str(half),
        "--groups",
        str(halves),
        "--json",
    )
    told_to_programs = json.loads(capsys.readouterr().out)
    assert told_to_programs["file"] == str(out / "report.html")
    assert [(group["group"], group["people"]) for group in told_to_programs["groups"]] == [
        ("one", half),
        ("other", half),
    ]
    for group in told_to_programs["groups"]:
        assert group["confirm"]["within"]["cases"] == half * (half - 1) // 2
        assert group["identify"]["misses"]["cases"] > 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:)', page), "the page needs nothing else"
    for told in (
        "half: one",
        "half: other",
        "under-another-name",
        "a-file-that-is-no-picture.jpg",
        f"1:N among {half}",
    ):
        assert told in page
    for plot in ("scores.png", "det.png"):
        assert (out / plot).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("calibrate", "nowhere", "--out", "file.json"), "no such folder"),
        (("calibrate", "empty", "--out", "file.json"), "no pictures"),
        (("calibrate", "empty", "--out", "file.json", "--engine", "none"), "engine"),
        (("calibrate", "empty"), "no site"),
        (("calibrate", "empty", "--out", "file.json", "--groups", "nowhere.csv"), "No such file"),
        (("report", "empty", "--out", "report", "--groups", "a/s.csv", "--groups", "b/s.csv"), "two tables"),
        (("report", "nowhere", "--out", "report"), "no such folder"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.csv").write_text("id,group\nli-na,women\n", encoding="utf-8")
    with pytest.raises(GatepostError, match=what):
        run("faces", *words)


def test_a_folder_of_one_person_says_that_there_is_nobody_to_compare(
    tmp_path: Path, picture_of_nobody: Callable[[Path], None]
) -> None:
    (tmp_path / "somebody").mkdir()
    picture_of_nobody(tmp_path / "somebody" / "1.png")
    with pytest.raises(VisionError, match="people"):
        run("faces", "calibrate", str(tmp_path), "--out", str(tmp_path / "file.json"))


@pytest.fixture
def picture_of_nobody() -> Callable[[Path], None]:
    from PIL import Image

    return lambda path: Image.new("RGB", (64, 64), "grey").save(path)
