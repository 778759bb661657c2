"""Health certificates of other issuers: EU DCC and SMART Health Cards, their holders, and what they must
contain to count. PURE.
"""

from edge.credentials.certificates.dcc_rules import judged
from edge.credentials.certificates.eu_dcc import EuDcc
from edge.credentials.certificates.holder import (
    LINK_DIGITS,
    Holder,
    certificate_ids,
    holder_of,
    links_of,
    person_named,
)
from edge.credentials.certificates.smart_health_card import SmartHealthCard, assembled
from edge.credentials.certificates.uvci import uvci_of

__all__ = [
    "LINK_DIGITS",
    "EuDcc",
    "Holder",
    "SmartHealthCard",
    "assembled",
    "certificate_ids",
    "holder_of",
    "judged",
    "links_of",
    "person_named",
    "uvci_of",
]
