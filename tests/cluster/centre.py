"""A centre whose broker is a cluster: its folder, as a simulated fleet takes it, and its processes."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from edge.signing.key_files import read_private_key
from edge.support.isolated import isolated
from sync.central.broker.claiming import centre_of
from sync.central.broker.devices import devices_in_service
from sync.central.setup import make_central_key
from sync.central.store import Store, migrate_store, open_store
from tests.cluster.nodes import Cluster


@dataclass
class ClusterCentre:
    """A centre in `folder` with the database at `url`; central-1 is the one in central.toml."""

    cluster: Cluster
    folder: Path
    url: str
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def make(self) -> None:
        """Its key, its tables and the broker's queues."""
        self.folder.mkdir(parents=True)
        make_central_key(self.folder / "central.key")
        migrate_store(self.url)
        file = self._file(1)
        words = [*isolated("sync.cli.main"), "central", "broker", "apply", "--config", str(file)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    def start(self, count: int, opened: ExitStack) -> None:
        """So many processes of it, until `opened` is closed."""
        for number in range(1, count + 1):
            file = self._file(number)
            log = opened.enter_context((self.folder / f"central-{number}.log").open("ab"))
            words = [
                *isolated("sync.cli.main"),
                "central",
                "run",
                "--config",
                str(file),
                "--only",
                "ingester",
            ]
            process = subprocess.Popen(words, stdout=log, stderr=log)
            self._running.append(process)
            opened.callback(process.wait)
            opened.callback(process.terminate)

    def stop(self) -> None:
        """All its processes."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait()
        self._running.clear()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._running]

    @property
    def name(self) -> str:
        """What the mark on the cluster calls it."""
        return centre_of(read_private_key(self.folder / "central.key"))

    def store(self) -> Store:
        return open_store(self.url)

    def devices(self) -> set[str]:
        with closing(self.store()) as store:
            return set(devices_in_service(store))

    def _file(self, number: int) -> Path:
        file = self.folder / ("central.toml" if number == 1 else f"central-{number}.toml")
        file.write_text(
            f'[store]\nurl = "{self.url}"\nkeys_every = 0.5\n'
            f'[central]\nid = "central-{number}"\nkey = "central.key"\n'
            f"{self.cluster.table('')}\n[console]\nport = 0\n"
        )
        return file
