"""One payload, several signatures: each key counts once, and the message has one encoding."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import CredentialError
from edge.signing.cose import multisig

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in range(4)]
PUBLIC = [key.public_key().public_bytes_raw() for key in KEYS]


def signed(*numbers: int, context: bytes = b"root") -> multisig.MultiSigned:
    message = multisig.MultiSigned(b"payload", {})
    for number in numbers:
        message = multisig.signed_also(message, KEYS[number], context=context)
    return message


@pytest.mark.parametrize("numbers", [some for size in range(4) for some in combinations(range(4), size)])
def test_exactly_the_keys_that_signed_are_found(numbers: tuple[int, ...]) -> None:
    message = multisig.parse(multisig.encode(signed(*numbers)), most_payload_bytes=7)
    assert message.signers(PUBLIC, context=b"root") == {PUBLIC[number] for number in numbers}
    assert message.signers(PUBLIC, context=b"other") == frozenset()


def test_a_key_that_signs_twice_counts_once_and_the_order_of_signing_is_not_told() -> None:
    assert signed(1, 1) == signed(1)
    assert multisig.encode(signed(0, 1, 2)) == multisig.encode(signed(2, 0, 1))


def test_a_signature_under_another_keys_id_counts_for_nobody() -> None:
    [(first, signature)] = signed(0).signatures.items()
    [(second, _)] = signed(1).signatures.items()
    assert first != second
    moved = multisig.MultiSigned(b"payload", {second: signature})
    assert moved.signers(PUBLIC, context=b"root") == frozenset()


def listing(*signatures: Any, payload: Any = b"payload", head: Any = b"") -> bytes:
    return cbor2.dumps(cbor2.CBORTag(98, [head, {}, payload, list(signatures)]), canonical=True)


ONE, TWO = cbor2.loads(multisig.encode(signed(0, 1))).value[3]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (cbor2.dumps([b"", {}, b"payload", []]), "not a COSE_Sign message"),
        (listing(ONE, head=b"x"), "first two are empty"),
        (listing(ONE, payload="text"), "a payload and at most 16 signatures"),
        (listing(*[ONE] * 17), "items|at most"),
        (listing(ONE, ONE), "one deterministic encoding"),
        (listing(TWO, ONE), "one deterministic encoding"),
        (listing([ONE[0], {}, ONE[2][:-1]]), "64 bytes"),
        (listing([ONE[0], {1: 1}, ONE[2]]), "one deterministic encoding"),
    ],
)
def test_any_other_shape_or_order_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(CredentialError, match=words):
        multisig.parse(data, most_payload_bytes=7)
