"""Deep and transparent pictures: scaled, never clipped, and laid on white."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from edge.errors import VisionError
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import Variant, grey_of
from edge.vision.configuration import CodeReaderName
from edge.vision.pictures.reading import decode_picture
from tests.edge.vision.conftest import code_image
from tests.edge.vision.drawn import by_pillow

RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint16), (40, 1))
"""From black to white, as eight bits."""
TWELVE, SIXTEEN = (RAMP << 4) | (RAMP >> 4), RAMP * 257


def by_opencv(values: NDArray[np.generic], suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, np.asarray(values))
    assert done
    return bytes(data)


def coloured(values: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    return np.dstack([values, values, values])


def opaque(values: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return np.dstack([values, values, values, np.full_like(values, 65_535)])


DEEP: dict[str, Callable[[], bytes]] = {
    "grey PNG, 16 bits": lambda: by_pillow(SIXTEEN, "PNG"),
    "grey PNG, 12 bits in 16": lambda: by_pillow(TWELVE, "PNG"),
    "grey TIFF, 16 bits": lambda: by_pillow(SIXTEEN, "TIFF"),
    "grey TIFF, 12 bits in 16": lambda: by_pillow(TWELVE, "TIFF"),
    "grey TIFF, 32 bits": lambda: by_pillow(SIXTEEN.astype(np.int32), "TIFF"),
    "grey PGM, 16 bits": lambda: by_pillow(SIXTEEN, "PPM"),
    "TIFF of shares of one": lambda: by_pillow((RAMP / 255).astype(np.float32), "TIFF"),
    "TIFF of real numbers to 255": lambda: by_pillow(RAMP.astype(np.float32), "TIFF"),
    "coloured PNG, 16 bits": lambda: by_opencv(coloured(SIXTEEN), ".png"),
    "coloured PNG, 12 bits in 16": lambda: by_opencv(coloured(TWELVE), ".png"),
    "coloured TIFF, 12 bits in 16": lambda: by_opencv(coloured(TWELVE), ".tiff"),
    "coloured PPM, 12 bits in 16": lambda: by_opencv(coloured(TWELVE), ".ppm"),
    "coloured PNG with opacity, 16 bits": lambda: by_opencv(opaque(SIXTEEN), ".png"),
}


@pytest.mark.parametrize("case", DEEP)
def test_a_deep_picture_is_scaled_and_not_clipped(case: str) -> None:
    image = decode_picture(DEEP[case](), "x")
    difference = np.abs(image.astype(int) - RAMP[:, :, None].astype(int))
    assert image.shape == (40, 64, 3)
    assert difference.max() <= 1, "black is black, white is white, and all between in its place"


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), 1e6])
def test_values_of_which_white_cannot_be_known_are_refused(value: float) -> None:
    values = np.full((20, 20), 0.5, np.float32)
    values[3, 3] = value
    with pytest.raises(VisionError, match=r"which are black and white is unknown.*8 bits"):
        decode_picture(by_pillow(values, "TIFF"), "x")


def black_on_nothing(mode: str) -> Pillow.Image:
    """A code in black, and everything else transparent (and black)."""
    code = grey_of(code_image("laid on white", width=300, height=300))
    drawn = Pillow.fromarray(np.zeros_like(code), "L").convert("RGBA")
    drawn.putalpha(Pillow.fromarray(np.where(code < 100, 255, 0).astype(np.uint8)))
    return drawn.convert(mode)


@pytest.mark.parametrize(
    ("mode", "form"),
    [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF"), ("P", "GIF"), ("PA", "TIFF")],
)
def test_what_can_be_seen_through_is_laid_on_white(mode: str, form: str) -> None:
    picture = black_on_nothing("RGBA")
    if mode == "P":
        # One colour, black, and one that stands for nothing.
        picture = Pillow.fromarray(np.where(np.asarray(picture)[:, :, 3] > 0, 0, 1).astype(np.uint8), "P")
        picture.putpalette([0, 0, 0, 0, 0, 0])
        picture.info["transparency"] = 1
    else:
        picture = picture.convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, form, **({"lossless": True} if form == "WEBP" else {}))
    image = decode_picture(buffer.getvalue(), "x")
    [code] = open_reader(CodeReaderName.ZXING).read_codes(grey_of(image), Variant.AS_IS)
    assert code.text == "laid on white"
