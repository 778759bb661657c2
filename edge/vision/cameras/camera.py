"""The protocol of cameras: opened, read picture by picture, closed."""

from __future__ import annotations

from typing import Protocol

from edge.errors import VisionError
from edge.vision.frame import Image


class PictureRefused(VisionError):
    """One picture of a camera cannot be read; the camera goes on with the next. `where` names the picture."""


class Camera(Protocol):
    """One source of pictures. Opened, read and closed by one thread; no constructor touches a device.

    `live` says that it shows the present: its pictures never end and never stay the same.
    """

    @property
    def live(self) -> bool: ...

    @property
    def name(self) -> str:
        """What the source is called, without any password."""
        ...

    def open(self) -> None:
        """Open the source; raises VisionError that says what is missing and what to do."""
        ...

    def next_picture(self) -> tuple[Image, str, float] | None:
        """The next picture (BGR), the input it comes from and when it was taken (monotonic s).

        None at the end of a file or folder. Blocks until there is one; raises PictureRefused where this one
        cannot be used, and VisionError where the camera has gone.
        """
        ...

    def close(self) -> None:
        """Give the device back; safe to call twice."""
        ...
