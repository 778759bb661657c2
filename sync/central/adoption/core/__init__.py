"""How far an invitation is, as values. PURE."""

from sync.central.adoption.core.progress import InvitationStep, progress_of

__all__ = [
    "InvitationStep",
    "progress_of",
]
