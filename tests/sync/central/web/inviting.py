"""A centre that invites gates, for consoles of tests: its folder is there, and nobody answers at its door."""

from __future__ import annotations

from pathlib import Path

from sync.central.adoption.centre import InvitingCentre


def inviting_in(folder: Path) -> InvitingCentre:
    """A centre whose authority's door looks into `folder`."""
    for part in ("asked", "answered"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    door, broker = ("door.example.org", 8443), ("broker.example.org", 8883)
    return InvitingCentre(folder, door, broker, (), b"the authority's certificate", "a public key", None, 24)
