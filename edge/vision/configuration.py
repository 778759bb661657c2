"""The vision worker's settings: the `[vision]` table of gate.toml, and the task made of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.support.durations import Seconds

Side = Annotated[int, Meta(ge=64, le=8192)]
Camera = Annotated[str, Meta(pattern=r"\A\S[^\r\n]*\Z", description="a camera, such as /dev/video0")]

NO_CAMERA = "none"


class FaceEngineName(StrEnum):
    """Which library finds and embeds faces."""

    SFACE = "sface"
    DLIB = "dlib"
    NONE = "none"  # a gate that reads codes only


ENGINE_NAMES = {
    FaceEngineName.SFACE: "sface-2021dec-int8bq-2",
    FaceEngineName.DLIB: "dlib-resnet-v1",
    FaceEngineName.NONE: "none",
}
"""The engines' names as templates carry them; the gate itself loads no engine (a test compares them)."""

TEMPLATE_NUMBERS = {FaceEngineName.SFACE: 128, FaceEngineName.DLIB: 128, FaceEngineName.NONE: 0}
"""How many numbers each engine's templates have (the same test compares them)."""


class CodeReaderName(StrEnum):
    """Which library reads codes."""

    ZXING = "zxing-cpp"
    PYZBAR = "pyzbar"


class LivenessName(StrEnum):
    """Whether liveness is measured in single frames by nets."""

    AUTO = "auto"  # measured where both model files are on this machine
    MINIFASNET = "minifasnet"  # the worker does not start without them
    OFF = "off"


class FrameMode(StrEnum):
    """live: the newest frame wins and older ones are dropped. every: nothing is dropped, for replay."""

    LIVE = "live"
    EVERY = "every"


class VisionConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The camera and what is made of its frames.

    `camera` is a source: `v4l2:0`, `/dev/video0`, `picamera2`, `rtsp://…`, `http://…`, `file:PATH`,
    `folder:PATH`, or `none` for a gate that reads codes by a scanner alone. `width`×`height` are asked of
    the camera; `detect_width`×`detect_height` bound the picture in which faces are detected. Times are
    seconds (`quiet_for` 0: never), `memory_limit` is MiB of the worker.
    """

    camera: Camera = "v4l2:0"
    faces: FaceEngineName = FaceEngineName.SFACE
    codes: CodeReaderName = CodeReaderName.ZXING
    liveness: LivenessName = LivenessName.AUTO
    width: Side = 640
    height: Side = 480
    detect_width: Side = 320
    detect_height: Side = 240
    embeddings_per_track: Annotated[int, Meta(ge=1, le=100)] = 3
    embed_again_after: Seconds = 2.0
    hold: Annotated[float, Meta(ge=0.0, le=3600.0)] = 1.0
    stall_after: Seconds = 2.0
    quiet_for: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 600.0
    hang_after: Seconds = 6.0
    memory_limit: Annotated[int, Meta(ge=100, le=65_536)] = 500
    threads: Annotated[int, Meta(ge=1, le=64)] = 1

    @property
    def watches(self) -> bool:
        """Whether there is a camera."""
        return self.camera != NO_CAMERA

    @property
    def engine(self) -> FaceEngineName:
        """What finds faces: without a camera nothing does."""
        return self.faces if self.watches else FaceEngineName.NONE


class Playing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How files are played.

    `rate` is how many frames a second of a film's own time are analysed at most (0: all of them). After
    `anew_after` seconds a face that is measured counts as somebody new (0: never). `faces_only`: no codes are
    looked for, and no still is embedded.
    """

    rate: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.0
    anew_after: Annotated[float, Meta(ge=0.0, le=3600.0)] = 0.0
    faces_only: bool = False


AS_IT_IS = Playing()


class WorkerTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first message to the worker. `inputs` are files to analyse in order instead of the camera.

    A file is named by its bytes, since its name need not be text.
    """

    vision: VisionConfiguration
    frames: FrameMode = FrameMode.LIVE
    inputs: tuple[bytes, ...] = ()
    playing: Playing = AS_IT_IS

    @property
    def ends(self) -> bool:
        """Whether the pictures come to an end: those of files do, those of a camera do not."""
        return self.frames is not FrameMode.LIVE or self.vision.camera.partition(":")[0] in {"file", "folder"}
