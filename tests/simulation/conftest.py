"""What tests of the simulation share: cards in memory, and a process that plays worlds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.simulation.card import Card
from tests.simulation.card_gate import made
from tests.simulation.players import Players


@pytest.fixture
def memory() -> Iterator[Path]:
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def card(memory: Path) -> Iterator[Card]:
    with closing(made(memory / "card")) as card:
        yield card


@pytest.fixture(scope="session")
def players() -> Iterator[Players]:
    with Players(1) as players:
        yield players
