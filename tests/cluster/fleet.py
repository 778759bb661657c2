"""`gatepost simulate fleet` beside what is done to a cluster, and what it counts."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.support.isolated import isolated
from tests.cluster.centre import ClusterCentre

_EVERY = 0.5


@dataclass
class SimulatedFleet:
    """A fleet of `gates` at the nodes of a centre's cluster, each with `rate` passages an hour."""

    centre: ClusterCentre
    gates: int
    rate: float
    newest: dict[str, Any] = field(default_factory=dict)
    """What it said last: its sums, and at the end what came of it."""
    _process: subprocess.Popen[bytes] | None = None
    _hearing: threading.Thread | None = None

    def start(self, log: Path) -> None:
        hosts = [word for host in self.centre.cluster.hosts for word in ("--broker", host)]
        words = [*isolated("sync.cli.main"), "simulate", "fleet", "--gates", str(self.gates), *hosts]
        words += ["--centre", str(self.centre.folder), "--ca", str(self.centre.cluster.folder)]
        words += ["--rate", str(self.rate), "--curve", "steady", "--seconds", "36000", "--linger", "0"]
        words += ["--every", str(_EVERY), "--drain", "180", "--json"]
        with log.open("ab") as notes:
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=notes)
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()

    @property
    def written(self) -> int:
        return int(self.newest.get("written", 0))

    @property
    def acknowledged(self) -> int:
        return int(self.newest.get("acknowledged", 0))

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def end(self) -> dict[str, Any]:
        """Nobody comes any more: what came of it, once the last event is acknowledged."""
        assert self._process is not None
        assert self._hearing is not None
        self._process.send_signal(signal.SIGTERM)
        self._hearing.join(400.0)
        self._process.wait(10.0)
        return self.newest

    def kill(self) -> None:
        """Where it has not ended by itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _hear(self) -> None:
        assert self._process is not None
        for line in self._process.stdout or ():
            with suppress(ValueError):
                self.newest = json.loads(line)
