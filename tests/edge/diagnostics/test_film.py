"""`gatepost faces film`: films played to a gate on their own clock, and what it did."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.vision.frame import Image
from edge.vision.pictures.reading import read_picture
from tests.command_line import Done, called
from tests.films import write_film

Row = dict[str, Any]


def standing(path: Path, seconds: float) -> Iterator[Image]:
    """Somebody who stands there and sways a little, thirty frames a second: a photograph at its own size."""
    picture, draw = read_picture(path), np.random.default_rng(5)
    for number in range(round(30 * seconds)):
        sway = np.array([[1, 0, 3 * np.sin(number / 9)], [0, 1, 2 * np.cos(number / 7)]], np.float32)
        moved = cv2.warpAffine(picture, sway, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101)
        yield np.asarray(np.clip(moved + draw.normal(0.0, 2.0, moved.shape), 0, 255), np.uint8)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, portraits: list[Path]) -> Path:
    """A resident, a stranger, and a file that is no film."""
    folder = tmp_path_factory.mktemp("films")
    write_film(folder / "resident.avi", standing(portraits[0], 3.0))
    write_film(folder / "stranger.avi", standing(portraits[12], 3.0))
    (folder / "broken.mp4").write_bytes(b"no film")
    return folder


@pytest.fixture
def models(all_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    return all_models


def played(*words: str | Path) -> tuple[list[Row], Row, Done]:
    """The films and the summary that the command prints in JSON."""
    done = called("faces", "film", "--json", *words)
    *films, last = [json.loads(line) for line in done.stdout.splitlines()] or [{}]
    return films, last.get("summary", {}), done


@pytest.mark.shared_data
def test_a_film_opens_for_who_is_enrolled_and_asks_a_stranger_for_a_pass(
    models: Path, films: Path, portraits: list[Path], tmp_path: Path
) -> None:
    del models
    others = tmp_path / "others"
    others.mkdir()
    for portrait in portraits[4:10]:
        (others / portrait.name).symlink_to(portrait)
    sheet = tmp_path / "sheets"
    [broken, resident, stranger, picture], summary, done = played(
        "--enrol", f"ann={portraits[1]}", films, portraits[2], "--strangers", others, "--sheet", sheet
    )
    assert "not a readable video" in broken["error"]
    assert "a picture, not a film" in picture["error"]
    assert (resident["subject"], resident["prompts"], len(resident["decisions"])) == ("ann", [], 1)
    assert 0.0 < resident["to_grant"] <= 1.0
    assert resident["seconds"] == pytest.approx(3.0, abs=0.1), (
        "by the film's clock, however fast it is played"
    )
    assert stranger["granted"] is None
    assert {prompt["reason"] for prompt in stranger["prompts"]} == {"face_unknown"}
    assert [gone["missing"] for gone in stranger["undecided"]] == ["face_unknown"], "gone with the film"
    assert stranger["decisions"] == []
    assert stranger["liveness"][0]["measure"] is not None
    assert (summary["films"], summary["granted"], summary["unreadable"]) == (2, 1, 2)
    assert done.returncode == 1, "a film could not be read"
    sheets = {path.name: stat.S_IMODE(path.stat().st_mode) for path in sheet.glob("*.png")}
    assert sheets == {"002-resident.avi.png": 0o600, "003-stranger.avi.png": 0o600}
    assert resident["sheet"] == str(sheet / "002-resident.avi.png")
    assert all(cv2.imread(str(sheet / name)) is not None for name in sheets)


@pytest.mark.shared_data
def test_a_table_says_it_to_people(models: Path, films: Path, portraits: list[Path]) -> None:
    del models
    done = called("faces", "film", films / "resident.avi", "--enrol", f"ann={portraits[1]}")
    assert "ann" in done.stdout
    assert "1 of 1 film opened; 0 prompts and 1 decision in 1 passage" in " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "")


WORDS = [
    # the words → the exit code, what standard error says
    (("--enrol", "ann"), 2, "not an id and a picture: 'ann'"),
    (("--enrol", "=a.jpg"), 2, "not an id and a picture"),
    (("--enrol", "ann="), 2, "not an id and a picture"),
    (("--enrol", "visitor:ann=a.jpg"), 2, "not an id and a picture"),
    (("--enrol", "stranger: ann=a.jpg"), 2, "not an id and a picture"),
    (("--enrol", "ann=nowhere.jpg"), 1, "nowhere.jpg: No such file or directory"),
    (("--strangers", "empty"), 1, "empty: there is no face in any picture"),
    (("empty",), 1, "empty: no films in this folder"),
]


@pytest.mark.shared_data
@pytest.mark.parametrize(("words", "code", "said"), WORDS)
def test_what_is_wrong_is_said_before_anything_is_played(
    models: Path, films: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    del models
    (tmp_path / "empty").mkdir()
    done = called("faces", "film", films / "resident.avi", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.shared_data
def test_a_picture_without_a_face_enrols_nobody(models: Path, films: Path, tmp_path: Path) -> None:
    del models
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((200, 200, 3), 90, np.uint8))
    done = called("faces", "film", films, "--enrol", f"ann={tmp_path / 'grey.png'}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "grey.png: there is no face in it" in done.stderr


def test_without_films_or_nets_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    done = called("faces", "film", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "gatepost models get minifasnet-v2 minifasnet-v1se" in done.stderr
