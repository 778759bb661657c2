"""The liveness nets: what they are fed, and what they say of photographs and of made attacks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from edge.decision import Move
from edge.liveness import pose_of
from edge.liveness.challenge import REACHED
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, LivenessName, VisionConfiguration
from edge.vision.faces.engine import FaceEngine
from edge.vision.frame import Frame, Image
from edge.vision.liveness.factory import open_liveness
from edge.vision.liveness.minifasnet import MiniFasNets, blob_of, crop_of
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from edge.vision.reports import Box
from tests.attacks.heads import turned_head, turned_print
from tests.attacks.made import Species, background, presentation

WITHIN = (320, 240)
PEOPLE = 16


@pytest.fixture
def nets(all_models: Path, monkeypatch: pytest.MonkeyPatch) -> MiniFasNets:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    opened = open_liveness(LivenessName.MINIFASNET)
    assert isinstance(opened, MiniFasNets)
    return opened


def measures(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path], species: Species, gain: float = 1.0
) -> list[float]:
    said = []
    for number, path in enumerate(portraits[: 2 * PEOPLE : 2]):
        [image] = presentation(species, read_picture(path), number)
        faces = engine.detect(image, WITHIN)
        if faces:
            said.append(nets.measure((image * gain).astype(np.uint8), faces[0].box))
    assert len(said) >= PEOPLE - 3
    return said


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "species", [Species.CARD, Species.CLOSE_PRINT, Species.PHONE, Species.CLOSE_SCREEN, Species.VIDEO]
)
def test_most_faces_look_alive_and_few_made_attacks_do(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path], species: Species
) -> None:
    live = np.array(measures(engine, nets, portraits, Species.LIVE))
    attacks = np.array(measures(engine, nets, portraits, species))
    assert (live >= 0.5).mean() >= 0.6
    assert (attacks >= 0.5).mean() <= 0.2


@pytest.mark.shared_data
def test_the_nets_take_grey_values_as_they_are_and_everything_divided_for_a_picture(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path]
) -> None:
    assert max(measures(engine, nets, portraits, Species.LIVE, gain=1 / 255)) < 0.5


def test_what_is_fed_is_the_picture_itself_channels_first() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    image[:, :] = (10, 128, 255)
    blob = blob_of(image, Box(100, 80, 40, 50), 2.7)
    assert blob.shape == (1, 3, 80, 80)
    assert blob.dtype.name == "float32"
    assert [float(channel.min()) for channel in blob[0]] == [10.0, 128.0, 255.0]


@pytest.mark.shared_data
def test_the_landmarks_of_a_turning_head_show_it_and_those_of_a_turned_print_do_not(
    engine: FaceEngine, portraits: list[Path]
) -> None:
    room = background(np.random.default_rng(1))
    heads, prints = [], []
    for path in portraits[: 2 * PEOPLE : 2]:
        square = np.asarray(
            cv2.resize(read_picture(path), (480, 480), interpolation=cv2.INTER_CUBIC), np.uint8
        )
        scene = np.asarray(cv2.copyMakeBorder(square, 0, 0, 80, 80, cv2.BORDER_REFLECT_101), np.uint8)
        faces = engine.detect(scene, WITHIN)
        if not faces:
            continue
        marks = np.array(faces[0].landmarks)
        heads.append(gone(engine, scene, turned_head(scene, marks, 40.0)))
        flat = (turned_print(square, yaw, 0.0, room) for yaw in (0.0, 40.0))
        prints.append(gone(engine, *flat))
    assert np.nanmedian(heads) >= REACHED
    assert np.nanmax(np.abs(prints)) < REACHED


def gone(engine: FaceEngine, straight: Image, turned: Image) -> float:
    """How far the nose went between the eyes; NaN where a face was not found, or not held straight."""
    found = [engine.detect(image, WITHIN) for image in (straight, turned)]
    poses = [pose_of(faces[0].landmarks) if faces else None for faces in found]
    if poses[0] is None or poses[1] is None or abs(poses[0].yaw) > 0.2:
        return float("nan")
    return poses[1].moved(Move.TURN_LEFT, poses[0])


_sizes = st.integers(2, 2000)
_boxes = st.builds(Box, st.floats(-300, 2300), st.floats(-300, 2300), st.floats(1, 3000), st.floats(1, 3000))


@given(_sizes, _sizes, _boxes, st.sampled_from([2.7, 4.0]))
def test_any_box_gives_a_crop_inside_the_picture(width: int, height: int, box: Box, scale: float) -> None:
    left, top, right, bottom = crop_of(width, height, box, scale)
    assert 0 <= left <= right <= width - 1
    assert 0 <= top <= bottom <= height - 1


@pytest.mark.parametrize(
    ("box", "expected"),
    [  # scale 2.7 in 640×480, by the authors' code
        (Box(280, 200, 80, 100), (212, 115, 428, 385)),
        (Box(0, 0, 80, 100), (0, 0, 216, 270)),
        (Box(560, 380, 80, 100), (423, 209, 639, 479)),
        (Box(200, 100, 240, 300), (128, 0, 511, 479)),
    ],
)
def test_the_crop_is_that_of_the_nets_training(box: Box, expected: tuple[int, int, int, int]) -> None:
    assert crop_of(640, 480, box, 2.7) == expected
    assert as_the_authors_do(640, 480, box, 2.7) == expected


_in_view = st.builds(Box, st.floats(0, 500), st.floats(0, 400), st.floats(20, 140), st.floats(20, 80))


@given(_in_view, st.sampled_from([2.7, 4.0]))
def test_any_face_in_view_is_cropped_as_there(box: Box, scale: float) -> None:
    pairs = zip(crop_of(640, 480, box, scale), as_the_authors_do(640, 480, box, scale), strict=True)
    assert all(abs(own - theirs) <= 1 for own, theirs in pairs)


def as_the_authors_do(width: int, height: int, box: Box, scale: float) -> tuple[int, int, int, int]:
    """CropImage of minivision-ai/Silent-Face-Anti-Spoofing, src/generate_patches.py, as it reads there."""
    scale = min((height - 1) / box.height, (width - 1) / box.width, scale)
    wide, high = box.width * scale, box.height * scale
    x, y = box.width / 2 + box.left, box.height / 2 + box.top
    left, top, right, bottom = x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
    if left < 0:
        left, right = 0, right - left
    if top < 0:
        top, bottom = 0, bottom - top
    if right > width - 1:
        left, right = left - (right - width + 1), width - 1
    if bottom > height - 1:
        top, bottom = top - (bottom - height + 1), height - 1
    return int(left), int(top), int(right), int(bottom)


@pytest.mark.shared_data
def test_liveness_is_measured_where_a_face_is_embedded_and_nowhere_else(
    engine: FaceEngine, nets: MiniFasNets, portraits: list[Path]
) -> None:
    looker = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING), nets)
    images: list[Image] = list(presentation(Species.LIVE, read_picture(portraits[0]), 0, 12))
    seen = [
        looker.analyse(Frame(image, place, 5 + place / 10, "camera")) for place, image in enumerate(images)
    ]
    faces = [face for sighting in seen for face in sighting.faces]
    assert len(faces) == 12
    assert [face.liveness is not None for face in faces] == [bool(face.template) for face in faces]
    assert sum(face.liveness is not None for face in faces) == VisionConfiguration().embeddings_per_track
    assert all("live" in sighting.timings for sighting in seen[:3])


def test_without_its_files_liveness_is_not_measured_unless_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    assert open_liveness(LivenessName.OFF) is None
    assert open_liveness(LivenessName.AUTO) is None
    with pytest.raises(models.ModelError, match="not on this machine"):
        open_liveness(LivenessName.MINIFASNET)
    (tmp_path / models.model("minifasnet-v2").file).write_bytes(b"something else")
    assert open_liveness(LivenessName.AUTO) is None
