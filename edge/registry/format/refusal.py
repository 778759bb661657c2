"""Why something of the registry is refused: stable codes, and the error that carries them. PURE."""

from __future__ import annotations

from enum import StrEnum

from edge.errors import RegistryError


class BundleRefusal(StrEnum):
    """Stable codes for the journal and for the wire."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    OTHER_SITE = "other_site"
    OTHER_GATE = "other_gate"
    EXPIRED = "expired"
    OLDER = "older"
    CHANGED = "changed"  # the version held, with other content
    OTHER_BASE = "other_base"  # changes to another version than the one held: the whole set is needed
    OTHER_KEY = "other_key"  # sealed with another key, or for another site or use
    TOO_LARGE = "too_large"
    INVALID = "invalid"  # genuine, with impossible content


class BundleRefused(RegistryError):
    """The gate refuses something of a registry; `refusal` is the stable code."""

    def __init__(self, refusal: BundleRefusal, what: str, *, remedy: str = "") -> None:
        super().__init__(what, where="registry", remedy=remedy)
        self.refusal = refusal
