"""The `[counts]` table of gate.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.support.durations import Seconds


class CountsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the gates of a site know of each other's counts: files `*.json` in `inbox`, ours at `outbox`.

    Without an inbox the gate takes itself for the site's only one. `look_every` is in seconds.
    """

    inbox: Path | None = None
    outbox: Path | None = None
    look_every: Seconds = 2.0
