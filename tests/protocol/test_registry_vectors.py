"""The registry's vectors: files taken or refused as they say, hashes and seals worked out a second time."""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cddl_verifier import cbor
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge.decision import ClockTrust, WallTime
from edge.registry.format import (
    Anchor,
    BundleRefusal,
    BundleRefused,
    Registry,
    Trusted,
    verify_bundle,
    verify_changes,
    verify_urgent_revocations,
    walk,
)
from edge.signing.cose import encode_value
from tests.protocol.schema import objections
from tests.protocol.test_vectors import each
from tests.protocol.vectors.files import read
from tests.protocol.vectors.notation import meant

REGISTRY = read("registry")
ANCHOR = Anchor(tuple(map(bytes.fromhex, REGISTRY["anchor"]["keys"])), REGISTRY["anchor"]["threshold"])
NOW = WallTime(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=REGISTRY["now"]), ClockTrust.TRUSTED)


def trusted(held: Registry | None = None) -> Trusted:
    """What a gate trusts that holds this."""
    seal_key = bytes.fromhex(REGISTRY["seal_key"])
    if held is None:
        return Trusted(REGISTRY["site"], ANCHOR, REGISTRY["gate"], seal_key=seal_key)
    return Trusted(
        REGISTRY["site"],
        ANCHOR,
        REGISTRY["gate"],
        roots=held.roots,
        versions={held.signed_by: held.version},
        set_sha256=held.set_sha256,
        seal_key=seal_key,
    )


def held_after(version: int) -> Registry | None:
    """What a gate holds after the first so many versions."""
    held = None
    for item in REGISTRY["versions"][:version]:
        if held is None:
            held = verify_bundle(bytes.fromhex(item["bundle"]), trusted(), NOW)
        else:
            held = verify_changes(bytes.fromhex(item["changes"]["file"]), held, trusted(held), NOW)
    return held


@each("registry", "roots")
def test_a_root_is_signed_by_those_it_names(item: dict[str, Any]) -> None:
    payload = bytes.fromhex(item["payload"])
    assert not objections("root", payload)
    assert not objections("several-signatures", bytes.fromhex(item["signed"]))
    assert cbor.encode(meant(item["value"]), canonical=True) == payload
    assert len(set(item["signers"])) >= meant(item["value"])["threshold"]


def test_the_chain_of_roots_leads_from_the_anchor_to_the_newest() -> None:
    assert walk(bytes.fromhex(REGISTRY["chain"]), ANCHOR).version == len(REGISTRY["roots"]) == 3


@each("registry", "versions")
def test_a_version_is_the_set_that_its_manifest_states(item: dict[str, Any]) -> None:
    manifest = item["manifest"]
    assert not objections("manifest", bytes.fromhex(manifest["payload"]))
    assert cbor.encode(meant(manifest["value"]), canonical=True).hex() == manifest["payload"]
    whole, hashes = b"", b""
    for record in item["records"]:
        key, value = bytes.fromhex(record["key"]), bytes.fromhex(record["value"])
        framed = struct.pack(">HI", len(key), len(value)) + key + value
        assert hashlib.sha256(framed).hexdigest() == record["sha256"]
        rule = {2: "subject", 3: "sealed-template", 9: "known-right"}.get(key[0])
        assert rule is None or not objections(rule, value)
        whole, hashes = whole + framed, hashes + bytes.fromhex(record["sha256"])
    assert whole.hex() == item["records_encoded"]
    assert hashlib.sha256(hashes).digest() == meant(manifest["value"])["set_sha256"]
    snapshot = bytes.fromhex(item["snapshot"])
    blob = meant(manifest["value"])["snapshot"]
    assert (hashlib.sha256(snapshot).digest(), len(snapshot)) == (blob["sha256"], blob["size"])


def test_the_seal_key_follows_from_the_template_key() -> None:
    """RFC 5869, written out: 64 bytes are two blocks of HMAC-SHA256."""

    def mac(secret: bytes, data: bytes) -> bytes:
        return hmac.new(secret, data, hashlib.sha256).digest()

    extracted, info = mac(bytes(32), bytes.fromhex(REGISTRY["template_key"])), b"gatepost registry seal 1"
    first = mac(extracted, info + b"\x01")
    assert (first + mac(extracted, first + info + b"\x02")).hex() == REGISTRY["seal_key"]


