"""Keeps the pictures of pages that stand in the documentation."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
_COLOURS = 128


def keep(shot: bytes, name: str, folder: Path = FOLDER) -> None:
    """Write a shot of a page (PNG) as `name`.png, in few colours: those that cover its whole range. Chosen by
    how often each is seen, a sign's small green or red would be taken for the next grey.
    """
    seen = Image.open(io.BytesIO(shot)).convert("RGB")
    few = seen.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3)
    few.save(folder / f"{name}.png", optimize=True)
