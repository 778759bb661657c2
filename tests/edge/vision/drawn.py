"""Pictures that tests draw: codes of every kind, and what Pillow and OpenCV write."""

from __future__ import annotations

import io
import os
from pathlib import Path

import cv2
import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image as Pillow

from edge.vision.codes.factory import open_reader
from edge.vision.configuration import CodeReaderName

Grey = NDArray[np.uint8]
READER = open_reader(CodeReaderName.ZXING)


def drawn(code: segno.QRCode, pixels: int = 4) -> Grey:
    modules = np.pad(np.array(code.matrix, np.uint8), 4)
    return np.asarray(np.kron(255 * (1 - modules), np.ones((pixels, pixels), np.uint8)), np.uint8)


def by_pillow(values: NDArray[np.generic], form: str) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(values).save(buffer, form)
    return buffer.getvalue()


def put(folder: Path, name: bytes, data: bytes) -> None:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:  # noqa: PTH118, PTH123 - names of bytes
        file.write(data)


def photograph(**options: object) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (61, 83, 3), np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(cv2.GaussianBlur(noise, (0, 0), 2.0)).save(buffer, "JPEG", quality=85, **options)
    return buffer.getvalue()
