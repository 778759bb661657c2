"""Lists of issuers and of revocations: signed, versioned, expiring; and how old they may be."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeTrust
from edge.credentials.trust import Freshness, PassTrust
from edge.credentials.trust.revocation import RevocationDelta
from edge.credentials.trust_lists import (
    CardIssuer,
    CertifiedSigner,
    SignedRevocations,
    TrustList,
    from_card_directory,
    from_eu_directory,
    hold_trust_list,
    sign_revocations,
    sign_trust_list,
    verify_revocations,
    verify_trust_list,
)
from edge.credentials.trust_lists.trust_list import freshness
from edge.decision import ClockTrust, PassVerdict, StalenessRule, WallTime
from edge.errors import CredentialError
from edge.signing.cose import microseconds, sign1
from tests.keys import ed25519

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
KEYS = {sign1.key_id_of(PUBLIC): PUBLIC}
DAY = timedelta(days=1)


def a_list(noon: WallTime, country: Any, card_maker: Any, version: int = 3) -> TrustList:
    return TrustList(
        version,
        noon.at - DAY,
        noon.at + DAY,
        (CertifiedSigner(country.certificate, "AT"),),
        (CardIssuer(card_maker.url, {"keys": [card_maker.jwk()]}),),
    )


def test_codes_are_judged_by_the_list(country: Any, card_maker: Any, noon: WallTime) -> None:
    signed = sign_trust_list(a_list(noon, country, card_maker), KEY)
    held = verify_trust_list(signed, KEYS, noon, held_version=2)
    trust = CodeTrust(PassTrust("riverside"), held.keys())
    for text in (country.code(), card_maker.code()):
        assert parse_any(text, trust, noon).verdict is PassVerdict.GENUINE


def test_a_list_is_refused(country: Any, card_maker: Any, noon: WallTime) -> None:
    contents = a_list(noon, country, card_maker)
    signed = sign_trust_list(contents, KEY)
    stranger = ed25519().public_key().public_bytes_raw()
    later = WallTime(noon.at + DAY, ClockTrust.TRUSTED)
    for data, keys, wall, held, words in (
        (signed, {sign1.key_id_of(stranger): stranger}, noon, 0, "not trusted"),
        (signed, {sign1.key_id_of(PUBLIC): stranger}, noon, 0, "signature"),
        (signed, KEYS, noon, 4, "version 3, version 4 is held"),
        (signed, KEYS, later, 0, "expired"),
        (signed[:-1], KEYS, noon, 0, "cut off"),
        (signed + b"\x00", KEYS, noon, 0, "follow"),
        (sign1.sign(b"\xc1", KEY, context=b"gatepost trust list 1"), KEYS, noon, 0, "not a trust list"),
        (sign1.sign(b"", KEY), KEYS, noon, 0, "signature"),
    ):
        with pytest.raises(CredentialError, match=words):
            verify_trust_list(data, keys, wall, held)
    unsure = WallTime(later.at, ClockTrust.UNTRUSTED)
    assert verify_trust_list(signed, KEYS, unsure, held_version=3) == contents


def payload_of(signed: bytes) -> Any:
    return cbor2.loads(sign1.parse(signed, most_payload_bytes=1 << 20).payload)


def test_a_list_is_deterministic_cbor_with_times_in_microseconds(
    country: Any, card_maker: Any, noon: WallTime
) -> None:
    contents = a_list(noon, country, card_maker)
    plain = payload_of(sign_trust_list(contents, KEY))
    assert plain["issued"] == microseconds(noon.at - DAY)
    assert plain["signers"] == [{"certificate": country.certificate, "country": "AT"}]
    since = {"shc:key:1": noon.at}
    change = SignedRevocations(
        noon.at - DAY, noon.at + DAY, RevocationDelta(0, 1, bytes(8), cards_before=since)
    )
    signed = sign_revocations(change, KEY)
    assert payload_of(signed)["delta"]["cards_before"] == {"shc:key:1": microseconds(noon.at)}
    assert verify_revocations(signed, KEYS, noon) == change
    for other in (
        msgspec.msgpack.encode(contents),
        cbor2.dumps(dict(reversed(plain.items()))),
        cbor2.dumps(plain | {"more": 1}, canonical=True),
        cbor2.dumps({name: item for name, item in plain.items() if name != "signers"}, canonical=True),
        cbor2.dumps(plain | {"issued": "2026-03-01T00:00:00Z"}, canonical=True),
        cbor2.dumps(plain | {"expires": 2**62}, canonical=True),
    ):
        with pytest.raises(CredentialError, match="not a trust list"):
            hold_trust_list(sign1.sign(other, KEY, context=b"gatepost trust list 1"), KEYS)


def test_one_kind_of_list_is_not_the_other(noon: WallTime) -> None:
    change = SignedRevocations(noon.at, noon.at + DAY, RevocationDelta(0, 1))
    signed = sign_revocations(change, KEY)
    assert verify_revocations(signed, KEYS, noon) == change
    with pytest.raises(CredentialError, match="signature"):
        verify_trust_list(signed, KEYS, noon, 0)


@pytest.mark.parametrize(
    ("age", "clock", "expected"),
    [
        (timedelta(0), ClockTrust.TRUSTED, Freshness.FRESH),
        (2 * DAY, ClockTrust.TRUSTED, Freshness.WARN),
        (7 * DAY, ClockTrust.HOLDOVER, Freshness.DEGRADE),
        (30 * DAY, ClockTrust.TRUSTED, Freshness.CLOSE),
        (timedelta(0), ClockTrust.UNTRUSTED, Freshness.DEGRADE),
    ],
)
def test_what_an_old_list_may_do(
    noon: WallTime, age: timedelta, clock: ClockTrust, expected: Freshness
) -> None:
    wall = WallTime(noon.at, clock)
    assert freshness(noon.at - age, noon.at + DAY, wall, StalenessRule()) is expected


def test_an_expired_list_is_degraded_however_young(noon: WallTime) -> None:
    assert freshness(noon.at - DAY, noon.at, noon, StalenessRule()) is Freshness.DEGRADE


# --- directories ------------------------------------------------------------------------------------


def test_the_eu_s_directory(country: Any) -> None:
    entry = {
        "kid": "x",
        "timestamp": "2021-06-01T12:00:00Z",
        "country": "AT",
        "certificateType": "DSC",
        "thumbprint": "",
        "signature": "",
        "rawData": base64.b64encode(country.certificate).decode(),
    }
    authority = entry | {"certificateType": "CSCA"}
    assert from_eu_directory(json.dumps([authority, entry]).encode()) == (
        CertifiedSigner(country.certificate, "AT"),
    )


def test_the_directory_of_card_issuers(card_maker: Any) -> None:
    directory = {
        "directory": "https://example.org",
        "issuerInfo": [{"issuer": {"iss": card_maker.url, "name": "Example"}, "keys": [card_maker.jwk()]}],
    }
    assert from_card_directory(json.dumps(directory).encode()) == (
        CardIssuer(card_maker.url, {"keys": [card_maker.jwk()]}),
    )


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'[{"country": "AT"}]', b"[" * 9_999])
def test_directories_that_are_none(data: bytes) -> None:
    for importer in (from_eu_directory, from_card_directory):
        with pytest.raises(CredentialError):
            importer(data)
