"""What the vision worker is told to do: the `[vision]` table of gate.toml, and the task made of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class FaceEngineName(StrEnum):
    SFACE = "sface"
    DLIB = "dlib"
    NONE = "none"  # a gate that reads codes only


ENGINE_NAMES = {
    FaceEngineName.SFACE: "sface-2021dec-int8bq-2",
    FaceEngineName.DLIB: "dlib-resnet-v1",
    FaceEngineName.NONE: "none",
}
"""The engines' names as templates carry them; the gate itself loads no engine (a test compares them)."""


class CodeReaderName(StrEnum):
    ZXING = "zxing-cpp"
    PYZBAR = "pyzbar"


class LivenessName(StrEnum):
    AUTO = "auto"  # measured where both model files are on this machine
    MINIFASNET = "minifasnet"  # the worker does not start without them
    OFF = "off"


class Pace(StrEnum):
    """live: the newest frame wins and older ones are dropped. every: nothing is dropped, for replay."""

    LIVE = "live"
    EVERY = "every"


class VisionConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The camera and what is made of its frames.

    `camera` is a source: `v4l2:0`, `/dev/video0`, `picamera2`, `rtsp://…`, `http://…`, `file:PATH` or
    `folder:PATH`. `width`×`height` are asked of the camera; `detect_width`×`detect_height` bound the
    picture in which faces are looked for. Times are seconds, `memory_limit` is MiB of the worker.
    """

    camera: str = "v4l2:0"
    faces: FaceEngineName = FaceEngineName.SFACE
    codes: CodeReaderName = CodeReaderName.ZXING
    liveness: LivenessName = LivenessName.AUTO
    width: int = 640
    height: int = 480
    detect_width: int = 320
    detect_height: int = 240
    embeddings_per_track: int = 3
    embed_again_after: float = 2.0
    hold: float = 1.0
    stall_after: float = 2.0
    hang_after: float = 6.0
    memory_limit: int = 500
    threads: int = 1


class WorkerTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first message to the worker. `inputs` are files to be seen in order instead of the camera.

    They are named by their bytes, since a file's name need not be text.
    """

    vision: VisionConfiguration
    pace: Pace = Pace.LIVE
    inputs: tuple[bytes, ...] = ()
