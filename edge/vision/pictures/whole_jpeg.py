"""A JPEG that lost its last two bytes, as some transfers do, is whole; one that lost more is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.errors import VisionError
from edge.vision.frame import Image

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_NOISES = tuple(bytes((first, *range(1, 201))) * 8 for first in (0x55, 0xAA, 0xFE))
"""Bytes whose first bits differ from each other and from none at all; no marker is among them (0xFF)."""


def with_its_end(data: bytes, decode: Callable[[bytes], Image]) -> Image | None:
    """The picture in `data` where nothing but the end mark is missing; else None.

    Where picture is missing too, a decoder goes on with whatever follows: so it is whole if, and only if,
    noise before a new end mark changes nothing.
    """
    cut = data.removesuffix(_END[:1])
    if not data.startswith(_BEGIN) or data.endswith(_END):
        return None
    try:
        picture = decode(cut + _END)
        changed = any(not np.array_equal(picture, decode(cut + noise + _END)) for noise in _NOISES)
    except VisionError:
        return None
    return None if changed else picture
