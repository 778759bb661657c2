"""The envelope: a message counts for its topic, its version and a trusted key, or has a stable refusal."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.signing.cose import MessageRefusal, MessageRefused, keys_of, seal, unseal

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
SEALED = seal(b"hello", "dn/gate-1/ack", KEY)


def refusal(data: bytes, topic: str = "dn/gate-1/ack") -> MessageRefusal | None:
    try:
        unseal(data, topic, KEYS, most_payload_bytes=10)
    except MessageRefused as error:
        return error.refusal
    return None


def test_the_payload_comes_back() -> None:
    assert unseal(SEALED, "dn/gate-1/ack", KEYS, most_payload_bytes=10) == b"hello"


@pytest.mark.parametrize(
    ("data", "topic", "expected"),
    [
        (SEALED, "dn/gate-1/ack", None),
        (SEALED, "dn/gate-2/ack", MessageRefusal.FORGED),
        (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), "dn/gate-1/ack", MessageRefusal.FORGED),
        (seal(b"hello", "dn/gate-1/ack", STRANGER), "dn/gate-1/ack", MessageRefusal.UNKNOWN_KEY),
        (b"", "dn/gate-1/ack", MessageRefusal.EMPTY),
        (b"GP", "dn/gate-1/ack", MessageRefusal.UNREADABLE),
        (b"XX" + SEALED[2:], "dn/gate-1/ack", MessageRefusal.UNREADABLE),
        (SEALED[:-1], "dn/gate-1/ack", MessageRefusal.UNREADABLE),
        (SEALED[:2] + b"\x02" + SEALED[3:], "dn/gate-1/ack", MessageRefusal.OTHER_VERSION),
        (bytes(202), "dn/gate-1/ack", MessageRefusal.UNREADABLE),
        (bytes(203), "dn/gate-1/ack", MessageRefusal.TOO_LARGE),
    ],
)
def test_what_becomes_of_a_message(data: bytes, topic: str, expected: MessageRefusal | None) -> None:
    assert refusal(data, topic) is expected


@pytest.mark.parametrize("data", [b"G", b"GP", b"GP\x01", b"XX" + SEALED[2:]])
def test_what_is_no_message_is_said_to_be_none(data: bytes) -> None:
    """Of a head alone nothing is parsed: the words would be those of an empty signature."""
    with pytest.raises(MessageRefused, match="not a message of Gatepost"):
        unseal(data, "dn/gate-1/ack", KEYS, most_payload_bytes=10)
