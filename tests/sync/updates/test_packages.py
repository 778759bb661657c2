"""What a package says of itself is what its publisher goes by."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from debian.tree import MODEL_NAMES
from edge.errors import ConfigurationError
from models import MODELS
from sync.updates.core import NamedModel
from sync.updates.packages import MODELS_FILE, models_beside, read_package
from tests.sync.updates.lab import NAMED, NEW, package


def test_a_package_names_the_models_that_it_does_not_carry_and_no_site_has_to_ask_for() -> None:
    named = msgspec.json.decode(models_beside(MODEL_NAMES), type=list[NamedModel])
    assert [model.name for model in named] == ["minifasnet-v2", "minifasnet-v1se"]
    usable = {entry.name: entry.usable for entry in MODELS}
    assert all(model.sha256 == usable[model.name] for model in named)


def test_what_it_names_is_read_of_the_package(tmp_path: Path) -> None:
    assert read_package(package(tmp_path, NEW)).models == (NAMED,)


def test_a_package_of_before_names_none(tmp_path: Path) -> None:
    made = package(tmp_path, NEW, files=[(f"opt/gatepost/{NEW}/share/gatepost/other.json", "[]")], models=())
    assert read_package(made).models == ()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '[{"name": "net", "file": "../net.onnx", "sha256": ["0"]}]',
        msgspec.json.encode([NamedModel("net", "../../etc/passwd", NAMED.sha256)]).decode(),
    ],
)
def test_what_cannot_be_read_is_not_published(tmp_path: Path, text: str) -> None:
    made = package(tmp_path, NEW, files=[(f"opt/gatepost/{NEW}/{MODELS_FILE}", text)])
    with pytest.raises(ConfigurationError, match="what models it names cannot be read"):
        read_package(made)
