"""A folder as a camera: its pictures in a person's order, and none that stops the others."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from edge.errors import VisionError
from edge.vision.cameras.folder import FolderCamera
from tests.edge.vision.conftest import code_image
from tests.edge.vision.drawn import by_pillow, put


def test_a_folder_camera_passes_over_what_is_not_a_picture(tmp_path: Path) -> None:
    for number in (1, 3, 5):
        (tmp_path / f"{number}.png").write_bytes(by_pillow(code_image(f"code {number}"), "PNG"))
    (tmp_path / "0.png").write_bytes(b"not one")
    (tmp_path / "2.png").write_bytes(struct.pack(">4s", b"\x89PNG") + zlib.compress(b""))
    put(tmp_path, b"4\xff.png", b"")
    camera = FolderCamera(tmp_path, hold=0.0)
    refused, shown = [], []
    camera.open()
    while True:
        try:
            taken = camera.next_picture()
        except VisionError as error:
            refused.append(Path(error.where).name)
            continue
        if taken is None:
            break
        shown.append(Path(taken[1]).name)
    assert shown == ["1.png", "3.png", "5.png"]
    assert refused == ["0.png", "2.png", r"4\xff.png"]
