"""Where the files of an adopted device lie, and how many of them there are on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sync.agent.sync_file import Meets
from sync.ca.device import Identity


@dataclass(frozen=True)
class AdoptionPlaces:
    """`configuration` is gate.toml's folder, `identity` that of the device's keys; `meets` is where its sync
    process will meet the gate.
    """

    configuration: Path
    identity: Identity
    meets: Meets

    @property
    def central(self) -> Path:
        """Central's public key."""
        return self.configuration / "central.pub"

    @property
    def sync_file(self) -> Path:
        return self.configuration / "sync.toml"

    @property
    def message_key(self) -> Path:
        return self.identity.folder / "message.key"

    @property
    def sealing_key(self) -> Path:
        """The key to which the door seals: it is removed with what it opened."""
        return self.identity.folder / "sealing.key"

    @property
    def answer(self) -> Path:
        """What the door answered, kept until the gate has it: an interrupted adoption goes on from here."""
        return self.identity.folder / "adoption.json"


def _meets(etc: Path, state: Path, run: Path) -> Meets:
    sync = state / "gatepost-sync"
    return Meets(
        journal=run / "journal.sock",
        acknowledged=sync / "acknowledged",
        root_key=etc / "root.pub",
        inbox=sync / "inbox" / "registry.bundle",
        folder=state / "gatepost" / "registry",
        spool=sync / "spool",
        lists=sync / "inbox" / "lists",
        commands=run / "commands.sock",
    )


def system_places() -> AdoptionPlaces:
    """Where the units look: docs/installing.md."""
    etc, state = Path("/etc/gatepost"), Path("/var/lib")
    meets = _meets(etc, state, Path("/run/gatepost"))
    return AdoptionPlaces(etc, Identity(state / "gatepost-sync" / "identity"), meets)


def folder_places(folder: Path) -> AdoptionPlaces:
    """All beside gate.toml in `folder`: a gate on a bench."""
    folder = folder.resolve()
    state = folder / "state"
    return AdoptionPlaces(folder, Identity(folder / "identity"), _meets(folder, state, state))
