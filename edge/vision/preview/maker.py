"""Makes a preview of a frame that was analysed: where somebody wants one, and no more often than they may."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from edge.vision.frame import Frame, Image
from edge.vision.preview.blurring import blurred, blurred_whole
from edge.vision.preview.meters import meter_face, meter_picture
from edge.vision.reports import (
    MOST_JPEG_BYTES,
    MOST_PREVIEW_SIDE,
    MOST_PREVIEWS_A_SECOND,
    Blur,
    Box,
    FaceSighting,
    PreviewFrame,
    Sighting,
    foremost,
)

_QUALITIES = (70, 50, 30, 15)
"""JPEG qualities, tried until the picture is small enough."""


class PreviewMaker:
    """Makes previews of one camera's frames. `wish` says how they are to be blurred at a time, if at all."""

    def __init__(self, wish: Callable[[float], Blur | None], *, finds_faces: bool) -> None:
        """Without `finds_faces` nobody looks for faces to blur: all of the picture is blurred."""
        self._wish = wish
        self._finds_faces = finds_faces
        self._made_at = float("-inf")

    def of(self, frame: Frame, sighting: Sighting, now: float) -> PreviewFrame | None:
        """The preview of `frame`; None where none is wanted, or the frame was not searched for faces."""
        blur = self._wish(now)
        if blur is None or now - self._made_at < 1.0 / MOST_PREVIEWS_A_SECOND:
            return None
        if self._finds_faces and "detect" not in sighting.timings:
            return None
        self._made_at = now
        return preview_of(frame, sighting, blur, finds_faces=self._finds_faces)


def preview_of(frame: Frame, sighting: Sighting, blur: Blur, *, finds_faces: bool) -> PreviewFrame | None:
    """What `sighting` says of `frame`, with the picture small; None where it cannot be made small enough."""
    first = next(iter(foremost(sighting.faces, sighting.width)), None) if sighting.faces else None
    small, scale = _small(frame.image)
    if finds_faces:
        shown = blurred(small, (_scaled(face.box, scale) for face in _hidden(sighting.faces, first, blur)))
    else:
        shown = blurred_whole(small)
    jpeg = _jpeg(shown)
    if jpeg is None:
        return None
    whole = meter_picture(frame.image)
    height, width = small.shape[:2]
    return PreviewFrame(
        frame=frame.number,
        captured=frame.captured,
        width=width,
        height=height,
        jpeg=jpeg,
        blurred=blur,
        faces=len(sighting.faces),
        light=whole.light,
        dark=whole.dark,
        bright=whole.bright,
        sharpness=whole.sharpness,
        face=None if first is None else meter_face(frame.image, first, scale),
        scale=round(scale, 4),
    )


def _hidden(
    faces: tuple[FaceSighting, ...], first: FaceSighting | None, blur: Blur
) -> tuple[FaceSighting, ...]:
    return faces if blur is Blur.ALL else tuple(face for face in faces if face is not first)


def _small(image: Image) -> tuple[Image, float]:
    height, width = image.shape[:2]
    scale = min(1.0, MOST_PREVIEW_SIDE / max(width, height))
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _scaled(box: Box, scale: float) -> Box:
    return Box(scale * box.left, scale * box.top, scale * box.width, scale * box.height)


def _jpeg(picture: Image) -> bytes | None:
    """`picture` as a JPEG without any data but the picture, as good as its size allows."""
    for quality in _QUALITIES:
        done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and data.size <= MOST_JPEG_BYTES:
            return data.tobytes()
    return None
