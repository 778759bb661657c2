"""The own pass: made, shown as a picture, read; and every way in which it may be wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import cwt
import msgspec
import numpy as np
import pytest
import segno
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.credentials.own_pass import PassClaims, issue, own_pass, verify_pass
from edge.credentials.own_pass.own_pass import PREFIX
from edge.credentials.trust import PassTrust
from edge.decision import ClockTrust, PassEvidence, PassKind, PassVerdict, WallTime
from edge.errors import CredentialError
from edge.signing.cose import sign1
from tests.keys import ed25519
from tests.qr import qr_text

SITE = "riverside"
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
TRUST = PassTrust(SITE, {sign1.key_id_of(PUBLIC): PUBLIC})
NOW = WallTime(NOON, ClockTrust.TRUSTED)

RESIDENT = PassClaims(SITE, "3-2-1201-li", "0011223344556677", NOON - 24 * HOUR)
TIMED = msgspec.structs.replace(RESIDENT, valid_from=NOON - HOUR, valid_until=NOON + HOUR)
VISITOR = msgspec.structs.replace(
    TIMED, subject_id="visitor:7f3a", kind=PassKind.VISITOR, gates=("north", "south"), once=True
)
FACE_BOUND = msgspec.structs.replace(TIMED, face_commitment=bytes(range(32)))


def signed(payload: bytes, key: Ed25519PrivateKey = KEY) -> str:
    return PREFIX + encode_base45(sign1.sign(payload, key))


def signed_values(values: dict[int, object]) -> str:
    return signed(cbor2.dumps(values, canonical=True))


def plain_values(claims: PassClaims) -> dict[int, object]:
    message = own_pass.parse_pass(issue(claims, KEY))
    values = cbor2.loads(message.payload)
    assert isinstance(values, dict)
    return values


names = st.text(st.characters(min_codepoint=32, max_codepoint=0x4FFF), min_size=1, max_size=64).filter(
    str.isprintable
)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001 - made aware below
    lambda instant: instant.replace(microsecond=0, tzinfo=UTC)
)


@st.composite
def any_claims(draw: st.DrawFn) -> PassClaims:
    start, end = sorted([draw(instants), draw(instants)])
    kind = draw(st.sampled_from(PassKind))
    both = kind is PassKind.VISITOR
    return PassClaims(
        site=draw(names),
        subject_id=draw(names),
        pass_id=draw(st.binary(min_size=8, max_size=8)).hex(),
        issued=draw(instants),
        kind=kind,
        valid_from=start if both or draw(st.booleans()) else None,
        valid_until=end + timedelta(seconds=1) if both or draw(st.booleans()) else None,
        gates=tuple(sorted(draw(st.sets(names, max_size=5)))),
        once=draw(st.booleans()),
        face_commitment=draw(st.none() | st.binary(min_size=32, max_size=32)),
    )


@given(any_claims())
def test_what_was_issued_is_what_is_read(claims: PassClaims) -> None:
    message = own_pass.parse_pass(issue(claims, KEY))
    assert own_pass.claims_of(sign1.verified(message, PUBLIC)) == claims


def test_the_gate_learns_all_that_the_pass_says() -> None:
    assert verify_pass(issue(VISITOR, KEY), TRUST, NOW) == PassEvidence(
        PassVerdict.GENUINE,
        kind=PassKind.VISITOR,
        pass_id="0011223344556677",
        subject_id="visitor:7f3a",
        gates=frozenset({"north", "south"}),
        valid_from=NOON - HOUR,
        valid_until=NOON + HOUR,
        once=True,
        issued=VISITOR.issued,
        timed=True,
    )
    bound = verify_pass(issue(FACE_BOUND, KEY), TRUST, NOW)
    assert (bound.face_bound, bound.face_commitment) == (True, bytes(range(32)))


@pytest.mark.parametrize(
    ("wall", "verdict"),
    [
        (WallTime(NOON - HOUR, ClockTrust.TRUSTED), PassVerdict.GENUINE),
        (WallTime(NOON - HOUR - timedelta(seconds=1), ClockTrust.TRUSTED), PassVerdict.NOT_YET_VALID),
        (WallTime(NOON + HOUR - timedelta(seconds=1), ClockTrust.HOLDOVER), PassVerdict.GENUINE),
        (WallTime(NOON + HOUR, ClockTrust.TRUSTED), PassVerdict.EXPIRED),
        (WallTime(NOON, ClockTrust.UNTRUSTED), PassVerdict.CLOCK_UNSURE),
        (WallTime(datetime(1970, 1, 1, tzinfo=UTC), ClockTrust.UNTRUSTED), PassVerdict.CLOCK_UNSURE),
    ],
)
def test_the_window_is_judged_by_the_clock_and_its_trust(wall: WallTime, verdict: PassVerdict) -> None:
    evidence = verify_pass(issue(TIMED, KEY), TRUST, wall)
    assert evidence.verdict is verdict
    assert evidence.subject_id == "3-2-1201-li"


def test_a_pass_without_a_window_needs_no_clock() -> None:
    wall = WallTime(datetime(1970, 1, 1, tzinfo=UTC), ClockTrust.UNTRUSTED)
    assert verify_pass(issue(RESIDENT, KEY), TRUST, wall).verdict is PassVerdict.GENUINE


def test_site_and_revocation_come_before_the_clock() -> None:
    unsure = WallTime(NOON, ClockTrust.UNTRUSTED)
    elsewhere = replace(TRUST, site="hillside")
    assert verify_pass(issue(TIMED, KEY), elsewhere, unsure).verdict is PassVerdict.OTHER_SITE
    revoked = replace(TRUST, revoked=frozenset({TIMED.pass_id}))
    assert verify_pass(issue(TIMED, KEY), revoked, unsure).verdict is PassVerdict.REVOKED


def test_an_issuer_nobody_knows_says_nothing() -> None:
    stranger = ed25519()
    evidence = verify_pass(issue(TIMED, stranger), TRUST, NOW)
    assert evidence.verdict is PassVerdict.UNTRUSTED_ISSUER
    assert evidence.subject_id is None


def test_a_signature_by_another_key_under_our_key_id_is_forged() -> None:
    stranger = ed25519()
    public = stranger.public_key().public_bytes_raw()
    trust = PassTrust(SITE, {sign1.key_id_of(public): PUBLIC})
    evidence = verify_pass(issue(TIMED, stranger), trust, NOW)
    assert (evidence.verdict, evidence.subject_id) == (PassVerdict.FORGED, None)


# --- nothing can be altered ---------------------------------------------------------------------

TEXT = issue(FACE_BOUND, KEY)
RAW = decode_base45(TEXT[len(PREFIX) :], most_characters=2_000)
REFUSED = {PassVerdict.FORGED, PassVerdict.UNREADABLE, PassVerdict.UNTRUSTED_ISSUER, PassVerdict.NOT_A_PASS}


@pytest.mark.parametrize("position", range(len(RAW)))
def test_no_byte_can_be_altered(position: int) -> None:
    for flip in (0x01, 0x80, 0xFF, 0x20):
        raw = bytearray(RAW)
        raw[position] ^= flip
        evidence = verify_pass(PREFIX + encode_base45(bytes(raw)), TRUST, NOW)
        assert evidence.verdict in REFUSED
        assert evidence.subject_id is None


@pytest.mark.parametrize("position", range(len(TEXT)))
def test_no_character_can_be_altered_left_out_or_doubled(position: int) -> None:
    head, here, tail = TEXT[:position], TEXT[position], TEXT[position + 1 :]
    others = "A" if here != "A" else "B", here.lower() if here.isalpha() else "é", "\x00", "\n"
    for text in (*(head + other + tail for other in others), head + tail, head + here + here + tail):
        if text != TEXT:
            assert verify_pass(text, TRUST, NOW).verdict in REFUSED


@given(st.binary(max_size=300))
def test_nothing_may_follow_or_go_before(extra: bytes) -> None:
    if extra:
        assert verify_pass(PREFIX + encode_base45(RAW + extra), TRUST, NOW).verdict in REFUSED
        assert verify_pass(PREFIX + encode_base45(extra + RAW), TRUST, NOW).verdict in REFUSED
    assert verify_pass(TEXT + "\n", TRUST, NOW).verdict is PassVerdict.UNREADABLE


def reframed(alter: Callable[[list[object]], object]) -> str:
    message = cbor2.loads(RAW)
    return PREFIX + encode_base45(cbor2.dumps(alter(list(message.value))))


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda parts: parts, id="no tag"),
        pytest.param(lambda parts: cbor2.CBORTag(17, parts), id="another tag"),
        pytest.param(lambda parts: cbor2.CBORTag(61, cbor2.CBORTag(18, parts)), id="two tags"),
        pytest.param(lambda parts: cbor2.CBORTag(18, parts[:3]), id="three parts"),
        pytest.param(lambda parts: cbor2.CBORTag(18, [*parts, b""]), id="five parts"),
        pytest.param(lambda parts: cbor2.CBORTag(18, [parts[0], {4: b"x"}, *parts[2:]]), id="unprotected"),
        pytest.param(lambda parts: cbor2.CBORTag(18, [{}, {}, *parts[2:]]), id="header is no bytes"),
        pytest.param(lambda parts: cbor2.CBORTag(18, [b"", {}, *parts[2:]]), id="empty header"),
        pytest.param(lambda parts: cbor2.CBORTag(18, [*parts[:2], None, parts[3]]), id="detached payload"),
        pytest.param(lambda parts: cbor2.CBORTag(18, [*parts[:3], parts[3][:63]]), id="short signature"),
    ],
)
def test_no_other_framing_is_read(alter: Callable[[list[object]], object]) -> None:
    assert verify_pass(reframed(alter), TRUST, NOW).verdict is PassVerdict.UNREADABLE


def test_lengths_may_not_be_written_longer_than_they_are() -> None:
    assert RAW[:3] == bytes.fromhex("d2844d")  # tag 18, array of 4, bytes of 13
    longer = RAW[:2] + bytes.fromhex("580d") + RAW[3:]
    assert cbor2.loads(longer) == cbor2.loads(RAW)
    assert verify_pass(PREFIX + encode_base45(longer), TRUST, NOW).verdict is PassVerdict.UNREADABLE


# --- claims that are signed and still no pass -----------------------------------------------------

_OWN = -65_537


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({99: 1}, id="a claim nobody knows"),
        pytest.param({1: None}, id="no site"),
        pytest.param({1: 7}, id="a site that is a number"),
        pytest.param({2: ""}, id="an empty subject"),
        pytest.param({2: "x" * 65}, id="a subject too long"),
        pytest.param({2: "a\x00b"}, id="a NUL in the subject"),
        pytest.param({4: -1}, id="before 1970"),
        pytest.param({4: 2**62}, id="after the last year"),
        pytest.param({4: True}, id="a time that is a truth value"),
        pytest.param({4: 0}, id="an end before the start"),
        pytest.param({7: b"short"}, id="a pass id too short"),
        pytest.param({8: {}}, id="a confirmation without a key"),
        pytest.param({8: [0, {}]}, id="a confirmation that is a list"),
        pytest.param({8: {1: "text"}}, id="a holder's key that is text"),
        pytest.param({8: {1: {1: 2, -1: 1, -2: "x" * 32, -3: True}}}, id="a point that is text"),
        pytest.param({8: {1: {1: 2, -1: 1, -2: b"x" * 31, -3: True}}}, id="a holder's key too short"),
        pytest.param({_OWN: {}}, id="an empty map of our own"),
        pytest.param({_OWN: {1: 0}}, id="a default written out"),
        pytest.param({_OWN: {1: 3}}, id="a kind nobody knows"),
        pytest.param({_OWN: {2: ["south", "north"]}}, id="gates out of order"),
        pytest.param({_OWN: {2: ["north", "north"]}}, id="a gate named twice"),
        pytest.param({_OWN: {2: [str(number) for number in range(17)]}}, id="too many gates"),
        pytest.param({_OWN: {2: "north"}}, id="gates that are a text"),
        pytest.param({_OWN: {2: [7]}}, id="a gate that is a number"),
        pytest.param({_OWN: {4: [b"x"] * 32}}, id="a commitment that is a list"),
        pytest.param({_OWN: {3: 1}}, id="once as a number"),
        pytest.param({_OWN: {4: b"x" * 31}}, id="a commitment too short"),
        pytest.param({_OWN: {9: 1}}, id="a key of our own nobody knows"),
        pytest.param({_OWN: []}, id="our own map is a list"),
    ],
)
def test_signed_claims_of_another_shape_are_unreadable(change: dict[int, object]) -> None:
    values = {key: value for key, value in (plain_values(TIMED) | change).items() if value is not None}
    assert verify_pass(signed_values(values), TRUST, NOW).verdict is PassVerdict.UNREADABLE


@pytest.mark.parametrize("end", [datetime(1969, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_no_pass_is_issued_with_a_time_that_no_gate_would_read(end: datetime) -> None:
    with pytest.raises(CredentialError, match="before 1970 or after 9998"):
        issue(msgspec.structs.replace(RESIDENT, issued=end), KEY)


def test_a_visitor_without_a_window_is_unreadable() -> None:
    values = plain_values(VISITOR)
    del values[4]
    assert verify_pass(signed_values(values), TRUST, NOW).verdict is PassVerdict.UNREADABLE
    with pytest.raises(CredentialError, match="from when until when"):
        issue(msgspec.structs.replace(VISITOR, valid_until=None), KEY)


@pytest.mark.parametrize("payload", [b"", b"\xa0", b"\x80", b"\xf6", cbor2.dumps([1, 2]), b"\xbf\xff"])
def test_signed_payloads_that_are_no_claims(payload: bytes) -> None:
    assert verify_pass(signed(payload), TRUST, NOW).verdict is PassVerdict.UNREADABLE


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", PassVerdict.NOT_A_PASS),
        ("https://example.com", PassVerdict.NOT_A_PASS),
        ("gp1:ABC", PassVerdict.NOT_A_PASS),
        ("GP1", PassVerdict.NOT_A_PASS),
        ("GP1:", PassVerdict.UNREADABLE),
        ("GP1:lower", PassVerdict.UNREADABLE),
        ("GP1:GGW", PassVerdict.UNREADABLE),  # the example of RFC 9285 that overflows
        ("GP1:" + "A" * 4_000, PassVerdict.UNREADABLE),
        ("A" * 4_296, PassVerdict.NOT_A_PASS),
        ("A" * 4_297, PassVerdict.TOO_LONG),
        ("GP1:" + "\x00" * 30, PassVerdict.UNREADABLE),
        ("GP1:" + "\ud800" * 30, PassVerdict.UNREADABLE),
    ],
)
def test_texts_that_are_no_pass(text: str, verdict: PassVerdict) -> None:
    evidence = verify_pass(text, TRUST, NOW)
    assert (evidence.verdict, evidence.subject_id) == (verdict, None)


@given(st.text() | st.text().map(lambda text: PREFIX + text) | st.binary().map(signed))
def test_no_text_raises(text: str) -> None:
    assert verify_pass(text, TRUST, NOW).verdict is not PassVerdict.GENUINE


# --- pictures, sizes, and an independent reader ---------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "characters", "version"),
    [(RESIDENT, 204, 8), (TIMED, 222, 9), (FACE_BOUND, 280, 10)],
)
def test_the_code_stays_small(claims: PassClaims, characters: int, version: int) -> None:
    text = issue(claims, KEY)
    code = segno.make(text, error="m", boost_error=False)
    assert len(text) <= characters
    assert code.mode == "alphanumeric"
    assert int(code.version) <= version


@pytest.mark.parametrize("claims", [RESIDENT, VISITOR, FACE_BOUND])
def test_a_picture_of_the_pass_reads_back(claims: PassClaims) -> None:
    picture = io.BytesIO()
    segno.make(issue(claims, KEY), error="m").save(picture, kind="png", scale=4, border=4)
    with Image.open(picture) as image:
        text = qr_text(np.asarray(image.convert("L")))
    assert verify_pass(text, TRUST, NOW).subject_id == claims.subject_id


def cwt_key(*, private: bool) -> Any:
    if private:
        pem = KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    else:
        pem = KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return cwt.COSEKey.from_pem(pem, kid=sign1.key_id_of(PUBLIC))


def test_an_independent_reader_verifies_our_pass() -> None:
    raw = decode_base45(issue(VISITOR, KEY)[len(PREFIX) :], most_characters=2_000)
    payload = cbor2.loads(cwt.COSE.new().decode(raw, cwt_key(private=False)))
    assert payload[1] == SITE
    assert payload[2] == "visitor:7f3a"
    assert payload[5] == int((NOON - HOUR).timestamp())
    with pytest.raises(cwt.VerifyError):
        cwt.COSE.new().decode(raw[:-1] + bytes([raw[-1] ^ 1]), cwt_key(private=False))


def test_we_read_what_an_independent_writer_signs() -> None:
    payload = cbor2.dumps(plain_values(TIMED), canonical=True)
    protected = {1: -8, 4: sign1.key_id_of(PUBLIC)}
    raw = cwt.COSE.new().encode(payload, cwt_key(private=True), protected=protected, unprotected={})
    assert verify_pass(PREFIX + encode_base45(raw), TRUST, NOW).subject_id == "3-2-1201-li"
    assert PREFIX + encode_base45(raw) == issue(TIMED, KEY)
