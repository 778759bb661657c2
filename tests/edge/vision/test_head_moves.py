"""The active check on pictures: made heads that do as they are asked, and prints that a hand turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.decision import (
    ChallengeState,
    Cover,
    FaceEvidence,
    FaceFinding,
    FaceRule,
    LivenessMode,
    LivenessRule,
    Mode,
    Move,
    PassEvidence,
    PassVerdict,
)
from edge.encounter import Confirmation, Encounter, EncounterTracker, Look, Patience
from edge.liveness import pose_of
from edge.liveness.challenge import REACHED
from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName, LivenessName, VisionConfiguration
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.mesh import open_mesh
from edge.vision.frame import Frame, Image
from edge.vision.liveness.factory import means, open_liveness
from edge.vision.pictures.reading import read_picture
from edge.vision.pipeline import Pipeline
from tests.attacks.heads import closed_eyes, turned_head, turned_print
from tests.attacks.made import background
from tests.examples import LONG

FIRST, PEOPLE = (0, 4) if LONG else (1, 1)
"""Of the photographed, which and how many are made heads of."""
ALMOST_ANYTHING_IS_ALIVE = 0.021
"""The nets are not what is tested here, and a photograph laid on a made head is not what they know."""
RULE = FaceRule(
    liveness=LivenessRule(mode=LivenessMode.ACTIVE, threshold=ALMOST_ANYTHING_IS_ALIVE, moves=2, seconds=3.0)
)
Show = Callable[[float], Image]


@dataclass(frozen=True)
class OneResident:
    """Knows everybody for Ann: who it is does not matter here."""

    def read_code(self, text: str, length: int) -> PassEvidence:
        return PassEvidence(PassVerdict.NOT_A_PASS, detail=text[:length])

    def read_parts(self, texts: tuple[str, ...]) -> PassEvidence:
        return PassEvidence(PassVerdict.INCOMPLETE, detail=str(len(texts)))

    def recognise(
        self, looks: tuple[Look, ...], rule: FaceRule, frames: int, covered: Cover | None
    ) -> FaceEvidence:
        enough = len(looks) >= min(frames, rule.frames)
        finding = FaceFinding.MATCHED if enough else FaceFinding.UNKNOWN
        return FaceEvidence(finding, "ann" if enough else None, score=1.0, frames=len(looks), covered=covered)

    def confirm(
        self, looks: tuple[Look, ...], code: PassEvidence, covered: Cover | None
    ) -> Confirmation | None:
        raise NotImplementedError

    def same_face(self, one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
        raise NotImplementedError

    def needs_both(self, subject_id: str) -> bool:
        return subject_id != "ann"

    def in_doubt(self, face: FaceEvidence) -> bool:
        del face
        return False


def after(show: Show, engine: FaceEngine, most: float, shut: Image | None = None) -> Encounter | None:
    """Ten frames a second of whatever turns by `most` degrees, half a second after it is asked to.

    `shut` is shown for half a second when it is asked to close its eyes; None: it goes on as before.
    """
    nets = open_liveness(LivenessName.MINIFASNET)
    mesh = open_mesh() if means(VisionConfiguration()).mesh else None
    pipeline = Pipeline(VisionConfiguration(), engine, open_reader(CodeReaderName.ZXING), nets, mesh)
    moves = cycle((Move.TURN_LEFT, Move.TURN_RIGHT))
    tracker = EncounterTracker(OneResident(), Patience(), lambda _: next(moves))
    draw, turned = (
        np.random.default_rng(3),
        {yaw: show(yaw) for yaw in (-most, -most / 2, 0.0, most / 2, most)},
    )
    asked: Move | None = None
    since = now = 100.0
    for number in range(120):
        now += 0.1
        far = 0.0 if asked is None else most * min(1.0, max(0.0, round((now - since - 0.4) / 0.2) / 2))
        if asked is Move.CLOSE_EYES:
            image = turned[0.0] if shut is None or not 0.35 < now - since < 0.85 else shut
        else:
            image = turned[-far if asked is Move.TURN_RIGHT else far]
        noisy = np.clip(image + draw.normal(0.0, 2.0, image.shape), 0, 255).astype(np.uint8)
        sighting = pipeline.analyse(Frame(noisy, number + 1, now, "camera"))
        encounter = tracker.handle(sighting, Mode.FACE, RULE)
        if encounter is not None and encounter.final:
            return encounter
        if encounter is not None and encounter.face is not None and encounter.face.asked is not asked:
            asked, since = encounter.face.asked, now
    return None


@pytest.fixture
def without_mesh(all_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))


@pytest.fixture
def with_mesh(models_and_mesh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(models_and_mesh))


@pytest.fixture
def squares(portraits: list[Path]) -> list[Image]:
    pictures = (read_picture(path) for path in portraits[2 * FIRST : 2 * (FIRST + PEOPLE) : 2])
    return [np.asarray(cv2.resize(picture, (480, 480)), np.uint8) for picture in pictures]


def states(encounters: list[Encounter | None]) -> list[ChallengeState | None]:
    return [None if each is None or each.face is None else each.face.challenge for each in encounters]


def head(engine: FaceEngine, square: Image) -> Show:
    scene = np.asarray(cv2.copyMakeBorder(square, 0, 0, 80, 80, cv2.BORDER_REFLECT_101), np.uint8)
    marks = np.array(engine.detect(scene, (320, 240))[0].landmarks)
    return lambda yaw: turned_head(scene, marks, yaw)


@pytest.mark.shared_data
@pytest.mark.usefixtures("without_mesh")
@pytest.mark.longer
def test_most_made_heads_that_do_as_they_are_asked_pass(engine: FaceEngine, squares: list[Image]) -> None:
    encounters = [after(head(engine, square), engine, 44.0) for square in squares]
    assert states(encounters).count(ChallengeState.PASSED) >= (PEOPLE + 1) // 2


@pytest.mark.shared_data
@pytest.mark.usefixtures("with_mesh")
@pytest.mark.longer
def test_by_the_mesh_a_smaller_turn_is_enough_beside_closed_eyes(
    engine: FaceEngine, squares: list[Image]
) -> None:
    encounters = [
        after(head(engine, square), engine, 30.0, shut=with_eyes_shut(engine, square)) for square in squares
    ]
    assert states(encounters).count(ChallengeState.PASSED) >= max(1, PEOPLE - 1)


def with_eyes_shut(engine: FaceEngine, square: Image) -> Image:
    scene = head(engine, square)(0.0)
    points = open_mesh().points(scene, engine.detect(scene, (320, 240))[0])
    assert points is not None
    return closed_eyes(scene, points)


@pytest.mark.shared_data
@pytest.mark.usefixtures("without_mesh")
@pytest.mark.longer
def test_no_print_that_is_turned_by_hand_passes(engine: FaceEngine, squares: list[Image]) -> None:
    room = background(np.random.default_rng(2))

    def held(square: Image) -> Show:
        return lambda yaw: turned_print(square, yaw, 0.0, room)

    encounters = [after(held(square), engine, 50.0) for square in squares]
    assert ChallengeState.PASSED not in states(encounters)
    assert ChallengeState.FAILED in states(encounters)


WITHIN = (320, 240)
FACES = 16 if LONG else 6


@pytest.mark.shared_data
@pytest.mark.longer
def test_the_landmarks_of_a_turning_head_show_it_and_those_of_a_turned_print_do_not(
    engine: FaceEngine, portraits: list[Path]
) -> None:
    room = background(np.random.default_rng(1))
    heads, prints = [], []
    for path in portraits[: 2 * FACES : 2]:
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
