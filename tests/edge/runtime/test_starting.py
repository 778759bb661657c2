"""Parts are started in order and stopped in reverse, as far as they were started."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from edge.errors import GatepostError
from edge.runtime.starting import started


@dataclass
class Part:
    name: str
    log: list[str] = field(default_factory=list)
    starts: bool = True

    def start(self) -> None:
        if not self.starts:
            raise GatepostError("does not start", where=self.name)
        self.log.append(f"{self.name} starts")

    def stop(self) -> None:
        self.log.append(f"{self.name} stops")


def test_what_was_started_last_is_stopped_first() -> None:
    log: list[str] = []
    with ExitStack() as running:
        first = Part("lane", log)
        assert started(first, running) is first
        started(Part("loop", log), running)
    assert log == ["lane starts", "loop starts", "loop stops", "lane stops"]


def test_what_did_not_start_is_not_stopped() -> None:
    log: list[str] = []
    with ExitStack() as running:
        started(Part("lane", log), running)
        with pytest.raises(GatepostError, match="does not start"):
            started(Part("loop", log, starts=False), running)
    assert log == ["lane starts", "lane stops"]
