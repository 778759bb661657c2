"""Reports as a worker sends them, good and spoilt, for the tests of those who receive them."""

from __future__ import annotations

import math
import struct
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import strategies as st

from edge.liveness import HeadPose, LivenessReading
from edge.vision.checks import expected_of
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName, VisionConfiguration, WorkerTask
from edge.vision.reports import (
    Blur,
    Box,
    CameraReport,
    CameraState,
    CodeSighting,
    EnrolmentLook,
    FaceMeter,
    FaceSighting,
    PreviewFrame,
    ReportRefused,
    Sighting,
    WorkerFailed,
)
from edge.vision.worker.wire import encode

NOW = 1000.0
TASK = WorkerTask(VisionConfiguration())
LIVE = expected_of(TASK)
ENGINE = ENGINE_NAMES[FaceEngineName.SFACE]
TEMPLATE = np.full(128, 1 / math.sqrt(128), "<f4").tobytes()
FACE = FaceSighting(
    1,
    Box(10, 20, 30, 40),
    0.9,
    ((1.0, 2.0),) * 5,
    0.8,
    engine=ENGINE,
    template=TEMPLATE,
    liveness=LivenessReading(0.5, {"minifasnet-v2": 0.5}, -1.0),
    eyes=0.3,
)
CODE = CodeSighting("HC1:…", 5, ((1.0, 2.0),) * 4)
GOOD = Sighting(1, NOW - 0.1, "v4l2:0", 640, 480, (FACE,), (CODE,), {"watch": 0.5})
METER = FaceMeter(Box(10, 20, 30, 40), 60.0, 0.4, 120.0, 110.0, 80.0, 4.0, 0.8, pose=HeadPose(0.1, 0.0, 2.0))
PREVIEW = PreviewFrame(
    1, NOW - 0.1, 480, 360, b"\xff\xd8\xff\xe0picture\xff\xd9", Blur.ALL, 1, 120.0, 0.01, 0.02, 3.0, METER
)
LOOK = EnrolmentLook(NOW - 0.1, 1, 60.0, HeadPose(0.1, 0.0, 2.0), engine=ENGINE, template=TEMPLATE)


def framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


NOT_REPORTS = {
    "text that is not UTF-8": framed(
        encode(CameraReport(CameraState.GONE, 1.0, "?"))[4:].replace(b"\xa1?", b"\xa1\xff")
    ),
    "nested without end": framed(b"\x91" * 100_000 + b"\xc0"),
    "nothing": framed(b""),
    "what only the parent says": framed(msgspec.msgpack.encode(WorkerFailed(1.0, "said by the child", 1))),
    "a refusal of its own": framed(msgspec.msgpack.encode(ReportRefused(1.0, "said by the child"))),
    "another field": framed(msgspec.msgpack.encode({"type": "alive", "at": 1.0, "resident": 1, "more": 1})),
}
odd = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), st.text(max_size=20),
    st.binary(max_size=600), st.lists(st.floats(), max_size=6),
    st.dictionaries(st.text(max_size=5), st.floats(), max_size=3),
)  # fmt: skip


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """A good sighting in which one value is another."""
    value: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(GOOD))
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.integers(0, 4)):
            place = inner
            continue
        place[key] = draw(odd)
        return framed(msgspec.msgpack.encode(value))


def written(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> list[str]:
    """The command of a worker that writes `data` and ends."""
    path = tmp_path_factory.mktemp("pipe") / "bytes"
    path.write_bytes(data)
    return ["cat", str(path)]
