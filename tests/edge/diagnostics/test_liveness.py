"""`gatepost faces liveness`: pictures, films and folders, and whatever else lies among them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.vision.pictures.reading import read_picture
from tests.attacks.made import Species, presentation
from tests.command_line import Done, called
from tests.films import write_film

Row = dict[str, Any]


def measured(*words: str | Path, cwd: Path | None = None) -> tuple[list[Row], dict[str, Row], Done]:
    """The passages and the summary that the command prints in JSON."""
    done = called("faces", "liveness", "--json", *words, cwd=cwd)
    *passages, last = [json.loads(line) for line in done.stdout.splitlines()] or [{}]
    return passages, last.get("summary", {}), done


@pytest.fixture
def models(all_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    return all_models


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory, portraits: list[Path]) -> Path:
    """Two seconds and a bit of a photograph on a phone."""
    shown = presentation(Species.PHONE, read_picture(portraits[4]), 3, 24)
    return write_film(tmp_path_factory.mktemp("phone") / "phone.avi", shown, 10.0)


@pytest.fixture
def folder(models: Path, tmp_path: Path, portraits: list[Path], phone: Path) -> Path:
    """Pictures and films of people and of pictures of them, and what else lies about."""
    del models
    put = tmp_path / "set"
    for name in ("live", "screen", "nothing"):
        (put / name).mkdir(parents=True)
    (put / "live" / "Ann_1.jpg").write_bytes(portraits[0].read_bytes())
    (put / "live" / "Bo_1.jpg").symlink_to(portraits[2])
    (put / "live" / "lost.jpg").symlink_to(put / "nowhere.jpg")
    (put / "live" / "notes.txt").write_text("not measured, and not told of")
    (put / "live" / "grey.png").write_bytes(png(np.full((120, 120, 3), 90, np.uint8)))
    (put / "live" / "dark.png").write_bytes(png(read_picture(portraits[6]) // 12))
    (put / "screen" / "broken.png").write_bytes(b"no picture")
    (put / "screen" / "broken.mp4").write_bytes(b"no film")
    (put / "screen" / "phone.avi").symlink_to(phone)
    return put


def png(image: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])


@pytest.mark.shared_data
def test_a_folder_of_everything_is_measured_species_by_species(folder: Path) -> None:
    passages, summary, done = measured(folder)
    outcomes = [(Path(row["file"]).name, row["species"], row["outcome"]) for row in passages]
    assert outcomes == [
        ("Ann_1.jpg", "live", "alive"),
        ("Bo_1.jpg", "live", "alive"),
        ("dark.png", "live", "quality"),
        ("grey.png", "live", "no_face"),
        ("lost.jpg", "live", "unreadable"),
        ("broken.mp4", "screen", "unreadable"),
        ("broken.png", "screen", "unreadable"),
        ("phone.avi", "screen", "picture"),
        ("phone.avi", "screen", "unmeasured"),
    ]
    live, screen = summary["live"], summary["screen"]
    assert (live["attempts"], live["alive"], live["people"]) == (2, 2, 2), "the dark one is no attempt"
    assert (live["quality"], live["no_face"], live["unreadable"]) == (1, 1, 1)
    assert (screen["attempts"], screen["alive"], screen["unreadable"]) == (1, 0, 2)
    assert done.returncode == 1
    assert all("note" in json.loads(line) for line in done.stderr.splitlines()), "no progress in a file"


@pytest.mark.shared_data
def test_a_passage_says_what_each_net_measured_and_what_each_mode_makes_of_it(folder: Path) -> None:
    passages, _, _ = measured(folder / "screen" / "phone.avi", folder / "live" / "Ann_1.jpg")
    film, rest, still = passages
    assert 3 <= film["frames"] <= 12
    assert film["seconds"] <= 1.0
    assert (rest["at"], still["frames"]) == (pytest.approx(2.0, abs=0.11), 1)
    assert film["verdict"] == {"passive": "picture", "veto": "picture", "active": "picture"}
    assert still["verdict"] == {"passive": "alive", "veto": "alive"}
    assert still["measure"] == pytest.approx(np.mean(list(still["nets"].values())), abs=0.1)
    assert set(still["nets"]) == {"minifasnet-v2", "minifasnet-v1se"}
    assert still["person"] == "Ann"


@pytest.mark.shared_data
def test_names_that_are_no_text_and_links_that_lead_round_stop_nothing(
    models: Path, tmp_path: Path, portraits: list[Path]
) -> None:
    del models
    (tmp_path / "live").mkdir()
    strange = os.fsencode(tmp_path / "live") + b"/caf\xe9\n.jpg"
    Path(os.fsdecode(strange)).write_bytes(portraits[0].read_bytes())
    (tmp_path / "live" / "round").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "live" / "pipe.mp4")
    passages, summary, done = measured(tmp_path)
    told = {Path(row["file"]).name: row.get("error") or row["outcome"] for row in passages}
    assert told.pop(r"caf\xe9\u000a.jpg") == "alive"
    assert told.pop("round") == "leads to a folder that was looked at already"
    assert "no such file" in told.pop("pipe.mp4")
    assert (told, summary["live"]["unreadable"], done.returncode) == ({}, 2, 1)


@pytest.mark.shared_data
def test_a_table_says_it_to_people_and_what_was_wrong_goes_to_standard_error(folder: Path) -> None:
    done = called("faces", "liveness", folder, folder / "nothing", folder / "nowhere")
    assert re.search(r"live +│ 2 +│ 2 +│ 100\.0 %", done.stdout)
    assert re.search(r"screen +│ 1 +│ 0 +│ 0\.0 %", done.stdout)
    assert "nothing: no pictures or films in this folder" in done.stderr
    assert "nowhere: " in done.stderr
    assert done.returncode == 1


@pytest.mark.shared_data
def test_groups_are_told_apart_in_the_last_line_and_in_a_table(folder: Path, tmp_path: Path) -> None:
    (table := tmp_path / "sex.csv").write_text("id,group\nAnn,women\nBo,men\n", encoding="utf-8")
    done = called("faces", "liveness", "--json", folder / "live", "--groups", table)
    told = [
        (row["group"], row["attempts"], row["too_small"])
        for row in json.loads(done.stdout.splitlines()[-1])["groups"]
    ]
    assert told == [("men", 1, True), ("women", 1, True)]
    shown = called("faces", "liveness", folder / "live", "--groups", table).stdout
    assert re.search(r"live +│ sex: women +│ 1 +│ 1 +│ 100\.0 % .* 1: too few", shown)


@pytest.mark.shared_data
def test_a_table_of_groups_that_names_nobody_who_was_seen_is_said(folder: Path, tmp_path: Path) -> None:
    (table := tmp_path / "sex.csv").write_text("id,group\nSomebody_Else,women\n", encoding="utf-8")
    done = called("faces", "liveness", folder / "live", "--groups", table)
    assert "warning: the tables of groups name nobody who was seen" in done.stderr
    assert "group" not in done.stdout


@pytest.mark.shared_data
def test_more_files_than_one_worker_is_given_are_measured_in_their_order(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task is bounded; long names fill it before many files do. A terminal shows how far it has come."""
    del models
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    names = [str(tmp_path / ("long" * 50) / f"{number}.jpg") for number in range(900)]
    passages, summary, done = measured(*names)
    assert [row["file"] for row in passages] == names
    assert {row["error"] for row in passages} == {f"{name}: No such file or directory" for name in names}
    assert (summary["long" * 50]["unreadable"], done.returncode) == (900, 1)
    assert re.search(r"\d+ passages, ", done.stderr)


@pytest.mark.parametrize("mode", ["passive", "veto"])
def test_without_the_nets_it_says_which_and_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    done = called("faces", "liveness", tmp_path, "--mode", mode)
    names = "minifasnet-v2 minifasnet-v1se" + (" minifasnet-v2se-veto" if mode == "veto" else "")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"gatepost models get {names}" in done.stderr


def test_without_a_path_there_is_nothing_to_measure() -> None:
    done = called("faces", "liveness")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is nothing to measure" in done.stderr
