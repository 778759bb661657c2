"""The command of a worker that does what native decoders do on a bad day."""

from __future__ import annotations

import sys
from pathlib import Path

from edge.vision.configuration import FaceEngineName, VisionConfiguration
from tests.waiting import PATIENT

MISBEHAVING = Path(__file__).with_name("misbehaving_worker.py")
NO_FACES = VisionConfiguration(faces=FaceEngineName.NONE, hang_after=PATIENT, memory_limit=150)
"""What is slow here is the machine; only a worker that does hang is waited for less."""


def misbehave(how: str) -> list[str]:
    return [sys.executable, str(MISBEHAVING), how]
