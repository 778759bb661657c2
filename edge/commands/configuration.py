"""The `[commands]` table of gate.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec


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
