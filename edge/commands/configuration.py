"""The `[commands]` table of gate.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

PACKAGED_UPDATE = Path("/var/lib/gatepost-wanted/version")
PACKAGED_NEEDS = Path("/etc/gatepost/update.toml")
"""What the package's updater watches, and the file without which it does not act."""


class CommandsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`socket` is where the sync process hands over commands; without it the gate takes none. `update` is
    the file in which the gate asks this computer's updater for a version, `update_result` the one in which
    the updater says how the last update ended. Without the file `update_needs` no updater acts, and a
    command that asks for a version is refused.
    """

    socket: Path | None = None
    update: Path | None = None
    update_result: Path | None = None
    update_needs: Path | None = None

    @property
    def needed(self) -> Path | None:
        """The file without which no updater acts; None: one acts. A gate.toml of before `update_needs` names
        the package's updater by what it watches.
        """
        if self.update_needs is None and self.update == PACKAGED_UPDATE:
            return PACKAGED_NEEDS
        return self.update_needs
