"""All who sign under one short key id are kept: each is tried."""

from __future__ import annotations

from edge.credentials.trust.issuers import DocumentSigner, issuer_keys


def test_signers_that_share_a_key_id_are_all_kept_in_their_order() -> None:
    first, second = DocumentSigner(bytes(8), None, "AT"), DocumentSigner(bytes(8), None, "CN")
    other = DocumentSigner(b"12345678", None)
    keys = issuer_keys([first, other, second], [])
    assert keys.signers == {bytes(8): (first, second), b"12345678": (other,)}
    assert keys.cards == {}
