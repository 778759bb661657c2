"""Files through the worker: in order, none dropped, and none that stops the others."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from msgspec.structs import replace

import models
from edge.errors import VisionError
from edge.vision.configuration import AS_IT_IS, FaceEngineName, LivenessName, Playing, VisionConfiguration
from edge.vision.pictures.reading import read_picture
from edge.vision.playback import below, files_of, play
from edge.vision.reports import CameraReport, InputRefused, Sighting
from tests.edge.vision.conftest import code_image
from tests.edge.vision.drawn import by_pillow, put
from tests.edge.vision.worker.misbehave import NO_FACES, misbehave
from tests.films import write_film


def test_an_input_that_kills_the_worker_is_refused_and_the_others_go_on() -> None:
    reports = list(play(["good", "poison", "better"], NO_FACES, misbehave("poisoned")))
    refused = [report.input for report in reports if isinstance(report, InputRefused)]
    finished = [report.detail for report in reports if isinstance(report, CameraReport)]
    assert refused == ["poison"]
    assert finished == ["good", "poison", "better"]


def test_pictures_are_seen_each_once_and_in_order(tmp_path: Path) -> None:
    for number in (2, 10, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), code_image(f"code {number}"))
    (tmp_path / "3.png").write_bytes(b"no picture")
    reports = list(play(files_of([tmp_path]), NO_FACES))
    seen = [report for report in reports if isinstance(report, Sighting | InputRefused)]
    assert [Path(report.input).stem for report in seen] == ["1", "2", "3", "10"]
    assert [code.text for report in seen if isinstance(report, Sighting) for code in report.codes] == [
        "code 1",
        "code 2",
        "code 10",
    ]


def test_a_video_is_seen_frame_by_frame_with_none_dropped(tmp_path: Path) -> None:
    path = tmp_path / "lane.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for _ in range(12):
        video.write(code_image("in the video"))
    video.release()
    seen = [report for report in play([str(path)], NO_FACES) if isinstance(report, Sighting)]
    assert len(seen) == 12
    assert all(sighting.codes[0].text == "in the video" for sighting in seen)
    times = [sighting.captured for sighting in seen]
    assert times[-1] - times[0] == pytest.approx(1.1, abs=0.2), "frames keep the video's own times"


@pytest.mark.shared_data
@pytest.mark.parametrize("here", ["every model", "no model but the engine's"])
def test_a_confined_worker_measures_with_every_model_that_is_here(
    models_and_mesh: Path, portraits: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    for name in ("yunet", "sface"):
        file = models.model(name).file
        (tmp_path / file).symlink_to((models_and_mesh / file).resolve())
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh if here == "every model" else tmp_path))
    [seen] = [
        report for report in play([str(portraits[0])], VisionConfiguration()) if isinstance(report, Sighting)
    ]
    [face] = seen.faces
    assert face.pose is not None
    if here == "every model":
        assert face.eyes is not None
        assert face.liveness is not None
        assert face.liveness.veto is not None
        assert sorted(face.liveness.nets) == ["minifasnet-v1se", "minifasnet-v2"]
    else:
        assert (face.eyes, face.liveness) == (None, None)


STRANGE_NAMES = [b"caf\xe9.png", b"\xe6\x9d\x8e.png", b"a\x1b[31mred.png", b"new\nline.png"]
SHOWN_NAMES = [r"caf\xe9.png", "李.png", r"a\u001b[31mred.png", r"new\u000aline.png"]
CODES_ONLY = VisionConfiguration(faces=FaceEngineName.NONE, hold=0.0)


def test_names_that_are_not_text_are_read_and_shown_in_words(tmp_path: Path) -> None:
    for number, name in enumerate(STRANGE_NAMES):
        put(tmp_path, name, by_pillow(code_image(f"code {number}"), "PNG"))
    put(tmp_path, b"\xff.png", b"not one")
    reports = list(play(files_of([tmp_path]), CODES_ONLY))
    seen = {Path(one.input).name: one.codes[0].text for one in reports if isinstance(one, Sighting)}
    assert seen == {name: f"code {number}" for number, name in enumerate(SHOWN_NAMES)}
    [refused] = [one for one in reports if isinstance(one, InputRefused)]
    assert refused.input.endswith(r"\xff.png")


def test_a_folder_without_pictures_is_refused_with_what_to_put_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(VisionError, match=r"no pictures in this folder .*jpg"):
        files_of([tmp_path])


def seen_in(
    inputs: list[Path], vision: VisionConfiguration, playing: Playing = AS_IT_IS
) -> dict[str, list[Sighting]]:
    """The sightings of each input, by its file's name."""
    seen: dict[str, list[Sighting]] = {path.name: [] for path in inputs}
    for report in play([str(path) for path in inputs], vision, playing=playing):
        if isinstance(report, Sighting):
            seen[Path(report.input).name].append(report)
    return seen


