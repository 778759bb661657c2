"""What an acknowledgement means for a journal: only one that names the journal's own hash permits pruning."""

from __future__ import annotations

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.decision import ClockTrust
from edge.journal.format import (
    AcknowledgedState,
    Acknowledgement,
    Entry,
    state_of,
    verify_acknowledgement,
)
from edge.journal.format.acknowledgement import acknowledgement_topic
from edge.journal.format.chain import START, link
from edge.signing.cose import MessageRefusal, MessageRefused, encode_value, keys_of, seal

EPOCH, HASH = bytes(16), bytes(32)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
ENTRY = link(
    epoch=EPOCH,
    gate="main",
    sequence=3,
    at=0,
    trust=ClockTrust.TRUSTED,
    monotonic=0.0,
    kind="x",
    body=b"{}",
    previous=START,
)


@pytest.mark.parametrize(
    ("sequence", "digest", "entry", "newest", "expected"),
    [
        (0, HASH, None, 5, AcknowledgedState.NOTHING),
        (3, ENTRY.hash, ENTRY, 5, AcknowledgedState.STORED),
        (3, ENTRY.hash, ENTRY, 3, AcknowledgedState.STORED),
        (3, ENTRY.hash, None, 5, AcknowledgedState.PRUNED),
        (3, ENTRY.hash, None, 2, AcknowledgedState.AHEAD),
        (3, HASH, ENTRY, 5, AcknowledgedState.FORKED),
        (1, HASH, None, 0, AcknowledgedState.AHEAD),
    ],
)
def test_what_it_means(
    sequence: int, digest: bytes, entry: Entry | None, newest: int, expected: AcknowledgedState
) -> None:
    assert state_of(Acknowledgement(EPOCH, sequence, digest, 0), entry, newest) is expected


def test_it_is_bound_to_its_device_and_signed_by_central() -> None:
    acknowledgement = Acknowledgement(EPOCH, 3, ENTRY.hash, 1)
    data = seal(encode_value(acknowledgement), acknowledgement_topic("gate-1"), KEY)
    assert verify_acknowledgement(data, "gate-1", KEYS) == acknowledgement
    for device, keys, expected in (
        ("gate-2", KEYS, MessageRefusal.FORGED),
        ("gate-1", {}, MessageRefusal.UNKNOWN_KEY),
    ):
        with pytest.raises(MessageRefused) as caught:
            verify_acknowledgement(data, device, keys)
        assert caught.value.refusal is expected


@pytest.mark.parametrize("sequence", [-1, 2**63])
def test_a_genuine_one_with_an_impossible_sequence_is_invalid(sequence: int) -> None:
    fields = {"epoch": EPOCH, "sequence": sequence, "hash": HASH, "issued": 0}
    data = seal(cbor2.dumps(fields, canonical=True), acknowledgement_topic("gate-1"), KEY)
    with pytest.raises(MessageRefused) as caught:
        verify_acknowledgement(data, "gate-1", KEYS)
    assert caught.value.refusal is MessageRefusal.INVALID
