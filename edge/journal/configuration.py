"""The `[journal]` table of gate.toml."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class WhenFull(StrEnum):
    """What the gate does when an event cannot be stored: refuse everybody, or open for those it may."""

    DENY = "deny"
    OPEN = "open"


class JournalSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`acknowledged` is the folder where the sync process puts central's signed word of what it has stored;
    without it nothing is ever pruned. Of what was acknowledged, the newest `keep` events stay all the same.
    `socket` is where the sync process gets the events from; without it nothing is sent.
    """

    path: Path
    when_full: WhenFull = WhenFull.DENY
    acknowledged: Path | None = None
    keep: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 1_000_000
    socket: Path | None = None
