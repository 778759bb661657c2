"""What tests of visits share."""

from __future__ import annotations

import pytest

from edge.credentials.known import numbers


@pytest.fixture(autouse=True)
def _numbers_are_digested_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its real cost (`tests/edge/credentials/known/test_numbers.py`) each takes up to 60 ms."""
    monkeypatch.setattr(numbers, "_COST", 2)
