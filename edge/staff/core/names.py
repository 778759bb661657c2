"""What a staff member may be called."""

from __future__ import annotations

import re
from typing import Final

ID: Final = r"[a-z0-9][a-z0-9._-]{0,31}"
NAME: Final = r"[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]{0,59}"


def fault_of_id(staff: str) -> str:
    """Why no account can have this id; empty: one can."""
    fits = re.fullmatch(ID, staff)
    return (
        "" if fits else "cannot be an id: expected 1 to 32 small letters, digits, dots, dashes, underscores"
    )


def fault_of_name(name: str) -> str:
    """Why nobody can be called so on pages; empty: somebody can."""
    return "" if re.fullmatch(NAME, name) else "the name to show: expected 1 to 60 letters"
