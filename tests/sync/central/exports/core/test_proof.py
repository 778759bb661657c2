"""A proof is what a centre signed, and nothing else is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.journal.format import START
from edge.signing.cose import keys_of, sign1
from sync.central.exports.core.columns import CellKind, Column
from sync.central.exports.core.proof import (
    Covered,
    Proof,
    ProofRefused,
    Range,
    columns_of,
    root_of,
    signed,
    verified,
)
from tests.keys import ed25519

KEY = ed25519("export 71")
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
COVERED = Covered(
    site="green-court",
    device="gp-0001",
    gate="main",
    epoch=bytes(16),
    first=1,
    last=9,
    before=START,
    hash=bytes(32),
    rows=7,
    lost=(Range(3, 4),),
)
PROOF = Proof(
    what="events",
    made=1_772_496_000_000_000,
    actor="Wang Fang",
    columns=("device:text", "sequence:integer"),
    rows=7,
    digest=bytes(32),
    covered=(COVERED,),
)


def test_a_proof_comes_back_as_it_was_signed() -> None:
    assert verified(signed(PROOF, KEY), KEYS) == PROOF
    assert columns_of(PROOF) == (Column("device"), Column("sequence", CellKind.INTEGER))


def test_the_root_stands_for_every_field() -> None:
    others = [
        replace(PROOF, rows=8),
        replace(PROOF, digest=bytes([1]) + bytes(31)),
        replace(PROOF, covered=(replace(COVERED, last=10),)),
        replace(PROOF, silent=("gp-0002",)),
        replace(PROOF, until=1),
    ]
    roots = {root_of(item) for item in (PROOF, *others)}
    assert len(roots) == 6


def test_a_changed_byte_is_refused_wherever_it_is() -> None:
    whole = signed(PROOF, KEY)
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(ProofRefused):
            verified(bytes(changed), KEYS)


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"a" * 500, signed(PROOF, KEY)[:-1], signed(PROOF, KEY) + b"\x00"]
)
def test_what_is_no_proof_is_refused(data: bytes) -> None:
    with pytest.raises(ProofRefused):
        verified(data, KEYS)


def test_another_centres_proof_is_refused_by_its_key() -> None:
    with pytest.raises(ProofRefused, match=r"central\.pub"):
        verified(signed(PROOF, ed25519("export 72")), KEYS)


def test_what_the_centre_signed_for_something_else_is_no_proof() -> None:
    payload = sign1.parse(signed(PROOF, KEY), most_payload_bytes=10_000).payload
    with pytest.raises(ProofRefused):
        verified(sign1.sign(payload, KEY, context=b"gatepost manifest 1"), KEYS)


def test_a_column_that_is_none_is_refused() -> None:
    with pytest.raises(ProofRefused, match="column"):
        columns_of(replace(PROOF, columns=("device:picture",)))
