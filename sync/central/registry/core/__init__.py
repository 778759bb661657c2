"""Finds what the next version of a registry would silently revert. PURE."""

from sync.central.registry.core.reverting import Given, code_of, reverted

__all__ = [
    "Given",
    "code_of",
    "reverted",
]
