"""The receipt of an erasure: signed, bounded, refused where nobody vouches for it."""

from __future__ import annotations

import pytest

from edge.signing.cose import keys_of
from sync.central.people.core.erasure_receipt import (
    ErasedFrom,
    ErasureReceipt,
    GateErasure,
    ReceiptRefused,
    signed,
    verified,
)
from tests.keys import ed25519

KEY, OTHER = ed25519("centre"), ed25519("other")
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
ERASED, WAITING = (ErasedFrom("subject", 1),), (GateErasure("gp-1", 7),)
RECEIPT = ErasureReceipt("ab12", "green-court", "li-na", "Wang", 5, 9, ERASED, WAITING, ("x",))
WHOLE = signed(RECEIPT, KEY)


def test_a_receipt_is_what_was_signed() -> None:
    assert verified(WHOLE, KEYS) == RECEIPT
    assert not RECEIPT.is_complete


@pytest.mark.parametrize(
    "data",
    [b"", b"not a receipt", WHOLE[:-1], WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]), signed(RECEIPT, OTHER)],
    ids=["nothing", "text", "cut", "changed", "another key"],
)
def test_what_nobody_vouches_for_is_refused(data: bytes) -> None:
    with pytest.raises(ReceiptRefused):
        verified(data, KEYS)
