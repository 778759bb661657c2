"""Says what may be shown of a person, to whom and for what purpose, and in which form consent is given.
PURE.
"""

from sync.central.people.core.consent_form import ConsentForm
from sync.central.people.core.ends import lacks_end
from sync.central.people.core.erasure_receipt import (
    MOST_BYTES,
    ErasedFrom,
    ErasureReceipt,
    GateErasure,
    ReceiptRefused,
    signed,
    verified,
)
from sync.central.people.core.identity import is_one_person
from sync.central.people.core.masking import masked_address, masked_name
from sync.central.people.core.purposes import LASTS, Grounds, Purpose, objection
from sync.central.people.core.showing import shown

__all__ = [
    "LASTS",
    "MOST_BYTES",
    "ConsentForm",
    "ErasedFrom",
    "ErasureReceipt",
    "GateErasure",
    "Grounds",
    "Purpose",
    "ReceiptRefused",
    "is_one_person",
    "lacks_end",
    "masked_address",
    "masked_name",
    "objection",
    "shown",
    "signed",
    "verified",
]
