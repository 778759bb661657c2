"""A JPEG without its end mark is whole; one that lost some of its picture is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFile

from edge.errors import VisionError
from edge.vision.pictures.reading import decode_picture
from tests.edge.vision.drawn import photograph


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_without_its_end_mark_is_whole(lost: int, progressive: bool) -> None:
    data = photograph(progressive=progressive)
    assert np.array_equal(decode_picture(data[:-lost], "x"), decode_picture(data, "x"))


@pytest.mark.parametrize("filled_up", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_jpeg_that_lost_some_of_its_picture_is_refused(
    share: float, filled_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeasyPrint tells Pillow, for the whole process, to fill up what is missing: half a face is none."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", filled_up)
    data = photograph()
    with pytest.raises(VisionError, match=r"(?i)truncated"):
        decode_picture(data[: int(share * len(data))], "x")
