"""What an installer turns a camera by: the light, the focus, and the face, as figures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge.vision.faces.engine import DetectedFace
from edge.vision.faces.quality import ENROLMENT, Measurements, judge
from edge.vision.frame import Image
from edge.vision.reports import Box, FaceMeter, FaceSighting

_BLACK, _WHITE = 12, 250
"""Grey values up to which a picture shows nothing for lack of light, and from which for excess."""
_PARTS = 10_000.0
"""A picture's sharpness is told in these parts of its variance."""
_EACH = 2
"""Every second pixel each way is measured for light."""


@dataclass(frozen=True)
class PictureMeter:
    """Measured of a whole picture: mean grey, shares that show nothing, and how strong its edges are."""

    light: float
    dark: float
    bright: float
    sharpness: float


def meter_picture(image: Image) -> PictureMeter:
    """The light and the focus of `image` (BGR).

    Its sharpness is the variance of its second differences along the direction in which they are weaker, in
    the middle of the picture, where people stand, relative to how much its grey values differ at all: so less
    light is not taken for less focus.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    sample = grey[::_EACH, ::_EACH]
    height, width = grey.shape
    middle = grey[height // 6 : height - height // 6, width // 6 : width - width // 6].astype(np.float32)
    edges = min(np.diff(middle, 2, axis=0).var(), np.diff(middle, 2, axis=1).var())
    return PictureMeter(
        light=round(float(sample.mean()), 1),
        dark=round(float((sample <= _BLACK).mean()), 4),
        bright=round(float((sample >= _WHITE).mean()), 4),
        sharpness=round(_PARTS * float(edges) / max(1.0, float(middle.var())), 2),
    )


def meter_face(image: Image, seen: FaceSighting, scale: float) -> FaceMeter | None:
    """What was measured of `seen` in `image`; its box is `scale`d to the preview. None: it makes no face."""
    face = DetectedFace(seen.box, seen.landmarks, seen.confidence)
    pose = seen.pose or (face.pose if seen.landmarks else None)
    if pose is None:
        return None
    measured = Measurements(image, face, pose)
    box = seen.box
    return FaceMeter(
        box=Box(scale * box.left, scale * box.top, scale * box.width, scale * box.height),
        size=round(measured.size, 1),
        share=round(measured.share, 3),
        light=round(measured.light, 1),
        glare=round(measured.glare, 1),
        contrast=round(measured.contrast, 1),
        sharpness=round(measured.sharpness, 2),
        quality=seen.quality,
        problem=seen.problem,
        to_enrol=judge(image, face, ENROLMENT).problem,
        pose=pose,
    )
