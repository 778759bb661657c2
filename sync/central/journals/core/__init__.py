"""Decides where the events of a batch belong: in the chain that central holds, or beside it. PURE."""

from sync.central.journals.core.gaps import Declared, Gap, gaps_between
from sync.central.journals.core.placing import ChainLink, Placement, kept_before, place

__all__ = [
    "ChainLink",
    "Declared",
    "Gap",
    "Placement",
    "gaps_between",
    "kept_before",
    "place",
]
