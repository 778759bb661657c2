"""Opens the face engine that a name means. Each has a large library: only the chosen one is loaded."""

from __future__ import annotations

from edge.vision.configuration import FaceEngineName
from edge.vision.faces.engine import FaceEngine


def open_engine(name: FaceEngineName) -> FaceEngine | None:
    """The engine called `name`, its model files loaded; None for NONE.

    Raises VisionError where the library is not installed, ModelError where a model file is not there.
    """
    if name is FaceEngineName.SFACE:
        from edge.vision.faces.sface import open_sface  # noqa: PLC0415

        return open_sface()
    if name is FaceEngineName.DLIB:
        from edge.vision.faces.dlib_engine import open_dlib  # noqa: PLC0415

        return open_dlib()
    return None
