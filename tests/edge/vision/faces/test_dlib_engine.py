"""The second engine: it tells people apart, and spoils nothing for the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.errors import VisionError
from edge.vision.configuration import FaceEngineName
from edge.vision.faces.factory import open_engine
from edge.vision.pictures.reading import decode_picture, read_picture
from tests.edge.vision.drawn import photograph

WITHIN = (320, 320)


@pytest.mark.shared_data
def test_the_second_engine_tells_people_apart_too(portraits: list[Path]) -> None:
    try:
        engine = open_engine(FaceEngineName.DLIB)
    except VisionError as error:
        pytest.skip(f"LOUD SKIP: {error}")
    assert engine is not None
    templates = []
    for path in portraits[:8]:
        image = read_picture(path)
        faces = engine.detect(image, WITHIN)
        templates.append(engine.embed(image, faces[0]) if faces else None)
    pairs = [
        (one @ other, place // 2 == (place + step) // 2)
        for step in (1, 2)
        for place, one in enumerate(templates[:-step])
        if one is not None and (other := templates[place + step]) is not None
    ]
    same = [score for score, is_same in pairs if is_same]
    different = [score for score, is_same in pairs if not is_same]
    assert min(same) > np.median(different)


def test_the_second_engine_does_not_make_half_a_picture_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its library tells Pillow, for the whole process, to fill up what is missing."""
    dlib_engine = pytest.importorskip("edge.vision.faces.dlib_engine")
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    dlib_engine.open_dlib()
    data = photograph()
    with pytest.raises(VisionError, match=r"(?i)truncated"):
        decode_picture(data[: len(data) // 2], "x")
