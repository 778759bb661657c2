"""Reads picture files of strangers: bounded before anything is decoded, and refused by name."""

from __future__ import annotations

import errno
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFile, ImageOps, UnidentifiedImageError

from edge.errors import VisionError
from edge.support.escaping import escaped, without_objects
from edge.support.files import opened_bounded
from edge.vision.frame import Image
from edge.vision.pictures.formats import format_named, formats, is_heif, open_heif
from edge.vision.pictures.values import laid_on_white
from edge.vision.pictures.whole_jpeg import with_its_end

MOST_BYTES = 30 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2048
"""Larger pictures are reduced to this: no face or code that matters at a gate needs more."""

_SHORTEST_SIDE = 16

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"),
        *(".avif", ".heic", ".heif"),
    }
)
_SAVE_AS = "save it as JPEG or PNG"


def read_picture(path: Path) -> Image:
    """The picture in `path`, upright (EXIF), as BGR of at most LONGEST_SIDE; an animation's first.

    Raises VisionError that names the file and what is wrong with it.
    """
    where = escaped(str(path))
    return decode_picture(_bytes_of(path, where), where)


def decode_picture(data: bytes, where: str) -> Image:
    """As `read_picture`, from the file's bytes."""
    # Pillow has this once for the process, and libraries (WeasyPrint, face_recognition) switch it on when
    # they are loaded: half a face would then be filled up with grey.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if is_heif(data):
        open_heif(where)
    try:
        return _decoded(data, where)
    except VisionError as error:
        whole = with_its_end(data, lambda other: _decoded(other, where))
        if whole is None:
            raise error from None
        return whole


def _decoded(data: bytes, where: str) -> Image:
    try:
        # Pillow warns of a bomb on reading the header, before it decodes: here that is a refusal.
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            with Pillow.open(BytesIO(data), formats=formats()) as picture:
                return _of(picture, data, where)
    except VisionError:
        raise
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        raise VisionError("too large to decode", where=where, remedy="reduce it first") from None
    except UnidentifiedImageError:
        raise VisionError(_unknown(format_named(data)), where=where, remedy=_SAVE_AS) from None
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like on what strangers made
        why = _first_line(error)
        raise VisionError(f"not a picture that can be read: {why}", where=where, remedy=_SAVE_AS) from None


def _of(picture: Pillow.Image, data: bytes, where: str) -> Image:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise VisionError(
            f"{width}×{height} pixels, more than {MOST_PIXELS}", where=where, remedy="reduce it first"
        )
    # A JPEG is decoded at a half, a quarter or an eighth where that is still enough.
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(laid_on_white(picture, data))
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    image = np.asarray(upright, dtype=np.uint8)[:, :, ::-1]
    # Detectors are not made for pictures of a few pixels: those are given a border.
    missing = [(0, max(0, _SHORTEST_SIDE - side)) for side in image.shape[:2]]
    return np.ascontiguousarray(np.pad(image, (*missing, (0, 0))))


def _bytes_of(path: Path, where: str) -> bytes:
    try:
        with opened_bounded(path, MOST_BYTES, follow=True) as file:
            if not file.size:
                raise VisionError("an empty file", where=where)
            return file.whole()
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise VisionError(
                f"larger than {MOST_BYTES} bytes", where=where, remedy="reduce it first"
            ) from None
        raise VisionError(error.strerror or str(error), where=where) from None


def _unknown(name: str) -> str:
    """The error for a file that no decoder accepts and that begins like a picture of the kind `name`."""
    if not name:
        return "not a picture that can be read"
    if name in formats():
        return f"not a picture that can be read: {name}, damaged or of a kind that is not read here"
    return f"not a picture that can be read: {name}, a kind that is not read here"


def _first_line(error: Exception) -> str:
    """The first line of a decoder's error, without the addresses of objects in it."""
    line = (str(error).splitlines() or [""])[0].strip() or type(error).__name__
    return escaped(without_objects(line))[:200]
