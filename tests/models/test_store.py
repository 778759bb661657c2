"""Where model files are, and what a missing one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ModelError
from models.store import default_folder, path_of


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GATEPOST_MODELS": "/a/b", "XDG_DATA_HOME": "/x"}, "/a/b"),
        ({"XDG_DATA_HOME": "/x"}, "/x/gatepost/models"),
        ({"HOME": "/home/someone"}, "/home/someone/.local/share/gatepost/models"),
    ],
)
def test_where_the_files_lie(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("GATEPOST_MODELS", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_folder() == Path(expected)


def test_an_absent_file_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="run: gatepost models get sface") as refusal:
        path_of("sface")
    assert refusal.value.where == str(tmp_path / "face_recognition_sface_2021dec_int8bq.onnx")
