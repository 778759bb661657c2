"""A picture of a code, as the lab's camera takes it: `yuyv`."""

from __future__ import annotations

import numpy as np
import qrcode

WIDTH, HEIGHT = 640, 480
"""As guest/camera.py sets the camera."""
_MARGIN, _GREY = 20, 128


def yuyv(code: str) -> bytes:
    """A code as large as fits, on white, as raw YUYV: brightness of each point, and no colour."""
    made = qrcode.QRCode(border=2)
    made.add_data(code)
    modules = np.array(made.get_matrix(), dtype=bool)
    side = (HEIGHT - 2 * _MARGIN) // len(modules)
    drawn = np.kron(~modules, np.ones((side, side), dtype=bool))
    picture = np.full((HEIGHT, WIDTH, 2), (255, _GREY), dtype=np.uint8)
    picture[_MARGIN : _MARGIN + len(drawn), _MARGIN : _MARGIN + len(drawn), 0] = np.where(drawn, 255, 0)
    return picture.tobytes()
