"""The `[registry]` table of gate.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.support.durations import Seconds


class RegistrySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`inbox` is where bundles arrive (never written here), `folder` where the gate keeps the verified
    ones; `root_key` (public, PEM) is what it believes, `template_key` opens the sealed templates; others are
    sealed to `sealing_key`, by default sealing.key beside the template key. `lists` is the folder where lists
    of certificate issuers and revocations arrive; without it there are none.
    """

    inbox: Path
    folder: Path
    root_key: Path
    template_key: Path
    lists: Path | None = None
    look_every: Seconds = 2.0
    sealing_key: Path | None = None

    @property
    def sealing_key_file(self) -> Path:
        """Where the gate's sealing key lies."""
        return self.sealing_key or self.template_key.with_name("sealing.key")
