"""SMART Health Cards: the specification's examples, and cards of our own making."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.certificates import SmartHealthCard, assembled
from edge.credentials.certificates.smart_health_card import claims_id
from edge.credentials.classifier import parse_any, parse_scene
from edge.credentials.code import CodeKind, CodeReading, CodeReason, CodeRefused, CodeTrust
from edge.credentials.trust import PassTrust, Revocations, hash_of, revocations, with_card_list
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust.revocation import card_identifier
from edge.credentials.trust_lists import card_keys_of
from edge.credentials.trust_lists.issuer_keys import thumbprint
from edge.decision import ClockTrust, PassVerdict, WallTime
from edge.errors import CredentialError

G = PassVerdict.GENUINE
U = PassVerdict.UNREADABLE


def trusting(*makers: Any, revoked: Revocations | None = None) -> CodeTrust:
    cards = [key for maker in makers for key in card_keys_of(maker.key_set())]
    return CodeTrust(PassTrust("riverside"), issuer_keys([], cards), revoked or Revocations())


def outcome(reading: CodeReading) -> tuple[PassVerdict, CodeReason]:
    assert reading.kind is CodeKind.SMART_HEALTH_CARD
    return reading.verdict, reading.reason


def test_a_genuine_card_says_what_was_signed(card_maker: Any, noon: WallTime) -> None:
    reading = parse_any(card_maker.code(), trusting(card_maker), noon)
    assert outcome(reading) == (G, CodeReason.NONE)
    assert reading.claims["iss"] == card_maker.url


def test_the_clock(card_maker: Any, noon: WallTime) -> None:
    text, trust = card_maker.code(exp=noon.at.timestamp()), trusting(card_maker)
    earlier = WallTime(noon.at - timedelta(seconds=1), ClockTrust.TRUSTED)
    assert outcome(parse_any(text, trust, earlier))[0] is G
    assert outcome(parse_any(text, trust, noon)) == (PassVerdict.EXPIRED, CodeReason.AFTER_ITS_TIME)
    unsure = WallTime(noon.at, ClockTrust.UNTRUSTED)
    assert outcome(parse_any(text, trust, unsure)) == (PassVerdict.CLOCK_UNSURE, CodeReason.CLOCK)


def test_keys_are_bound_to_their_issuer(card_maker: Any, noon: WallTime) -> None:
    reading = parse_any(card_maker.code(iss="https://other.example.org"), trusting(card_maker), noon)
    assert outcome(reading) == (PassVerdict.UNTRUSTED_ISSUER, CodeReason.OTHER_ISSUER)


def test_a_stranger_s_card_and_a_forged_one(card_maker: Any, makers: Any, noon: WallTime) -> None:
    stranger = makers.card()
    unknown = parse_any(stranger.code(), trusting(card_maker), noon)
    assert outcome(unknown) == (PassVerdict.UNTRUSTED_ISSUER, CodeReason.UNKNOWN_KEY)
    forged = "shc:/" + makers.digits(stranger.jws_of(b"{}", kid=card_maker.key_id()))
    assert outcome(parse_any(forged, trusting(card_maker), noon)) == (
        PassVerdict.FORGED,
        CodeReason.SIGNATURE,
    )
    assert unknown.claims == {}


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"zip": None}, {"kid": 7}])
def test_no_other_header_is_read(
    card_maker: Any, makers: Any, noon: WallTime, header: dict[str, Any]
) -> None:
    text = "shc:/" + makers.digits(card_maker.jws_of(b"{}", **header))
    assert outcome(parse_any(text, trusting(card_maker), noon)) == (U, CodeReason.JWS)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", CodeReason.CLAIMS),
        (b"[]", CodeReason.CLAIMS),
        (b"{}", CodeReason.CLAIMS),
        (b'{"iss": 1, "nbf": 1, "vc": {}}', CodeReason.CLAIMS),
        (b'{"iss": "x", "nbf": true, "vc": {}}', CodeReason.CLAIMS),
        (b'{"iss": "x", "nbf": 1e300, "vc": {}}', CodeReason.CLAIMS),
        (b'{"iss": "x", "nbf": 1, "vc": {"type": ["other"]}}', CodeReason.SCHEMA),
        (b"[" * 60_000, CodeReason.CLAIMS),
        (b"\xff\xfe", CodeReason.CLAIMS),
        (bytes(70_000), CodeReason.COMPRESSION),
    ],
)
def test_signed_payloads_that_are_no_card(
    card_maker: Any, makers: Any, noon: WallTime, payload: bytes, reason: CodeReason
) -> None:
    text = "shc:/" + makers.digits(card_maker.jws_of(payload))
    assert outcome(parse_any(text, trusting(card_maker), noon)) == (U, reason)


def test_revocation_by_id_and_by_id_before_an_instant(card_maker: Any, noon: WallTime) -> None:
    text = card_maker.code(revocation_id="vwAjHdarZuc")
    key_id, begun = card_maker.key_id(), noon.at - timedelta(days=1)

    def reading(revoked: Revocations) -> PassVerdict:
        return parse_any(text, trusting(card_maker, revoked=revoked), noon).verdict

    assert reading(revocations([hash_of(card_identifier(key_id, "vwAjHdarZuc"))])) is PassVerdict.REVOKED
    assert reading(revocations([hash_of(card_identifier("another key", "vwAjHdarZuc"))])) is G
    second = int(begun.timestamp())
    for instant, verdict in ((second, G), (second + 1, PassVerdict.REVOKED)):
        listed = {"kid": key_id, "method": "rid", "ctr": 1, "rids": ["other", f"vwAjHdarZuc.{instant}"]}
        assert reading(with_card_list(Revocations(), listed)) is verdict
    for rids in ("vwAjHdarZuc", ["a b"], ["a.b"], [1]):
        with pytest.raises(CredentialError):
            with_card_list(Revocations(), {"kid": key_id, "method": "rid", "rids": rids})


def test_chunks_in_any_order_make_one_card(card_maker: Any, noon: WallTime) -> None:
    digits = card_maker.code()[5:]
    cut = len(digits) // 3
    parts = [digits[:cut], digits[cut : 2 * cut], digits[2 * cut :]]
    chunks = [f"shc:/{number}/3/{part}" for number, part in enumerate(parts, 1)]
    assert assembled([chunks[2], chunks[0], chunks[1], chunks[0]]) == ("shc:/" + digits, ())
    assert assembled(chunks[:2]) == (None, (3,))
    assert assembled([]) == (None, ())
    assert assembled([*chunks, "shc:/1/2/00"]) == (None, ())
    assert assembled([*chunks, "shc:/1/3/00"]) == (None, ())
    trust = trusting(card_maker)
    assert [outcome(one)[0] for one in parse_scene(chunks, trust, noon)] == [G, G, G]
    half = parse_scene(chunks[1:], trust, noon)
    assert [outcome(one) for one in half] == [(U, CodeReason.CHUNK_MISSING)] * 2
    assert "code 1" in half[0].detail


@pytest.mark.parametrize(
    "text",
    [
        "shc:/",
        "shc:/5",
        "shc:/x",
        "shc:/99",
        "shc:/0/2/00",
        "shc:/3/2/00",
        "shc:/1/99/00",
        "shc:/٣٣",
        "shc:/00\n",
    ],
)
def test_digits_that_are_no_card(card_maker: Any, noon: WallTime, text: str) -> None:
    assert outcome(parse_any(text, trusting(card_maker), noon))[0] is U


def test_no_character_can_be_altered(card_maker: Any, makers: Any, noon: WallTime) -> None:
    trust, jws = trusting(card_maker), card_maker.jws()
    for position in range(len(jws)):
        other = "A" if jws[position] != "A" else "B"
        text = "shc:/" + makers.digits(jws[:position] + other + jws[position + 1 :])
        reading = parse_any(text, trust, noon)
        assert outcome(reading)[0] in {PassVerdict.FORGED, U, PassVerdict.UNTRUSTED_ISSUER}
        assert reading.claims == {}


@given(st.text() | st.text("0123456789") | st.text("0123456789/"))
def test_no_text_raises(card_maker: Any, noon: WallTime, text: str) -> None:
    assert outcome(SmartHealthCard().parse("shc:/" + text, trusting(card_maker), noon))[0] is U


def test_a_bomb_is_refused_at_once(card_maker: Any, makers: Any, noon: WallTime) -> None:
    text = "shc:/" + makers.digits(card_maker.jws_of(bytes(64 << 20)))
    assert len(text) > 60_000
    reading = SmartHealthCard().parse(text, trusting(card_maker), noon)
    assert outcome(reading) == (U, CodeReason.COMPRESSION)


@pytest.mark.parametrize(
    "key_set",
    [None, [], {}, {"keys": 7}, {"keys": [7]}, {"keys": [{"kty": "EC", "crv": "P-256", "kid": "x"}]}],
)
def test_key_sets_that_are_none(key_set: Any) -> None:
    with pytest.raises(CredentialError):
        card_keys_of(key_set)


def test_a_key_is_named_by_its_own_thumbprint(card_maker: Any) -> None:
    key = card_maker.jwk() | {"kid": "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"}
    with pytest.raises(CredentialError, match="thumbprint"):
        card_keys_of({"keys": [key]})
    elsewhere = card_maker.jwk()
    elsewhere["kid"] = thumbprint("AAAA", elsewhere["y"])
    with pytest.raises(CredentialError, match="not a point"):
        card_keys_of({"keys": [elsewhere | {"x": "AAAA"}]})


@pytest.mark.shared_data
def test_the_specification_s_examples(shared_data: Path) -> None:
    folder = shared_data / "shc" / "examples"
    keys = card_keys_of(json.loads((folder / "issuer/.well-known/jwks.json").read_text()))
    trust = CodeTrust(PassTrust("riverside"), issuer_keys([], keys))
    wall = WallTime(datetime(2024, 1, 1, tzinfo=UTC), ClockTrust.TRUSTED)
    for number in range(4):
        files = sorted(folder.glob(f"example-0{number}-f-*.txt"))
        readings = parse_scene([file.read_text() for file in files], trust, wall)
        payload = json.loads((folder / f"example-0{number}-c-jws-payload-minified.json").read_text())
        assert {reading.verdict for reading in readings} == {G}
        assert all(reading.claims == payload for reading in readings)


def test_claims_have_one_id_whatever_their_order_and_none_where_they_have_no_end() -> None:
    assert claims_id({"nbf": 1, "vc": {"b": 1.5, "a": [True]}}) == claims_id(
        {"vc": {"a": [True], "b": 1.5}, "nbf": 1}
    )
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(CodeRefused, match="nested too deep"):
        claims_id(deep)
