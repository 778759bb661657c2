"""The face engine that a name opens, and what to install where its library is missing."""

from __future__ import annotations

import sys

import pytest

from edge.errors import VisionError
from edge.vision.configuration import ENGINE_NAMES, FaceEngineName
from edge.vision.faces.engine import FaceEngine
from edge.vision.faces.factory import open_engine


def test_the_default_engine_makes_templates_of_its_name(engine: FaceEngine) -> None:
    assert engine.name == ENGINE_NAMES[FaceEngineName.SFACE]


def test_a_gate_that_reads_codes_only_has_none() -> None:
    assert open_engine(FaceEngineName.NONE) is None


def test_without_its_library_the_second_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(VisionError, match=r"dlib engine is not installed.*gatepost\[dlib\]"):
        open_engine(FaceEngineName.DLIB)