@each("registry", "numbers")
def test_a_number_is_found_under_the_hash_of_its_slow_digest(item: dict[str, Any]) -> None:
    """scrypt of RFC 7914, then SHA-256, written out."""
    records = {bytes.fromhex(one["key"]): one for one in REGISTRY["versions"][0]["records"]}
    salt = bytes.fromhex(records[b"\x0a"]["value"])
    slow = Scrypt(salt=salt, length=16, n=16_384, r=8, p=1).derive(item["typed"].encode())
    kept = hashlib.sha256(b"gatepost number 1\0" + slow).digest()
    assert (slow.hex(), kept.hex()) == (item["slow"], item["kept"])
    found = records.get(b"\x09" + kept)
    assert (None if found is None else found["decoded"]) == item["opens"]


@each("registry", "versions")
def test_a_snapshot_is_the_records_sealed(item: dict[str, Any]) -> None:
    associated = [bytes.fromhex(part) for part in REGISTRY["sealed_for"]["snapshot"]]
    assert associated == [b"gatepost registry object 1", REGISTRY["site"].encode(), b"snapshot"]
    seal_key, plain = bytes.fromhex(REGISTRY["seal_key"]), bytes.fromhex(item["records_encoded"])
    assert sealed_by_hand(seal_key, plain, associated).hex() == item["snapshot"]


def test_changes_are_compressed_and_sealed() -> None:
    item = REGISTRY["versions"][1]["changes"]
    associated = [bytes.fromhex(part) for part in REGISTRY["sealed_for"]["changes"]]
    sealed = bytes.fromhex(item["object"])
    compressed = AESSIV(bytes.fromhex(REGISTRY["seal_key"])).decrypt(sealed, associated)
    assert zlib.decompress(compressed).hex() == item["encoded"]
    assert not objections("changes", bytes.fromhex(item["encoded"]))
    assert cbor.encode(meant(item["value"]), canonical=True).hex() == item["encoded"]


def sealed_by_hand(seal_key: bytes, plain: bytes, associated: list[bytes]) -> bytes:
    """AES-SIV (RFC 5297, section 2) over CMAC and the counter mode."""

    def mac(data: bytes) -> bytes:
        state = CMAC(AES(seal_key[:32]))
        state.update(data)
        return state.finalize()

    def doubled(block: bytes) -> int:
        number = int.from_bytes(block) << 1
        return number ^ 0x87 ^ (1 << 128) if number >> 128 else number

    chained = mac(bytes(16))
    for part in associated:
        chained = (doubled(chained) ^ int.from_bytes(mac(part))).to_bytes(16)
    assert len(plain) >= 16
    end = int.from_bytes(plain[-16:]) ^ int.from_bytes(chained)
    tag = mac(plain[:-16] + end.to_bytes(16))
    counter = int.from_bytes(tag) & ~(1 << 63 | 1 << 31)
    encryptor = Cipher(AES(seal_key[32:]), CTR(counter.to_bytes(16))).encryptor()
    return tag + encryptor.update(plain) + encryptor.finalize()


def test_a_gate_takes_one_version_whole_and_the_next_by_changes() -> None:
    held = held_after(2)
    assert held is not None
    assert held.set_sha256.hex() == REGISTRY["versions"][1]["set_sha256"]
    assert set(held.subjects) == {"li-na"}
    by_bundle = verify_bundle(bytes.fromhex(REGISTRY["versions"][1]["bundle"]), trusted(), NOW)
    assert (by_bundle.set_sha256, by_bundle.subjects) == (held.set_sha256, held.subjects)


def test_urgent_revocations_are_what_they_say() -> None:
    item = REGISTRY["urgent"]
    assert not objections("urgent-revocations", bytes.fromhex(item["payload"]))
    listed, _ = verify_urgent_revocations(bytes.fromhex(item["file"]), trusted())
    assert encode_value(listed).hex() == item["payload"]


def test_there_is_a_file_for_every_code_of_a_refusal_but_one() -> None:
    """What is too large for a gate is too large for a vector."""
    said = {item["expect"] for item in REGISTRY["refused"]}
    assert said == {code.value for code in BundleRefusal} - {"too_large"}


@each("registry", "refused")
def test_a_file_is_refused_by_its_code(item: dict[str, Any]) -> None:
    held, data = held_after(item["held"]), bytes.fromhex(item["file"])
    readers: dict[str, Callable[[], object]] = {
        "bundle": lambda: verify_bundle(data, trusted(held), NOW),
        "changes": lambda: held is not None and verify_changes(data, held, trusted(held), NOW),
        "revocations": lambda: verify_urgent_revocations(data, trusted(held)),
    }
    with pytest.raises(BundleRefused) as refused:
        readers[item["kind"]]()
    assert refused.value.refusal == item["expect"]
