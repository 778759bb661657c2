"""The signed lists of whom to trust, and the certificates and key sets in them, read into the values of
`edge.credentials.trust`. PURE.
"""

from edge.credentials.trust_lists.issuer_keys import card_keys_of, signer_of
from edge.credentials.trust_lists.trust_list import (
    MOST_LIST_BYTES,
    MOST_SIGNED_LIST_BYTES,
    CardIssuer,
    CertifiedSigner,
    IssuerLists,
    Keys,
    SignedRevocations,
    TrustList,
    from_card_directory,
    from_eu_directory,
    hold_revocations,
    hold_trust_list,
    sign_revocations,
    sign_trust_list,
    verify_revocations,
    verify_trust_list,
    without_signature_line,
)

__all__ = [
    "MOST_LIST_BYTES",
    "MOST_SIGNED_LIST_BYTES",
    "CardIssuer",
    "CertifiedSigner",
    "IssuerLists",
    "Keys",
    "SignedRevocations",
    "TrustList",
    "card_keys_of",
    "from_card_directory",
    "from_eu_directory",
    "hold_revocations",
    "hold_trust_list",
    "sign_revocations",
    "sign_trust_list",
    "signer_of",
    "verify_revocations",
    "verify_trust_list",
    "without_signature_line",
]
