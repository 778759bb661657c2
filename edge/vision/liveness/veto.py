"""MiniFASNet V2-SE: objects to faces that the others find alive, and is trusted with nothing else.

By itself it takes two living people in five for pictures; where it is very sure, it is seldom wrong. Input as
its authors feed it (facenox/face-antispoof-onnx, Apache-2.0): a square of 1.5 times the face's longer side,
mirrored where it stands out of the picture, RGB, divided by 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.vision.frame import Image
from edge.vision.reports import Box

_SCALE = 1.5
_SIDE = 128
_LIVE, _FAKE = 0, 1


@dataclass(frozen=True)
class VetoNet:
    """The net, and nothing else. Not for use by two threads at once."""

    network: cv2.dnn.Net

    def objection(self, image: Image, box: Box) -> float:
        """The logit of the face in `box` being alive less that of its being a picture."""
        self.network.setInput(blob_of(image, box))
        logits = np.array(self.network.forward(), np.float32).ravel()
        return float(logits[_LIVE] - logits[_FAKE])


def load_veto(path: Path) -> VetoNet:
    """The net in the ONNX file `path`."""
    return VetoNet(cv2.dnn.readNetFromONNX(str(path)))


def blob_of(image: Image, box: Box) -> NDArray[np.float32]:
    """The net's input, 1×3×128×128: the square about the face, red first, in [0, 1]."""
    crop = square_of(image, box)
    shrinks = crop.shape[0] > _SIDE
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4)
    return np.ascontiguousarray(small[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) / np.float32(255.0)


def square_of(image: Image, box: Box) -> Image:
    """The pixels of the square about `box`, those outside the picture mirrored in from its edges."""
    height, width = image.shape[:2]
    side = max(1.0, max(box.width, box.height) * _SCALE)
    left, top = (
        int(centre - side / 2.0) for centre in (box.left + box.width / 2.0, box.top + box.height / 2.0)
    )
    columns, rows = _mirrored(left, int(side), width), _mirrored(top, int(side), height)
    return image[np.ix_(rows, columns)]


def _mirrored(start: int, length: int, size: int) -> NDArray[np.intp]:
    """Which of `size` pixels are seen from `start` on, where their row goes on mirrored at its ends."""
    there = np.abs(np.arange(start, start + length))
    period = max(1, 2 * (size - 1))
    folded = there % period
    return np.asarray(np.minimum(folded, period - folded), np.intp)
