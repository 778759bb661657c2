"""Where model files are, and what a missing one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import model
from models.errors import ModelError
from models.store import PACKAGED, by_its_hash, default_folder, path_of, place_of, sha256_of


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


def test_of_several_forms_of_a_file_the_one_that_this_version_names_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version, which may be in force again, names another form."""
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path))
    entry = model("minifasnet-v2")
    plain = tmp_path / entry.file
    plain.write_bytes(b"the form of another version")
    (tmp_path / by_its_hash(entry.file, sha256_of(plain))).write_bytes(plain.read_bytes())
    assert place_of(entry) == plain, "it is told that it is wrong"
    mine = tmp_path / by_its_hash(entry.file, entry.usable[-1])
    mine.write_bytes(b"mine")
    monkeypatch.setattr("models.store.sha256_of", lambda path: entry.usable[-1] if path == mine else "")
    assert (place_of(entry), path_of(entry.name)) == (mine, mine)
    plain.unlink()
    assert path_of(entry.name) == mine
