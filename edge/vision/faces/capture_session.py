"""Captures of one person before a camera, for their enrolment; no picture is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from edge.decision import Cover, FaceProblem, Text
from edge.errors import VisionError
from edge.liveness import HeadPose
from edge.vision.cameras.camera import Camera
from edge.vision.faces.engine import DetectedFace, FaceEngine, Template
from edge.vision.faces.enrolment import SecondLook, is_ambiguous
from edge.vision.faces.occlusion import Suspicion
from edge.vision.faces.portraits import faces_in
from edge.vision.faces.quality import ENROLMENT, judge
from edge.vision.frame import Image

_STRAIGHT = 0.2
"""Yaw up to which the first capture counts as straight ahead."""
_ANOTHER_POSE = 0.06
"""Yaw or pitch by which a further capture has to differ from those before."""
_LATER = 3.0
"""Seconds after which a capture counts as another even in the same pose."""
_ASKED_LONG = 6.0
"""Seconds of asking to uncover a face, after which it is taken as it is: nothing may cover it."""
_MOST_FAILURES = 20


class CapturePrompt(StrEnum):
    """What to ask of the person next, where nothing is the matter with their face."""

    text: Text

    def __new__(cls, code: str, text: Text) -> Self:
        made = str.__new__(cls, code)
        made._value_ = code
        made.text = text
        return made

    LOOK_HERE = "look_here", Text("请正对镜头", "Look here, please")
    TURN_A_LITTLE = "turn_a_little", Text("请稍微转一下头", "Turn your head a little")
    NOBODY = "nobody", Text("请站到镜头前", "Step before the camera")
    SEVERAL = "several", Text("请一次一人", "One person at a time")
    SOMEBODY_ELSE = "somebody_else", Text("不是刚才的人", "This is somebody else than before")
    DONE = "done", Text("完成，谢谢", "Done, thank you")


Request = CapturePrompt | FaceProblem | Cover
"""What to ask of the person next."""


@dataclass(frozen=True)
class Capture:
    """What is kept of one good picture: its template, the head's pose, when (monotonic s), and doubts."""

    template: Template
    pose: HeadPose
    at: float
    doubts: tuple[str, ...] = ()


class CaptureSession:
    """Collects `wanted` captures of one person that differ, all above `same` (cosine) to the first.

    A face that seems covered is asked to be uncovered, for some seconds; then it is taken, with a doubt.
    """

    def __init__(self, engine: FaceEngine, wanted: int, same: float, look: SecondLook | None = None) -> None:
        self._engine = engine
        self._look = look or SecondLook()
        self._asked_since: float | None = None
        self._wanted = wanted
        self._same = same
        self.captures: tuple[Capture, ...] = ()

    @property
    def done(self) -> bool:
        """Whether there are as many captures as are wanted."""
        return len(self.captures) >= self._wanted

    def add(self, image: Image, now: float) -> Request:
        """Add the face in `image` where it serves; what it lacks, or what to ask for the next."""
        faces = faces_in(image, self._engine)
        if not faces:
            return CapturePrompt.NOBODY
        if is_ambiguous(image, faces):
            return CapturePrompt.SEVERAL
        covered = self._look.covered(image, faces[0])
        quality = judge(image, faces[0], ENROLMENT, covered)
        if quality.covered is None and quality.problem is not None:
            return quality.problem
        if covered is not None and covered.sure:
            self._asked_since = now if self._asked_since is None else self._asked_since
            if now - self._asked_since < _ASKED_LONG:
                return covered.cover
        return self._another(image, faces[0], now, covered)

    def _another(self, image: Image, face: DetectedFace, now: float, covered: Suspicion | None) -> Request:
        """Capture a good face where it differs from the captures before it."""
        pose = face.pose
        if pose is None:
            return FaceProblem.TOO_SMALL
        if not self.captures and abs(pose.yaw) > _STRAIGHT:
            return CapturePrompt.LOOK_HERE
        if any(not _differs(earlier, pose, now) for earlier in self.captures):
            return CapturePrompt.TURN_A_LITTLE
        template = self._engine.embed(image, face, mirrored=True)
        if self.captures and float(template @ self.captures[0].template) < self._same:
            return CapturePrompt.SOMEBODY_ELSE
        self.captures += (Capture(template, pose, now, self._look.doubts(image, face, covered)),)
        return CapturePrompt.DONE if self.done else CapturePrompt.TURN_A_LITTLE


def capture(
    camera: Camera, session: CaptureSession, notify: Callable[[Request, int, Image], None], within: float
) -> tuple[Capture, ...]:
    """Capture from `camera` until `session` is done, its pictures end, or `within` seconds are over.

    `notify` is called after every frame with what to ask, how many captures there are, and the frame. Raises
    VisionError where the camera fails.
    """
    camera.open()
    try:
        failures, began = 0, None
        while not session.done:
            try:
                read = camera.next_picture()
            except VisionError:
                # One bad file of a folder is passed over; a camera that has gone raises again.
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
            notify(session.add(image, now), len(session.captures), image)
        return session.captures
    finally:
        camera.close()


def _differs(earlier: Capture, pose: HeadPose, now: float) -> bool:
    moved = max(abs(earlier.pose.yaw - pose.yaw), abs(earlier.pose.pitch - pose.pitch))
    return moved >= _ANOTHER_POSE or now - earlier.at >= _LATER


def text_of(request: Request, language: str) -> str:
    """What to say in `language` (a BCP 47 tag); English where it is neither."""
    text = request.text if isinstance(request, CapturePrompt) else request.enrolment
    return text.zh if language.lower().startswith("zh") else text.en
