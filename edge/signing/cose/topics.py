"""How a device's topics are spelled: the context under which each of its messages is signed.

A gate verifies two of them itself (what is stored of its journal, and commands) and must not import what
crosses the wire; sync/wire lists them all. So the spelling lies where both may look.
"""

from __future__ import annotations

_UP, _DOWN = "up", "dn"


def upward(device: str, what: str) -> str:
    """The topic under which `device` says something."""
    return f"{_UP}/{device}/{what}"


def downward(device: str, what: str) -> str:
    """The topic under which something is said to `device`."""
    return f"{_DOWN}/{device}/{what}"


def is_upward(topic: str) -> bool:
    """Whether a device says what is said under `topic`."""
    return topic.startswith(f"{_UP}/")
