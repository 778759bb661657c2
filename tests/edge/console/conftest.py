"""One gate with its console for the tests of a module: several things are looked at on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.edge.console.staffed_gate import StaffedGate, console_of, gate_at_work


@pytest.fixture(scope="module")
def gate_and_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffedGate]:
    with gate_at_work(tmp_path_factory.mktemp("gate")) as gate, console_of(gate) as made:
        yield made
