"""The reports of the vision worker: the only thing that crosses from the child to the gate.

Values only, encoded with msgspec (MessagePack); the one picture that leaves the worker is a preview that
staff asked for. The monotonic clock is the system's (CLOCK_MONOTONIC), so that its readings mean the same on
both sides of the pipe.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from edge.decision import Cover, FaceProblem
from edge.liveness import HeadPose, Landmarks, LivenessReading


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A rectangle in pixels of the full frame: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float


def prominence(box: Box, frame_width: float) -> float:
    """How likely a face is the one before the gate: its width, less the farther it stands to the side.

    The person before a gate is near and in the middle; a passer-by may be as large, at the edge.
    """
    aside = abs(box.left + box.width / 2.0 - frame_width / 2.0) / (frame_width / 2.0)
    return box.width * (1.0 - 0.5 * min(1.0, aside))


class FaceSighting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One face in one frame.

    `track` is the same for the same person from frame to frame. `landmarks` are five (x, y) points: right
    eye, left eye, nose, right and left corner of the mouth; `pose` is how they show the head held, None
    where they make no face. `template` is a little-endian float32 vector of unit length made by `engine`;
    empty where this frame was not embedded (known track, or a `problem`). `quality` is in [0, 1].
    `covered` says what seems to lie over the face. `liveness` is what the nets say of this frame showing
    a living face rather than a picture of one, and `eyes` how far they are open (height to width of an
    eye, by the mesh, where nothing may cover them); None where it was not measured.
    """

    track: int
    box: Box
    confidence: float
    landmarks: Landmarks = ()
    quality: float = 0.0
    problem: FaceProblem | None = None
    engine: str = ""
    template: bytes = b""
    liveness: LivenessReading | None = None
    eyes: float | None = None
    covered: Cover | None = None
    pose: HeadPose | None = None


AS_PROMINENT = 0.8
"""A second face at least this prominent, relative to the first, may as well be the one that is meant."""


def foremost(
    faces: Iterable[FaceSighting], frame_width: float, share: float = AS_PROMINENT
) -> list[FaceSighting]:
    """The most prominent face, and those that are nearly so: at least `share` times; the foremost first."""
    how = sorted(((prominence(face.box, frame_width), face) for face in faces), key=lambda each: -each[0])
    return [face for prominent, face in how if prominent >= share * how[0][0]]


class CodeSighting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One code in one frame: its text (at most `MAX_CODE_CHARACTERS` of it) and its true length."""

    text: str
    length: int
    corners: tuple[tuple[float, float], ...] = ()


class Sighting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="sighting"):
    """Everything seen in one frame.

    `frame` counts the camera's frames from 1, `captured` is when the frame was taken (monotonic
    seconds), `input` names the file for cameras that play files, `width` and `height` are pixels.
    `timings` are milliseconds by stage (`watch`, `decode`, `detect`, `mesh`, `embed`, `live`).
    A `still` stands alone.
    """

    frame: int
    captured: float
    input: str
    width: int
    height: int
    faces: tuple[FaceSighting, ...] = ()
    codes: tuple[CodeSighting, ...] = ()
    timings: dict[str, float] = {}
    still: bool = False


class CameraState(StrEnum):
    """What a camera does now."""

    OPENING = "opening"
    STREAMING = "streaming"
    STALLED = "stalled"  # no new frame, or the same frozen picture, for 2 s
    GONE = "gone"  # unplugged, refused or missing
    BLIND = "blind"  # pictures come, and show nothing: black, one colour, or frozen but for noise
    FINISHED = "finished"  # a file or folder came to its end


class CameraReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="camera"):
    """The camera's state changed; `detail` says why and what to do."""

    state: CameraState
    at: float
    detail: str = ""


class InputRefused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refused"):
    """One file of a folder or list could not be read as a picture; the others go on."""

    input: str
    reason: str
    at: float


class Heartbeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="alive"):
    """The worker's loop went round; `resident` is its memory in bytes."""

    at: float
    resident: int


class CannotStart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cannot_start"):
    """The worker gives up before its work: a model file, a library or the source is missing or wrong."""

    reason: str
    at: float


class Confinement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="confinement"):
    """The worker has confined itself; `missing` names what this kernel could not confine."""

    at: float
    missing: tuple[str, ...] = ()


class ReportRefused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="report_refused"):
    """Made by the parent: the worker wrote what is not a report, or one that cannot be true."""

    at: float
    reason: str


class WorkerFailed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="failed"):
    """Made by the parent's supervisor, never by the child: the worker died, hung or grew too large."""

    at: float
    reason: str
    restarts: int


MAX_CODE_CHARACTERS = 4_296
"""The most characters a QR code can hold (version 40-L, alphanumeric; ISO/IEC 18004)."""
