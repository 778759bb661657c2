"""MiniFASNet V2 and V1SE: how much a face in one frame looks like a living one rather than a picture of one.

Minivision's Silent-Face-Anti-Spoofing (Apache-2.0): two small nets look at the face and its surroundings at
two scales; the mean of both shares is the measure. Input as their authors feed it: BGR, 0 to 255, as it
is. Divided by 255 the nets take everything for a picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.liveness import LivenessReading
from edge.vision.frame import Image
from edge.vision.liveness.veto import VetoNet
from edge.vision.reports import Box

V2_SCALE = 2.7
V1SE_SCALE = 4.0
_SIDE = 80
_LIVE = 1
"""The class that means a living face; the others are two kinds of pictures."""


@dataclass(frozen=True)
class Net:
    """One of the two nets. `scale` is how much of the surroundings it sees, in sizes of the face box."""

    network: cv2.dnn.Net
    scale: float

    def live(self, image: Image, box: Box) -> float:
        """The share in [0, 1] that this net gives to the face in `box` being alive."""
        return float(softmax(self.logits(image, box))[_LIVE])

    def logits(self, image: Image, box: Box) -> NDArray[np.float32]:
        """The net's three outputs for the face in `box`, before softmax."""
        self.network.setInput(blob_of(image, box, self.scale))
        return np.array(self.network.forward(), np.float32).ravel()


class MiniFasNets:
    """The nets, one after the other. Not for use by two threads at once."""

    def __init__(self, nets: Mapping[str, Net], veto: VetoNet | None = None) -> None:
        """`nets` by their names in the catalogue; `veto` only objects, and has no part in the measure."""
        self._nets = nets
        self._veto = veto

    def measure(self, image: Image, box: Box) -> LivenessReading:
        """What the nets say of the face in `box`; the measure is the mean of their shares."""
        shares = {name: net.live(image, box) for name, net in self._nets.items()}
        objection = None if self._veto is None else self._veto.objection(image, box)
        return LivenessReading(sum(shares.values()) / len(shares), shares, objection)


def load_net(path: Path, scale: float) -> Net:
    """The net in the ONNX file `path`."""
    return Net(cv2.dnn.readNetFromONNX(str(path)), scale)


def blob_of(image: Image, box: Box, scale: float) -> NDArray[np.float32]:
    """The nets' input, 1×3×80×80: the face with its surroundings, channels first."""
    left, top, right, bottom = crop_of(image.shape[1], image.shape[0], box, scale)
    crop = cv2.resize(image[top : bottom + 1, left : right + 1], (_SIDE, _SIDE))
    return np.ascontiguousarray(crop.transpose(2, 0, 1)[None], np.float32)


def crop_of(width: int, height: int, box: Box, scale: float) -> tuple[int, int, int, int]:
    """Left, top, right and bottom pixel (all inside) of `scale` times `box` in a picture of width×height.

    As the nets were trained: where the picture is too small the scale shrinks, where the crop would stand
    out of the picture it is shifted back in.
    """
    wide, high = max(1.0, box.width), max(1.0, box.height)
    scale = min(scale, (width - 1) / wide, (height - 1) / high)
    left, right = _span(box.left + box.width / 2.0, wide * scale, width - 1)
    top, bottom = _span(box.top + box.height / 2.0, high * scale, height - 1)
    return left, top, right, bottom


def _span(centre: float, length: float, last: int) -> tuple[int, int]:
    """`length` pixels about `centre`, shifted to lie within 0 and `last`."""
    start = min(max(centre - length / 2.0, 0.0), max(0.0, last - length))
    return int(start), min(last, int(start + length))


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """`logits` as shares that add up to 1."""
    grown = np.exp(logits.astype(np.float64) - float(logits.max()))
    return np.asarray(grown / grown.sum())
