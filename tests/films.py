"""Films written for tests and benches."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2

from edge.vision.frame import Image


def write_film(path: Path, frames: Iterable[Image], rate: float = 30.0) -> Path:
    """`frames` (all of one size) as a film of so many a second; each is a JPEG, so that little is lost."""
    writer: cv2.VideoWriter | None = None
    for frame in frames:
        if writer is None:
            height, width = frame.shape[:2]
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
        writer.write(frame)
    if writer is None:
        raise ValueError(f"{path}: a film needs a frame")
    writer.release()
    return path
