"""Several good looks at one person before a camera, for their enrolment; no picture is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from edge.decision import Cover, Text
from edge.errors import VisionError
from edge.vision.cameras.camera import Camera
from edge.vision.faces.engine import DetectedFace, FaceEngine, Template
from edge.vision.faces.enrolment import doubtful
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.pose import Pose, pose_of
from edge.vision.faces.quality import ENROLMENT, judge
from edge.vision.frame import Image
from edge.vision.reports import FaceProblem

_STRAIGHT = 0.2
"""Turn up to which the first look counts as straight ahead."""
_ANOTHER_POSE = 0.06
"""Turn or nod by which a further look has to differ from those before."""
_LATER = 3.0
"""Seconds after which a look counts as another even in the same pose."""
_MOST_FAILURES = 20


class Say(StrEnum):
    """What to ask of the person next."""

    LOOK_HERE = "look_here"
    TURN_A_LITTLE = "turn_a_little"
    NOBODY = "nobody"
    SEVERAL = "several"
    SOMEBODY_ELSE = "somebody_else"
    DONE = "done"
    TOO_SMALL = FaceProblem.TOO_SMALL
    TOO_CLOSE = FaceProblem.TOO_CLOSE
    CUT_OFF = FaceProblem.CUT_OFF
    TOO_DARK = FaceProblem.TOO_DARK
    TOO_BRIGHT = FaceProblem.TOO_BRIGHT
    BACKLIT = FaceProblem.BACKLIT
    LOW_CONTRAST = FaceProblem.LOW_CONTRAST
    BLURRED = FaceProblem.BLURRED
    TURNED_AWAY = FaceProblem.TURNED_AWAY
    TILTED = FaceProblem.TILTED
    MASK = Cover.MASK
    SUNGLASSES = Cover.SUNGLASSES
    HAND = Cover.HAND


TEXTS: dict[Say, Text] = {
    Say.LOOK_HERE: Text("请正对镜头", "Look here, please"),
    Say.TURN_A_LITTLE: Text("请稍微转一下头", "Turn your head a little"),
    Say.NOBODY: Text("请站到镜头前", "Step before the camera"),
    Say.SEVERAL: Text("请一次一人", "One person at a time"),
    Say.SOMEBODY_ELSE: Text("不是刚才的人", "This is somebody else than before"),
    Say.DONE: Text("完成，谢谢", "Done, thank you"),
    Say.TOO_SMALL: Text("请靠近一些", "Come closer"),
    Say.TOO_CLOSE: Text("请后退一步", "Step back"),
    Say.CUT_OFF: Text("请站到画面中间", "Step into the middle of the picture"),
    Say.TOO_DARK: Text("光线太暗", "It is too dark"),
    Say.TOO_BRIGHT: Text("光线太强", "There is too much light"),
    Say.BACKLIT: Text("背光，请换个方向", "The light is behind you: turn round a little"),
    Say.LOW_CONTRAST: Text("画面不清晰，请擦拭镜头", "The picture is hazy: wipe the lens"),
    Say.BLURRED: Text("请保持不动", "Stand still"),
    Say.TURNED_AWAY: Text("请正对镜头", "Look here, please"),
    Say.TILTED: Text("请抬正头部", "Hold your head upright"),
    Say.MASK: Text("请摘下口罩", "Take off your mask"),
    Say.SUNGLASSES: Text("请摘下墨镜", "Take off your sunglasses"),
    Say.HAND: Text("请把手拿开", "Take your hand from your face"),
}


@dataclass(frozen=True)
class Taken:
    """One good look: its template, how the head was held, and when (monotonic s)."""

    template: Template
    pose: Pose
    at: float


class CaptureSession:
    """Collects `wanted` looks of one person that differ, all above `same` (cosine) to the first."""

    def __init__(self, engine: FaceEngine, wanted: int, same: float) -> None:
        self._engine = engine
        self._wanted = wanted
        self._same = same
        self.taken: tuple[Taken, ...] = ()

    @property
    def done(self) -> bool:
        return len(self.taken) >= self._wanted

    def look(self, image: Image, now: float) -> Say:
        """Take `image` into account; what it lacked, or what to do for the next."""
        faces = faces_in(image, self._engine)
        if not faces:
            return Say.NOBODY
        if doubtful(image, faces):
            return Say.SEVERAL
        quality = judge(image, faces[0], ENROLMENT)
        if quality.problem is not None:
            return Say(quality.covered or quality.problem)
        return self._another(image, faces[0], now)

    def _another(self, image: Image, face: DetectedFace, now: float) -> Say:
        """Take a good face, where it adds something to those that were taken."""
        pose = pose_of(face)
        if not self.taken and abs(pose.turn) > _STRAIGHT:
            return Say.LOOK_HERE
        if any(not _differs(look, pose, now) for look in self.taken):
            return Say.TURN_A_LITTLE
        template = self._engine.embed(image, face, mirrored=True)
        if self.taken and float(template @ self.taken[0].template) < self._same:
            return Say.SOMEBODY_ELSE
        self.taken += (Taken(template, pose, now),)
        return Say.DONE if self.done else Say.TURN_A_LITTLE


def sit(
    camera: Camera, sitting: CaptureSession, tell: Callable[[Say, int, Image], None], within: float
) -> tuple[Taken, ...]:
    """Look through `camera` until `sitting` is done, its pictures end, or `within` seconds are over.

    `tell` hears after every frame what to say, how many looks were taken, and sees the frame. Raises
    VisionError where the camera fails.
    """
    camera.open()
    try:
        failures, began = 0, None
        while not sitting.done:
            try:
                read = camera.read()
            except VisionError:
                # One bad file of a folder is passed over; a camera that has gone says so again.
                failures += 1
                if camera.live or failures > _MOST_FAILURES:
                    raise
                continue
            if read is None:
                break
            image, _, now = read
            began = now if began is None else began
            if now - began > within:
                break
            tell(sitting.look(image, now), len(sitting.taken), image)
        return sitting.taken
    finally:
        camera.close()


def _differs(look: Taken, pose: Pose, now: float) -> bool:
    moved = max(abs(look.pose.turn - pose.turn), abs(look.pose.nod - pose.nod))
    return moved >= _ANOTHER_POSE or now - look.at >= _LATER


def text_of(say: Say, language: str) -> str:
    """What to say in `language` (a BCP 47 tag); English where it is neither."""
    return TEXTS[say].zh if language.lower().startswith("zh") else TEXTS[say].en
