"""From frames to sightings: what is analysed, embedded and measured, and how rarely."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, VisionConfiguration
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.mesh import open_mesh
from edge.vision.frame import Frame, Image
from edge.vision.liveness.minifasnet import MiniFasNets
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from tests.attacks.made import Species, presentation
from tests.edge.vision.conftest import can_be_enrolled, code_image


def frames_of(image: Image, count: int, step: float = 0.1) -> list[Frame]:
    return [Frame(image, number + 1, 50.0 + number * step, "camera") for number in range(count)]


def pipeline(engine: FaceEngine | None) -> Pipeline:
    return Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING))


def test_an_empty_lane_is_only_watched(engine: FaceEngine) -> None:
    analyser = pipeline(engine)
    seen = [analyser.analyse(frame) for frame in frames_of(np.full((480, 640, 3), 120, np.uint8), 20)]
    looked = [sighting for sighting in seen if "detect" in sighting.timings]
    assert 3 <= len(looked) <= 6, "at first and every half second, in two seconds"


@pytest.mark.shared_data
def test_a_person_who_stands_there_is_embedded_a_few_times_and_not_in_every_frame(
    engine: FaceEngine, portraits: list[Path]
) -> None:
    analyser = pipeline(engine)
    picture = read_picture(next(path for path in portraits if can_be_enrolled(engine, path)))
    seen = [analyser.analyse(frame) for frame in frames_of(picture, 50)]
    tracks = {face.track for sighting in seen for face in sighting.faces}
    embedded = [sighting.frame for sighting in seen if any(face.template for face in sighting.faces)]
    assert len(tracks) == 1
    assert embedded[:3] == [1, 2, 3]
    assert len(embedded) <= 6, "three at first, then one every two seconds"


def test_a_code_in_view_is_read_in_its_first_frame(engine: FaceEngine) -> None:
    analyser = pipeline(engine)
    seen = [analyser.analyse(frame) for frame in frames_of(code_image("hello"), 3)]
    assert [[code.text for code in sighting.codes] for sighting in seen] == [["hello"]] * 3


def test_a_still_stands_alone_and_is_searched_harder() -> None:
    analyser = pipeline(None)
    faint = (128 + (code_image("faint").astype(np.int16) - 128) // 12).astype(np.uint8)
    still = Frame(faint, 1, 0.0, "faint.png", still=True)
    assert [code.text for code in analyser.analyse(still).codes] == ["faint"]


@pytest.mark.shared_data
def test_liveness_is_measured_where_a_face_is_embedded_and_nowhere_else(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path]
) -> None:
    analyser = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING), nets)
    images: list[Image] = list(presentation(Species.LIVE, read_picture(portraits[0]), 0, 12))
    seen = [analyser.analyse(Frame(image, at, 5 + at / 10, "camera")) for at, image in enumerate(images)]
    faces = [face for sighting in seen for face in sighting.faces]
    assert len(faces) == 12
    assert [face.liveness is not None for face in faces] == [bool(face.template) for face in faces]
    assert all("live" in sighting.timings for sighting in seen[:3])


@pytest.mark.shared_data
def test_a_picture_is_embedded_and_measured_on_in_every_frame_for_a_while(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path]
) -> None:
    analyser = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING), nets)
    images = list(presentation(Species.PHONE, read_picture(portraits[0]), 0, 16))
    seen = [analyser.analyse(Frame(image, at, 5 + at / 15, "camera")) for at, image in enumerate(images)]
    faces = [face for sighting in seen for face in sighting.faces]
    assert [bool(face.template) for face in faces] == [True] * 12 + [False] * 4
    assert [face.liveness is not None for face in faces] == [bool(face.template) for face in faces]


@pytest.mark.shared_data
def test_of_eyes_that_something_may_cover_nothing_is_told(
    engine: FaceEngine, models_and_mesh: Path, portraits: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finger over the eyes of a photograph: the mesh would shut them at its edges."""
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh))
    analyser = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING), mesh=open_mesh())
    picture = read_picture(portraits[0])
    [bare] = analyser.analyse(frames_of(picture, 1)[0]).faces
    assert bare.eyes is not None
    (right_x, right_y), (left_x, left_y) = bare.landmarks[:2]
    level, apart = round((right_y + left_y) / 2), round(left_x - right_x)
    finger = picture.copy()
    finger[level - apart // 4 : level + apart // 4] = (140, 165, 215)
    assert [face.eyes for face in analyser.analyse(frames_of(finger, 1)[0]).faces] in ([None], [])


@pytest.mark.shared_data
def test_the_eyes_of_whoever_stands_foremost_are_looked_at_in_every_frame(
    engine: FaceEngine, models_and_mesh: Path, portraits: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh))
    reader = open_reader(CodeReaderName.ZXING)
    analyser = Pipeline(VisionConfiguration(), engine, reader, mesh=open_mesh())
    near, far = read_picture(portraits[0]), read_picture(portraits[2])
    picture = np.full((480, 640, 3), 120, np.uint8)
    picture[115:365, 200:450], picture[:125, 500:625] = near, cv2.resize(far, (125, 125))
    for frame in frames_of(picture, 5):
        faces = sorted(analyser.analyse(frame).faces, key=lambda face: face.box.width, reverse=True)
        assert [face.eyes is not None for face in faces] == [True, False]
        assert 0.1 < (faces[0].eyes or 0.0) < 0.6
    blind = Pipeline(VisionConfiguration(), engine, reader)
    assert [face.eyes for face in blind.analyse(frames_of(picture, 1)[0]).faces] == [None, None]
