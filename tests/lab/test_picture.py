"""What the lab's camera is fed with is a picture in which a code is read."""

from __future__ import annotations

import numpy as np

from tests.lab.picture import HEIGHT, WIDTH, yuyv
from tests.qr import qr_text


def test_the_code_is_read_from_the_picture() -> None:
    code = "HC1:" + "6BF" * 64
    points = np.frombuffer(yuyv(code), np.uint8).reshape(HEIGHT, WIDTH, 2)
    assert qr_text(np.ascontiguousarray(points[:, :, 0])) == code
    assert set(points[:, :, 1].flat) == {128}
