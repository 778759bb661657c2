"""What central announces of a registry to the gates of a site, and a fingerprint of it. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sync.wire.lists import RegistryLists
from sync.wire.messages import RegistryManifest, RegistryRoot, RegistryUrgent

Announcement = RegistryRoot | RegistryManifest | RegistryUrgent | RegistryLists

_IN_ORDER = (RegistryRoot, RegistryUrgent, RegistryLists, RegistryManifest)
"""At most one of each is in force. The root comes first, because a manifest needs it."""


def fingerprint(announcements: Collection[Announcement]) -> bytes:
    """SHA-256 (32 bytes) over `announcements`; their order does not matter."""
    digest = hashlib.sha256()
    for kind in _IN_ORDER:
        for announcement in announcements:
            if isinstance(announcement, kind):
                digest.update(hashlib.sha256(announcement.signed).digest())
    return digest.digest()
