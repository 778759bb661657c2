"""What a stored invitation says of its gate, of whatever version: as far as this one knows it."""

from __future__ import annotations

from typing import Any, cast, get_args

import msgspec

from edge.support.decoding import json_of
from sync.gate_invitation import Direction, Language


class StoredPart(msgspec.Struct, frozen=True):
    """What is read of a gate's part: its other fields are left out, its words are as they lie there."""

    direction: str | None = None
    language: str | None = None

    @property
    def known_direction(self) -> Direction | None:
        """None, too, where only a newer version knows it."""
        return cast("Direction | None", _known(self.direction, Direction))

    @property
    def known_language(self) -> Language | None:
        """None, too, where only a newer version knows it."""
        return cast("Language | None", _known(self.language, Language))


def part_of(stored: bytes) -> StoredPart:
    """What lies in `gate_invitation.part`, of whatever version."""
    return json_of(stored, StoredPart)


# --- inside --------------------------------------------------------------------------------


def _known(word: str | None, words: Any) -> str | None:
    return word if word in get_args(words) else None
