"""A text as a QR code: in a terminal, in a PNG or SVG file, as a matrix of modules (ISO/IEC 18004)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TextIO

import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathImage

from edge.errors import ConfigurationError
from edge.support.files import write_aside
from edge.support.phrases import phrase

QUIET_ZONE = 4
"""Modules of white around a code (ISO/IEC 18004, section 9.1)."""
SUFFIXES = frozenset({".png", ".svg"})
_PIXELS = 8
"""Pixels of a PNG for each module."""
_IMAGES = {".png": PilImage, ".svg": SvgPathImage}


def modules_of(text: str) -> NDArray[np.bool_]:
    """The modules of the smallest code for `text` (n×n, dark is True), without its quiet zone."""
    return np.array(_code(text, border=0).get_matrix(), dtype=np.bool_)


def print_code(text: str, out: TextIO) -> None:
    """Draw the code with half blocks, light on the terminal's dark ground."""
    _code(text).print_ascii(out, invert=True)


def write_code(text: str, path: Path) -> None:
    """Write the code as PNG or SVG, by the suffix of `path`; raises ConfigurationError."""
    image = _code(text).make_image(image_factory=_IMAGES[path.suffix.lower()])
    try:
        made = BytesIO()
        image.save(made)
        write_aside(path, made.getvalue())
    except OSError as error:
        raise ConfigurationError(
            phrase("could not be written: %(why)s", why=error.strerror), where=str(path)
        ) from None


def _code(text: str, border: int = QUIET_ZONE) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=_PIXELS, border=border)
    code.add_data(text)
    code.make(fit=True)
    return code
