"""Central's process: what it holds is let go, however it ends."""

from __future__ import annotations

import gc
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from sync.central.configuration import load_configuration
from sync.central.service import Central
from sync.transport.connection import Host
from tests.sync.world import World


def test_a_start_that_fails_leaves_no_database_open(tmp_path: Path) -> None:
    configuration = load_configuration(
        World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1).central_file()
    )

    def stopped() -> float:
        raise OSError("no clock")

    with pytest.raises(OSError, match="no clock"):
        Central(configuration, host=Host(clock=stopped))
    gc.collect()  # whatever is open now is reported: tests/open_databases.py


class OneRound(Event):
    """Stops a loop that has had a round: at the second time that it asks."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = 0

    def is_set(self) -> bool:
        self._asked += 1
        return self._asked > 1

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return self.is_set()


def test_no_loop_ends_by_something_that_nobody_expected(tmp_path: Path) -> None:
    configuration = load_configuration(
        World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1).central_file()
    )
    asked: list[None] = []

    def broken() -> int:
        asked.append(None)
        raise ZeroDivisionError("no wall clock")

    with closing(Central(configuration, host=Host(wall=broken))) as central:
        loops = dict(central.loops())
        assert {"flow", "alarms", "dispatch", "history", "reports", "thermometers"} <= {*loops}
        for name, loop in loops.items():
            before = len(asked)
            loop.run(OneRound())
            assert len(asked) > before, f"{name} went on without having met it"