FACES_ONLY = VisionConfiguration(liveness=LivenessName.OFF)


@pytest.fixture
def standing(tmp_path: Path, portraits: list[Path]) -> Path:
    """Two and a half seconds of one person, thirty frames a second."""
    return write_film(tmp_path / "standing.avi", [read_picture(portraits[0])] * 75)


@pytest.mark.shared_data
def test_a_film_begins_with_nobody_known_whatever_was_played_before(standing: Path, tmp_path: Path) -> None:
    """Frames of a film keep its own times: those of the next one may be earlier than the last of this."""
    again = tmp_path / "again.avi"
    again.symlink_to(standing)
    seen = seen_in([standing, again], FACES_ONLY, Playing(rate=5.0))
    tracks = [{face.track for one in film for face in one.faces} for film in seen.values()]
    embedded = [[bool(face.template) for one in film for face in one.faces][:3] for film in seen.values()]
    assert len(tracks[0]) == 1
    assert embedded == [[True] * 3] * 2


@pytest.mark.shared_data
def test_a_face_that_stays_is_somebody_new_after_as_long_as_is_asked(standing: Path) -> None:
    [film] = seen_in([standing], FACES_ONLY, Playing(rate=10.0, anew_after=1.0)).values()
    tracks = [[face.track for face in one.faces] for one in film]
    lengths = [tracks.count([number]) for number in sorted({track for [track] in tracks})]
    assert lengths == [10, 10, 5]
    assert sum(bool(face.template) for one in film for face in one.faces) == 9, "three of each"


@pytest.mark.shared_data
def test_only_faces_are_looked_for_where_nothing_else_is_asked(
    tmp_path: Path, portraits: list[Path], all_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out, codes and the templates of stills, changes nothing that is measured."""
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    cv2.imwrite(str(tmp_path / "code.png"), code_image("hello"))
    pictures = [tmp_path / "code.png", portraits[0]]
    everything = seen_in(pictures, VisionConfiguration())
    faces = seen_in(pictures, VisionConfiguration(), Playing(faces_only=True))
    assert [code.text for one in everything["code.png"] for code in one.codes] == ["hello"]
    assert [one.codes for one in faces["code.png"]] == [()]
    [[whole], [bare]] = ([one.faces for one in found[portraits[0].name]] for found in (everything, faces))
    assert [replace(face, template=b"") for face in whole] == list(bare)
    assert all(face.liveness is not None for face in bare)
    assert all(face.template for face in whole)
    assert not any(face.template for face in bare)


def test_what_lies_below_a_folder_is_found_once_and_links_lead_nowhere_twice(tmp_path: Path) -> None:
    for name in ("b/2.PNG", "b/1.jpg", "a/film.mp4", "a/notes.txt", "c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    found = [(str(each.path.relative_to(tmp_path)), each.problem) for each in below(tmp_path)]
    assert found == [
        ("c.jpg", ""),
        ("a/film.mp4", ""),
        ("a/lost.png", ""),
        ("a/round", "leads to a folder that was looked at already"),
        ("b/1.jpg", ""),
        ("b/2.PNG", ""),
    ]


def test_a_folder_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    assert [each.problem for each in below(tmp_path / "nowhere")] == ["No such file or directory"]
