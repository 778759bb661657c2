"""What these tests share."""

from __future__ import annotations

import pytest

from sync.central.store import Store
from tests.sync.central.flow.street import Street


@pytest.fixture
def street(store: Store) -> Street:
    return Street(store).build()
