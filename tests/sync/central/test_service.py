"""Central's process: what it holds is let go, however it ends."""

from __future__ import annotations

import gc
from pathlib import Path

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
