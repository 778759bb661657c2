"""Shows of a name or a room as much as a list may without a purpose. PURE."""

from __future__ import annotations

import re

_HIDDEN = "••"
_LAST_PART = re.compile(r"[^-/]+$")


def masked_name(name: str) -> str:
    """The first sign of a name, and not how long it is; nothing of none."""
    return f"{name[0]}{_HIDDEN}" if name else ""


def masked_address(address: str) -> str:
    """An address code without its room: of "6-1-1203" building and unit; of one part nothing."""
    return _LAST_PART.sub(_HIDDEN, address)
