"""A gate's disk and inbox, with the code that runs there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from edge.decision import WallTime
from edge.registry.format import BundleRefusal, KeyRing, Registry
from edge.registry.gate_keys import GateKeys
from edge.registry.inbox import Inbox
from edge.registry.store import RegistryStore
from tests.edge.registry.repository import NOW, TEMPLATE_KEY, Repository, changed


@dataclass
class Gate:
    """One gate's disk and inbox; `restart` forgets all that was in memory."""

    folder: Path
    repository: Repository
    wall: WallTime = field(default=NOW)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.inbox = self.folder / "registry.bundle"
        self.held = self.folder / "held"
        self.restart()

    def restart(self) -> tuple[str, ...]:
        self.store = RegistryStore(
            self.held, self.repository.site, self.repository.anchor, GateKeys(KeyRing(TEMPLATE_KEY)), "main"
        )
        self.arrivals = Inbox(self.store)
        return self.store.load()[1]

    def put(self, data: bytes, name: str = "registry.bundle") -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.write_bytes(data)

    def poll(self) -> tuple[Registry | BundleRefusal | None, ...]:
        arrivals = self.arrivals.poll(self.inbox, self.wall)
        return tuple(item.registry if item.refused is None else item.refused.refusal for item in arrivals)

    def offer(self, data: bytes, name: str = "registry.bundle") -> Registry | BundleRefusal | None:
        """What became of one file."""
        self.put(data, name)
        found = self.poll()
        return found[0] if found else None

    def install(self, data: bytes, name: str = "registry.bundle") -> Registry:
        taken = self.offer(data, name)
        assert isinstance(taken, Registry), taken
        return taken

    @property
    def version(self) -> int:
        held = self.store.held
        return 0 if held is None else held.version


def next_changes(repository: Repository) -> bytes:
    """A file of changes from the last version to the next."""
    base = repository.version
    content = changed(repository.content, {"subject-1": {"name": f"name {base}"}})
    return repository.publish(content, bases=[base]).file_of_changes(base)
