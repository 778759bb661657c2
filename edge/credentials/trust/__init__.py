"""Whom to trust, as values: own pass keys, keys of issuers of certificates, revocations, and their age. PURE.
The signed lists that say so, and certificates, are read in `edge.credentials.trust_lists`, which loads
X.509.
"""

from edge.credentials.trust.freshness import Freshness
from edge.credentials.trust.issuers import (
    CardIssuerKey,
    CountryKey,
    DocumentSigner,
    IssuerKeys,
    Usage,
    issuer_keys,
)
from edge.credentials.trust.pass_trust import PassTrust
from edge.credentials.trust.revocation import (
    RevocationDelta,
    Revocations,
    delta_between,
    hash_of,
    revocations,
    updated,
    with_card_list,
)

__all__ = [
    "CardIssuerKey",
    "CountryKey",
    "DocumentSigner",
    "Freshness",
    "IssuerKeys",
    "PassTrust",
    "RevocationDelta",
    "Revocations",
    "Usage",
    "delta_between",
    "hash_of",
    "issuer_keys",
    "revocations",
    "updated",
    "with_card_list",
]
