"""A publisher that offers a newer version, made once; each test has a copy, and a gate of the older one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sync.updates.lab import NEW, Gate, Publisher, gate_in


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    publisher = Publisher(tmp_path_factory.mktemp("publisher"))
    publisher.begin()
    publisher.publish(NEW, notes="Opens faster.", changes=("outside_hours",), schemas={"journal": 1})
    return publisher.folder


@pytest.fixture
def publisher(published: Path, tmp_path: Path) -> Publisher:
    return Publisher(Path(shutil.copytree(published, tmp_path / "publisher")))


@pytest.fixture
def gate(tmp_path: Path, publisher: Publisher) -> Gate:
    return gate_in(tmp_path / "gate", publisher)


@pytest.fixture
def ready(gate: Gate) -> Gate:
    """The gate, with the newer version fetched."""
    gate.fetch()
    return gate
