"""Where model files are, and what a missing one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import model
from models.errors import ModelError
from models.store import PACKAGED, default_folder, path_of, place_of


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


def test_a_packages_models_are_found_and_others_are_put_where_every_process_may_read_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEPOST_MODELS", raising=False)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    assert default_folder() != Path("/var/lib/gatepost-models"), "without the package"
    packaged = tmp_path / PACKAGED
    packaged.mkdir(parents=True)
    assert default_folder() == Path("/var/lib/gatepost-models")
    assert place_of(model("sface")).parent == default_folder()
    (packaged / model("sface").file).touch()
    assert place_of(model("sface")).parent == packaged
    own = tmp_path / "own"
    own.mkdir()
    (own / model("sface").file).touch()
    monkeypatch.setenv("GATEPOST_MODELS", str(own))
    assert place_of(model("sface")).parent == own
