"""A file is offered as a model where the catalogue names its hash, and otherwise it is said why not."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from tuf.api.metadata import Targets

from edge.errors import ConfigurationError
from models import MODELS
from sync.updates.core import MOST_MODEL_BYTES, NamedModel, ReleaseModel, SoftwareRelease
from sync.updates.packages import read_package
from sync.updates.publishing.catalogued import read_model
from tests.sync.updates.lab import NAMED, OLD, Publisher, package

_DATA = b"as its makers publish it"
_MADE = b"as gates load it"


def hashed(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(
        MODELS[0], name="net", file="net.onnx", published=(hashed(_DATA),), prepared=hashed(_MADE)
    )
    monkeypatch.setattr("sync.updates.publishing.catalogued.MODELS", (entry,))


@pytest.mark.usefixtures("catalogue")
def test_a_file_is_the_model_that_its_hash_says_whatever_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "renamed"
    file.write_bytes(_MADE)
    assert read_model(file) == NamedModel("net", "net.onnx", (hashed(_MADE),))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (_DATA, "net as its makers publish it, which no gate loads"),
        (b"something else", "no model of this software's catalogue has sha256"),
        (b"", "no model of this software's catalogue"),
    ],
)
def test_what_no_gate_would_load_is_not_offered(tmp_path: Path, data: bytes, why: str) -> None:
    file = tmp_path / "net.onnx"
    file.write_bytes(data)
    with pytest.raises(ConfigurationError, match=why) as raised:
        read_model(file)
    assert raised.value.remedy


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "net.onnx"
    with file.open("wb") as held:
        held.truncate(MOST_MODEL_BYTES + 1)
    with pytest.raises(ConfigurationError, match="64 MiB at most"):
        read_model(file)


def test_a_model_that_is_offered_already_is_signed_once(publisher: Publisher) -> None:
    file = publisher.folder / NAMED.file
    version = publisher.publishing().shown()["models"]["version"]
    assert publisher.publishing().add_models({NAMED: file}) == []
    assert publisher.publishing().shown()["models"]["version"] == version


def test_a_release_names_the_models_that_its_repository_offers_alone(tmp_path: Path) -> None:
    """Another form of one may be offered for an older version, and nothing at all of another."""
    publisher = Publisher(tmp_path)
    publisher.begin()
    publisher.offer(NamedModel(NAMED.name, NAMED.file, (hashed(_DATA),)), _DATA)
    both = NamedModel(NAMED.name, NAMED.file, (hashed(_MADE), hashed(_DATA), *NAMED.sha256))
    other = NamedModel("other-net", "other.onnx", (hashed(_MADE),))
    made = read_package(package(tmp_path, OLD, models=[both, other]))
    assert publisher.publishing().unoffered([made]) == ["other-net"]
    [path] = publisher.publishing().add([made], SoftwareRelease(OLD), "stable")
    role = publisher.publishing()._read("software", Targets).signed
    release = msgspec.convert(role.targets[path].custom, SoftwareRelease)
    assert release.models == (ReleaseModel(NAMED.name, NAMED.file, hashed(_DATA), len(_DATA)),)
