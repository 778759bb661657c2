"""A contact sheet of a film: the frame at each prompt, with what was said, to be judged by eye.

It shows people: for films of one's own, kept for as long as somebody looks at it, and its owner's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.diagnostics.core import FilmReport, ShownPrompt
from edge.errors import VisionError
from edge.support.files import write_aside
from edge.vision.cameras.capture import VideoFile
from edge.vision.frame import Image
from edge.vision.playback import RATE

_WIDTH, _HEIGHT, _LABEL = 320, 240, 22
_COLUMNS = 4
_MOST = 200
"""Pictures of one sheet; a film with more prompts is at fault in the first of them."""


def write_sheet(target: Path, film: Path, report: FilmReport) -> Path | None:
    """Write the sheet of `film` to `target` (PNG) and return that; None where nothing was said.

    Raises VisionError where it cannot be written.
    """
    said = sorted(report.shown, key=lambda shown: shown.at)[:_MOST]
    if not said:
        return None
    tiles = [_tile(image, shown) for shown, image in _frames_at(film, said)]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[first : first + _COLUMNS]) for first in range(0, len(tiles), _COLUMNS)]
    try:
        write_aside(target, cv2.imencode(".png", np.vstack(rows))[1].tobytes())
    except OSError as error:
        what = f"could not be written: {error.strerror or error}"
        raise VisionError(what, where=str(target), remedy="name another --sheet") from None
    return target


def _frames_at(film: Path, said: Sequence[ShownPrompt]) -> Iterator[tuple[ShownPrompt, Image]]:
    """What was said, in order of time, with the frame of that moment."""
    video, waiting = VideoFile(film, real_time=False, rate=RATE), list(said)
    video.open()
    try:
        began: float | None = None
        picture = np.zeros((_HEIGHT, _WIDTH, 3), np.uint8)
        while waiting and (taken := video.next_picture()) is not None:
            began = taken[2] if began is None else began
            picture = taken[0]
            while waiting and taken[2] - began >= waiting[0].at - 0.5 / RATE:
                yield waiting.pop(0), picture
        yield from ((shown, picture) for shown in waiting)
    finally:
        video.close()


def _tile(image: Image, shown: ShownPrompt) -> Image:
    """One picture, labelled with the reason's code: OpenCV has no Chinese characters."""
    scale = min(_WIDTH / image.shape[1], _HEIGHT / image.shape[0])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    tile = np.zeros((_HEIGHT + _LABEL, _WIDTH, 3), np.uint8)
    tile[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    label, place = f"{shown.at:.2f} s  {shown.kind}  {shown.reason}", (4, _HEIGHT + 15)
    cv2.putText(tile, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return tile
