"""Reading picture files of strangers: bounded before anything is decoded, and refused by name."""

from __future__ import annotations

import stat
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from edge.errors import VisionError
from edge.vision.cameras.frame import Image

MOST_BYTES = 30 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2048
"""Larger pictures are reduced to this: no face or code that matters at a gate needs more."""

_SHORTEST_SIDE = 16

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"})


def read_picture(path: Path) -> Image:
    """The picture in `path`, upright (EXIF), as BGR of at most LONGEST_SIDE; of an animation the first.

    Raises VisionError that names the file and what is wrong with it.
    """
    return decode_picture(_bytes_of(path), str(path))


def decode_picture(data: bytes, where: str) -> Image:
    """As `read_picture`, from the file's bytes."""
    try:
        # Pillow warns of a bomb on reading the header, before it decodes: here that is a refusal.
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(BytesIO(data)) as picture:
                return _decoded(picture, where)
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        raise VisionError("is too large to be decoded", where=where, remedy="reduce it first") from None
    except (OSError, ValueError, SyntaxError, EOFError, TypeError) as error:
        # Pillow's decoders raise any of these on damaged files, depending on the format.
        raise VisionError(f"is no picture that can be read: {_first_line(error)}", where=where) from None


def _decoded(picture: Pillow.Image, where: str) -> Image:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise VisionError(f"has {width}×{height} pixels, more than {MOST_PIXELS}", where=where)
    # A JPEG is decoded at a half, a quarter or an eighth where that is still enough.
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    image = np.asarray(upright, dtype=np.uint8)[:, :, ::-1]
    # Detectors are not made for pictures of a few pixels: those are given a border.
    missing = [(0, max(0, _SHORTEST_SIDE - side)) for side in image.shape[:2]]
    return np.ascontiguousarray(np.pad(image, (*missing, (0, 0))))


def _bytes_of(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            # To open a pipe would wait for its other end.
            raise VisionError("is no file", where=str(path))
        with path.open("rb") as file:
            # No more than there is: `read` makes room for all that it is asked for.
            data = file.read(min(found.st_size, MOST_BYTES) + 1)
    except OSError as error:
        raise VisionError(error.strerror or str(error), where=str(path)) from None
    if len(data) > MOST_BYTES:
        raise VisionError(f"is larger than {MOST_BYTES} bytes", where=str(path))
    if not data:
        raise VisionError("is empty", where=str(path))
    return data


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
