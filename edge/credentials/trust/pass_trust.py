"""The keys whose passes count at a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class PassTrust:
    """The keys whose passes count here.

    `keys` maps a key id (8 bytes) to an Ed25519 public key (32 bytes raw), `revoked` holds pass ids
    in hexadecimal. `site` None, for tools only: passes of any site. A phone's proof counts for
    `proof_window` before and after it was made.
    """

    site: str | None
    keys: Mapping[bytes, bytes] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    proof_window: timedelta = timedelta(seconds=60)
