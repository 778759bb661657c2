"""The one picture that may leave the vision worker: small, asked for, with faces blurred in it, and figures.

It shows staff what the camera sees. Nothing decides by it, nothing keeps it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.decision import FaceProblem
from edge.liveness import HeadPose
from edge.vision.reports.sighting import Box

MOST_JPEG_BYTES = 40_000
MOST_PREVIEW_SIDE = 480
MOST_PREVIEWS_A_SECOND = 5
WISH_LASTS = 5.0
"""Seconds for which pictures are made after they were wished for; somebody who still looks wishes again."""


class Blur(StrEnum):
    """Whose faces are blurred in the worker, before the picture leaves it."""

    BYSTANDERS = "bystanders"  # all but the foremost face
    ALL = "all"


class FaceMeter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured of the foremost face.

    `box` is in pixels of the preview; `size` in pixels of the camera's picture, between the eyes or between
    eyes and mouth, whichever is more; `share` is of the picture's height. `light` and `glare` are grey values
    of its lighter and its darker half, `contrast` and `sharpness` are what edge.vision.faces.quality limits.
    `problem` is what keeps it from being recognised, `to_enrol` from being enrolled.
    """

    box: Box
    size: float
    share: float
    light: float
    glare: float
    contrast: float
    sharpness: float
    quality: float
    problem: FaceProblem | None = None
    to_enrol: FaceProblem | None = None
    pose: HeadPose | None = None


class PreviewFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="preview"):
    """What the camera sees, `width`×`height` as a JPEG, with what was measured of the whole frame.

    `frame` and `captured` are the sighting's, `scale` is of the preview's pixels to the camera's. `blurred`
    says whose faces were blurred; where nobody looks for faces, all of the picture is. `light` is the mean
    grey value, `dark` and `bright` are the shares of the picture that show nothing for lack or excess of
    light, `sharpness` is how strong its edges are.
    """

    frame: int
    captured: float
    width: int
    height: int
    jpeg: bytes
    blurred: Blur
    faces: int
    light: float
    dark: float
    bright: float
    sharpness: float
    face: FaceMeter | None = None
    scale: float = 1.0
