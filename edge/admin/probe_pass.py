"""The site's probe pass: a test code that its gates show to themselves, and that opens nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.own_pass import PASS_ID_BYTES, PassClaims, issue
from edge.decision import PassKind

_ISSUED = datetime(2026, 1, 1, tzinfo=UTC)
"""The same pass at each publication: it would be a change of the registry otherwise."""


def probe_pass(site: str, key: Ed25519PrivateKey) -> str:
    """The text of the probe pass of `site`, signed by its pass key. It holds as long as that key does."""
    name = hashlib.sha256(f"gatepost probe 1 {site}".encode()).digest()[:PASS_ID_BYTES].hex()
    return issue(PassClaims(site, "probe", name, _ISSUED, kind=PassKind.PROBE), key)
