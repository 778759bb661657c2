"""A site's repository, made in memory."""

from __future__ import annotations

import pytest

from tests.edge.registry.repository import Repository


@pytest.fixture
def repository() -> Repository:
    return Repository()
