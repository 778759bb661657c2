"""Which liveness measure a name opens, with and without its model files."""

from __future__ import annotations

from pathlib import Path

import pytest

import models
from edge.vision.configuration import LivenessName
from edge.vision.liveness.factory import open_liveness


def test_without_its_files_liveness_is_not_measured_unless_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    assert open_liveness(LivenessName.OFF) is None
    assert open_liveness(LivenessName.AUTO) is None
    with pytest.raises(models.ModelError, match="not on this machine"):
        open_liveness(LivenessName.MINIFASNET)
    (tmp_path / models.model("minifasnet-v2").file).write_bytes(b"something else")
    assert open_liveness(LivenessName.AUTO) is None
