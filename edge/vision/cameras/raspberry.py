"""The Raspberry Pi's own camera, by Picamera2 (Debian's python3-picamera2; not on PyPI for every system)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from edge.errors import VisionError
from edge.vision.frame import Image


class RaspberryCamera:
    """The camera on the ribbon connector. `size` is width and height in pixels."""

    live = True
    name = "picamera2"

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._camera: Any = None

    def open(self) -> None:
        try:
            from picamera2 import Picamera2  # noqa: PLC0415 - only on a Raspberry Pi
        except ImportError as error:
            raise VisionError(
                f"Picamera2 is not installed: {error}",
                where=self.name,
                remedy="apt-get install python3-picamera2; make the venv with --system-site-packages",
            ) from None
        try:
            camera = Picamera2()
            # libcamera's RGB888 has the bytes in the order B, G, R: what OpenCV expects.
            camera.configure(camera.create_video_configuration({"size": self._size, "format": "RGB888"}))
            camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            raise VisionError(
                f"did not start: {error}", where=self.name, remedy="check the ribbon cable"
            ) from None
        self._camera = camera

    def next_picture(self) -> tuple[Image, str, float] | None:
        if self._camera is None:
            raise VisionError("not open", where=self.name)
        picture = self._camera.capture_array("main")
        return np.asarray(picture, np.uint8), self.name, time.monotonic()

    def expose(self, stops: float) -> None:
        """Bias libcamera's auto-exposure; a camera without that control stays as it is."""
        if self._camera is not None and "ExposureValue" in self._camera.camera_controls:
            self._camera.set_controls({"ExposureValue": stops})

    def close(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._camera = None
