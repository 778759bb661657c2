"""A database of one kind, except where both are asked: what is tried here is mostly no database's affair."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/central.sqlite"
