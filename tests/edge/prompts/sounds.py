"""Recordings for the tests of the prompts, and the tools that make and play sound."""

from __future__ import annotations

import io
import shutil
import wave
from datetime import time as clock_time

import numpy as np
import pytest

from edge.decision import (
    Period,
)
from edge.prompts.texts import Hours


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"LOUD SKIP: no {name}: apt install {package} to test the voice")
    return found


def tone(seconds: float = 0.5, share: float = 0.5, rate: int = 16_000) -> bytes:
    out = io.BytesIO()
    samples = np.sin(np.arange(int(seconds * rate)) * 0.2) * share * 32_767
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()


NIGHT = Hours(Period(start=clock_time(22), end=clock_time(7)), 20)
