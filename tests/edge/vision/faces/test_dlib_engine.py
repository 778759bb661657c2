"""The second engine spoils nothing for the others; what it has to do is in test_both_engines.py."""

from __future__ import annotations

import pytest
from PIL import ImageFile

from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.factory import open_engine


def test_the_second_engine_does_not_make_half_a_picture_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that many use with it tells Pillow, for the whole process, to fill up what is missing."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)  # whatever was loaded before
    try:
        open_engine(FaceEngineName.DLIB)
    except VisionError as error:
        pytest.skip(f"LOUD SKIP: {error}")
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
