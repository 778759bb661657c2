"""What a camera sees, drawn with half blocks in a terminal: enough for staff to watch whom they enrol."""

from __future__ import annotations

import sys

import cv2
import numpy as np

from edge.cli.streams import raw
from edge.vision.faces.capture_session import Request, text_of
from edge.vision.frame import Image

_COLUMNS = 56


class Preview:
    """Says each request of a capture session once; in a terminal, under the picture, drawn over the last."""

    def __init__(self, language: str, wanted: int) -> None:
        self._language = language
        self._wanted = wanted
        self._drawn = 0
        self.said = "is anybody there?"

    def show(self, say: Request, taken: int, image: Image) -> None:
        text = f"{taken} of {self._wanted}: {text_of(say, self._language)}"
        if raw(sys.stdout).isatty():
            lines = [*half_blocks(image, _COLUMNS), f"\x1b[K{text}"]
            up = f"\x1b[{self._drawn}A" if self._drawn else ""
            self._drawn = len(lines)
            print(up + "\n".join(lines), file=raw(sys.stdout), flush=True)
        elif text != self.said:
            print(text, flush=True)
        self.said = text


def half_blocks(image: Image, columns: int) -> list[str]:
    """Lines of upper half blocks, each two pixels high, in 24-bit colour."""
    height, width = image.shape[:2]
    rows = max(1, round(columns * height / width / 2))
    small = np.asarray(cv2.resize(image, (columns, 2 * rows), interpolation=cv2.INTER_AREA), np.uint8)
    return ["".join(map(_cell, small[row], small[row + 1])) + "\x1b[0m" for row in range(0, 2 * rows, 2)]


def _cell(upper: Image, lower: Image) -> str:
    (blue, green, red), (below_blue, below_green, below_red) = upper, lower
    return f"\x1b[38;2;{red};{green};{blue};48;2;{below_red};{below_green};{below_blue}m▀"
