"""Turns any picture into eight bits of red, green and blue.

Deeper ones are scaled, never clipped; what can be seen through is laid on white, as on paper.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from edge.errors import VisionError

_DEEP_GREYS = ("I", "F")
"""What the modes of grey pictures begin with that have more than eight bits (I;16, I, F)."""
_MOST = 65_535
"""The greatest value of 16 bits. Beyond it, what was meant to be white is unknown."""
_ORIENTATION = 0x0112


def laid_on_white(picture: Pillow.Image, data: bytes) -> Pillow.Image:
    """`picture`, which was opened from `data`, as RGB; raises VisionError where black or white is unknown."""
    if picture.mode.startswith(_DEEP_GREYS):
        values = np.asarray(picture)
        return _like(picture, _eight_bits(_with_white(values, picture.info.get("transparency"))))
    if _loses_bits(picture):
        return _like(picture, _deep_colours(data))
    if picture.has_transparency_data:
        opaque = picture.convert("RGBA")
        white = Pillow.new("RGBA", opaque.size, "white")
        return _like(picture, np.asarray(Pillow.alpha_composite(white, opaque).convert("RGB")))
    return picture.convert("RGB")


def _loses_bits(picture: Pillow.Image) -> bool:
    """Whether Pillow would keep only the upper 8 of 16 bits a colour: of 12 bits in 16 that leaves 4."""
    return any(
        ";16" in str(tile.args) or (tile.codec_name == "ppm" and tile.args[1] > 255)
        for tile in getattr(picture, "tile", ())
    )


def _deep_colours(data: bytes) -> NDArray[np.uint8]:
    """A picture with 16 bits a colour, by OpenCV, which keeps them."""
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ValueError("16 bits a colour are not supported in this kind of file")
    if values.ndim == 2:
        return _eight_bits(values)
    colours = values[:, :, 2::-1] if values.shape[2] >= 3 else values[:, :, :1].repeat(3, axis=2)
    if values.shape[2] in {2, 4}:
        opacity = values[:, :, -1:] / (float(_MOST) if values.dtype == np.uint16 else 255.0)
        white = _white_of(colours)
        colours = np.rint(colours * opacity + white * (1.0 - opacity)).astype(values.dtype)
    return _eight_bits(colours)


def _with_white(values: NDArray[Any], transparent: object) -> NDArray[Any]:
    """Grey `values` with the one that stands for transparent replaced by white."""
    if not isinstance(transparent, int):
        return values
    return np.where(values == transparent, _white_of(values[values != transparent]), values)


def _white_of(values: NDArray[Any]) -> int:
    """The greatest value of as many bits as the values seem to have."""
    most = int(values.max(initial=0))
    return max(255, (1 << most.bit_length()) - 1)


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Values of any depth from 0 to 255, by the fewest bits that hold them: 12 bits in 16 are scaled as 12.

    Real numbers of at most 1 are shares of white. Raises VisionError where black or white is unknown.
    """
    lowest, highest = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if not 0.0 <= lowest <= highest <= _MOST:  # false for NaN too
        raise VisionError(
            f"values from {lowest:g} to {highest:g}: which are black and white is unknown",
            remedy="save it with 8 bits a colour",
        )
    if values.dtype.kind == "f" and highest <= 1.0:
        return np.rint(values * 255.0).astype(np.uint8)
    scale = 255.0 / _white_of(values)
    return np.rint(values * scale).astype(np.uint8)


def _like(picture: Pillow.Image, values: NDArray[np.uint8]) -> Pillow.Image:
    """`values` (grey or RGB) as a picture that is as upright as `picture` was."""
    made = Pillow.fromarray(np.ascontiguousarray(values)).convert("RGB")
    made.getexif()[_ORIENTATION] = picture.getexif().get(_ORIENTATION, 1)
    return made
