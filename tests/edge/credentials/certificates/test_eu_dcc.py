"""EU certificates of our own making: every step, every refusal, no altered byte."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.credentials.at_the_gate import Certificates, evidence_at_gate
from edge.credentials.certificates import EuDcc, uvci_of
from edge.credentials.certificates.eu_dcc import ISSUED_AHEAD
from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeKind, CodeReading, CodeReason, CodeTrust
from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.credentials.trust import Freshness, PassTrust, hash_of, revocations
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust_lists import signer_of
from edge.decision import ClockTrust, PassVerdict, WallTime

G = PassVerdict.GENUINE
U = PassVerdict.UNREADABLE
ID = "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"


def trusting(*issuers: Any, **more: Any) -> CodeTrust:
    return CodeTrust(PassTrust("riverside"), issuer_keys([one.signer() for one in issuers], []), **more)


def outcome(reading: CodeReading) -> tuple[PassVerdict, CodeReason]:
    assert reading.kind is CodeKind.EU_DCC
    return reading.verdict, reading.reason


def test_a_genuine_certificate_says_what_was_signed(country: Any, noon: WallTime) -> None:
    reading = parse_any(country.code(), trusting(country), noon)
    assert outcome(reading) == (G, CodeReason.NONE)
    assert reading.claims["issuer"] == "AT"
    assert reading.claims["certificate"]["nam"]["fnt"] == "MUSTERFRAU"


def test_rsa_signs_too(rsa_country: Any, noon: WallTime) -> None:
    assert outcome(parse_any(rsa_country.code(), trusting(rsa_country), noon))[0] is G


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param(lambda message: message, id="untagged"),
        pytest.param(lambda message: cbor2.CBORTag(18, message), id="18"),
        pytest.param(lambda message: cbor2.CBORTag(61, message), id="61"),
        pytest.param(lambda message: cbor2.CBORTag(61, cbor2.CBORTag(18, message)), id="61 around 18"),
    ],
)
def test_the_framings_in_use_are_read(
    country: Any, makers: Any, noon: WallTime, tag: Callable[[Any], Any]
) -> None:
    message = cbor2.loads(zlib.decompress(decode_base45(country.code()[4:], most_characters=4_000)))
    text = makers.wrapped(tag(message.value))
    assert outcome(parse_any(text, trusting(country), noon))[0] is G


def test_nothing_is_claimed_before_the_signature_holds(country: Any, makers: Any, noon: WallTime) -> None:
    stranger = makers.country()
    key_id = signer_of(country.certificate).key_id
    for text, expected in (
        (stranger.code(), (PassVerdict.UNTRUSTED_ISSUER, CodeReason.UNKNOWN_KEY)),
        (stranger.code(key_id=key_id), (PassVerdict.FORGED, CodeReason.SIGNATURE)),
    ):
        reading = parse_any(text, trusting(country), noon)
        assert outcome(reading) == expected
        assert reading.claims == {}


def test_two_signers_may_share_a_key_id(country: Any, makers: Any, noon: WallTime) -> None:
    other = makers.country("DE")
    signers = [replace(one.signer(), key_id=b"same one") for one in (other, country)]
    trust = CodeTrust(PassTrust("riverside"), issuer_keys(signers, []))
    assert outcome(parse_any(country.code(key_id=b"same one"), trust, noon))[0] is G
    forged = makers.country("FR").code(key_id=b"same one")
    assert outcome(parse_any(forged, trust, noon)) == (PassVerdict.FORGED, CodeReason.SIGNATURE)


null = object()
"""None in the certificate; None itself leaves the member out."""


def altered(certificate: dict[str, Any], **changes: Any) -> dict[str, Any]:
    result = deepcopy(certificate)
    for name, value in changes.items():
        target = result["v"][0] if name in result["v"][0] else result
        if value is None:
            del target[name]
        else:
            target[name] = _without_marks(value)
    return result


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_marks(item) for name, item in value.items()}
    return None if value is null else value


@pytest.mark.parametrize(
    "changes",
    [
        {"v": None},
        {"v": []},
        {"t": [{}]},
        {"ver": "1.3"},
        {"nam": {"fn": "Musterfrau"}},
        {"nam": {"fnt": " "}},
        {"nam": {"fnt": "A", "gn": "😀", "gnt": ""}},
        {"dob": "1815-01-01"},
        {"dob": "2030-01-01"},
        {"dn": -1},
        {"dn": "2"},
        {"dn": 2.5},
        {"dn": float("nan")},
        {"dn": True},
        {"dt": "yesterday"},
        {"dt": "2022-17-01"},
        {"dt": "2021-02-30"},
        {"dt": ""},
        {"dob": "1988-00-02"},
        {"co": "at"},
        {"ci": "x" * 81},
        {"ci": None},
    ],
)
def test_what_is_not_by_the_schema_is_unreadable(
    country: Any, makers: Any, noon: WallTime, changes: dict[str, Any]
) -> None:
    text = country.code(altered(makers.certificate, **changes))
    assert outcome(parse_any(text, trusting(country), noon)) == (U, CodeReason.SCHEMA)


def test_several_doses_in_one_only_before_version_1_3(country: Any, makers: Any, noon: WallTime) -> None:
    doses = makers.certificate["v"] * 2
    old = altered(makers.certificate, v=doses, ver="1.2.1")
    assert outcome(parse_any(country.code(old), trusting(country), noon))[0] is G
    new = altered(makers.certificate, v=doses)
    assert outcome(parse_any(country.code(new), trusting(country), noon)) == (U, CodeReason.SCHEMA)


@pytest.mark.parametrize("claims", [{"c4": "soon"}, {"c4": -1}, {"c4": 2**60}, {"c6": True}, {"c6": []}])
def test_times_that_are_none(country: Any, noon: WallTime, claims: dict[str, Any]) -> None:
    assert outcome(parse_any(country.code(**claims), trusting(country), noon)) == (U, CodeReason.CLAIMS)


def test_the_clock(country: Any, noon: WallTime) -> None:
    text, trust = country.code(c4=int(noon.at.timestamp())), trusting(country)
    second = timedelta(seconds=1)

    def at(moment: timedelta, clock: ClockTrust = ClockTrust.TRUSTED) -> tuple[PassVerdict, CodeReason]:
        return outcome(parse_any(text, trust, WallTime(noon.at + moment, clock)))

    assert at(0 * second)[0] is G
    assert at(second) == (PassVerdict.EXPIRED, CodeReason.AFTER_ITS_TIME)
    ahead = timedelta(days=1) + ISSUED_AHEAD
    assert at(-ahead)[0] is G
    assert at(-ahead - second) == (PassVerdict.NOT_YET_VALID, CodeReason.BEFORE_ITS_TIME)
    assert at(0 * second, ClockTrust.UNTRUSTED) == (PassVerdict.CLOCK_UNSURE, CodeReason.CLOCK)


def test_a_key_of_another_country(country: Any, noon: WallTime) -> None:
    reading = parse_any(country.code(c1="DE"), trusting(country), noon)
    assert outcome(reading) == (PassVerdict.UNTRUSTED_ISSUER, CodeReason.ISSUER_COUNTRY)


@pytest.mark.parametrize(
    ("usages", "verdict"),
    [
        ((), G),
        (("1.3.6.1.5.5.7.3.2",), G),
        (("1.3.6.1.4.1.1847.2021.1.2",), G),
        (("1.3.6.1.4.1.0.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.1"), G),
        (("1.3.6.1.4.1.1847.2021.1.1",), PassVerdict.UNTRUSTED_ISSUER),
        (("2.23.136.1.1.14.2",), PassVerdict.UNTRUSTED_ISSUER),
    ],
)
def test_a_key_signs_what_its_certificate_allows(
    makers: Any, noon: WallTime, usages: tuple[str, ...], verdict: PassVerdict
) -> None:
    issuer = makers.country(usages=usages)
    signer = replace(issuer.signer(), key_id=b"the key.")
    trust = CodeTrust(PassTrust("riverside"), issuer_keys([signer], []))
    reading = parse_any(issuer.code(key_id=b"the key."), trust, noon)
    assert reading.verdict is verdict
    assert reading.reason is (CodeReason.NONE if verdict is G else CodeReason.KEY_USAGE)


ONE = uvci_of(ID)


@pytest.mark.parametrize(
    ("listed", "spelled"),
    [
        (ONE, ID),
        (ONE, ID.lower()),
        (ONE, f" {ID}"),
        (ONE, ID.removeprefix("URN:UVCI:")),
        (ONE, ID.removesuffix("#B")),
        (ONE, "01 AT/10807843F94AEE0EE5093FBC254BD813#B"),
        # Lists that others keep have the issuer's own spelling, some behind the country.
        (ID, ID),
        ("AT" + ID, ID),
        ("AT" + ONE, ID.lower()),
        ("not a UVCI", "not a UVCI"),
    ],
)
def test_a_revoked_certificate_however_its_id_is_spelled(
    country: Any, makers: Any, noon: WallTime, listed: str, spelled: str
) -> None:
    trust = trusting(country, revocations=revocations([hash_of(listed)]))
    text = country.code(altered(makers.certificate, ci=spelled))
    assert outcome(parse_any(text, trust, noon)) == (PassVerdict.REVOKED, CodeReason.REVOKED)


@pytest.mark.parametrize(
    ("issued", "verdict", "reason"),
    [
        (timedelta(days=0), G, CodeReason.NONE),
        (timedelta(seconds=1), PassVerdict.UNTRUSTED_ISSUER, CodeReason.KEY_VALIDITY),
        (timedelta(days=-9999), G, CodeReason.NONE),
        (None, PassVerdict.UNTRUSTED_ISSUER, CodeReason.KEY_VALIDITY),
    ],
)
def test_after_its_certificate_s_end_a_key_signs_no_more(
    country: Any, issued: timedelta | None, verdict: PassVerdict, reason: CodeReason
) -> None:
    """What it signed before goes on to count; what does not say when it was signed does not."""
    end = country.signer().not_after
    at = WallTime(end + timedelta(days=1), ClockTrust.TRUSTED)
    claims = {"c6": None if issued is None else int((end + issued).timestamp())}
    text = country.code(c4=int((end + timedelta(days=9)).timestamp()), **claims)
    assert outcome(parse_any(text, trusting(country), at)) == (verdict, reason)


def test_what_does_not_say_when_it_was_issued_needs_a_sure_clock(country: Any, noon: WallTime) -> None:
    text = country.code(c6=None, c4=None)
    assert parse_any(text, trusting(country), noon).verdict is G
    unsure = WallTime(noon.at, ClockTrust.UNTRUSTED)
    assert outcome(parse_any(text, trusting(country), unsure)) == (PassVerdict.CLOCK_UNSURE, CodeReason.CLOCK)


# --- what the EU's notes on its specimens allow ---------------------------------------------------

TEST: dict[str, Any] = {
    "tg": "840539006",
    "tt": "LP6464-4",
    "sc": "2021-05-31T12:00:00Z",
    "tr": "260415000",
    "co": "AT",
    "is": "Ministry",
    "ci": ID,
}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"dn": 2.0, "sd": 2.0}, id="IE: floats for doses"),
        pytest.param({"dn": 12, "sd": 12}, id="LV: doses without a limit"),
        pytest.param({"dn": 115}, id="LV: doses beyond the series"),
        pytest.param({"r": null, "t": []}, id="BG, ES: members that say nothing"),
        pytest.param({"dt": "2021-03-09T00:00:00"}, id="BG, PL: a time where a date is due"),
        pytest.param({"dt": "2021-03-09 00:00:00.000Z"}, id="SG: with milliseconds"),
        pytest.param({"dt": " 2021-03-09 "}, id="blanks around a date"),
        pytest.param({"dob": ""}, id="RO, PL: born on an unknown day"),
        pytest.param({"dob": null}, id="born on an unknown day, as null"),
        pytest.param({"dob": "1964"}, id="born in a year"),
        pytest.param({"dob": "1964-00"}, id="NL: in an unknown month"),
        pytest.param({"dob": "1964-XX-XX"}, id="as a passport says it"),
        pytest.param({"dob": "1899-04-20T00:00:00"}, id="before 1900"),
        pytest.param({"nam": {"fn": "Eglīte-Eglītis", "fnt": "EGLITE-EGLITIS"}}, id="LV: fnt not standard"),
        pytest.param({"nam": {"fn": "Müller", "fnt": "MUELLER "}}, id="a blank after fnt"),
        pytest.param({"nam": {"gn": "Li", "gnt": "LI", "fn": null}}, id="1.3.2: one name"),
        pytest.param({"is": None}, id="LV: without an issuer"),
        pytest.param({"tg": " 840539006 "}, id="blanks around a code"),
    ],
)
def test_a_special_case_is_genuine_and_counts(
    country: Any, makers: Any, noon: WallTime, changes: dict[str, Any]
) -> None:
    text = country.code(altered(makers.certificate, **changes))
    evidence = evidence_at_gate(text, trusting(country), noon, Certificates())
    assert evidence.verdict is PassVerdict.HOLDER_UNKNOWN, evidence.detail


@pytest.mark.parametrize(
    "taken",
    [
        "2021-05-31T12:00Z",
        "2021-05-31T14:00:00+02",
        "2021-05-31T14:00:00+0200",
        "2021-05-31T14:00+02:00",
        "2021-05-31 12:00:00",
        " 2021-05-31T12:00:00.0000000Z ",
        cbor2.CBORTag(0, "2021-05-31T12:00Z"),
    ],
)
def test_a_sample_s_time_however_it_is_written(country: Any, noon: WallTime, taken: object) -> None:
    written = {"ver": "1.3.0", "nam": {"fnt": "A"}, "dob": "1990", "t": [TEST | {"sc": taken}]}
    reading = parse_any(country.code(written), trusting(country), noon)
    assert outcome(reading) == (G, CodeReason.NONE)
    assert reading.certificate is not None
    assert [test.sc for test in reading.certificate.t] == [noon.at - timedelta(days=1)]


@pytest.mark.parametrize("name", ["AT", "at", "AT BAG", " AT "])
def test_an_issuer_may_name_its_office_behind_its_country(country: Any, noon: WallTime, name: str) -> None:
    reading = parse_any(country.code(c1=name), trusting(country), noon)
    assert (reading.verdict, reading.issuer) == (G, "AT")


def test_an_old_trust_list_warns_and_then_closes(country: Any, noon: WallTime) -> None:
    text = country.code()
    for freshness in (Freshness.WARN, Freshness.DEGRADE):
        reading = parse_any(text, trusting(country, freshness=freshness), noon)
        assert outcome(reading) == (G, CodeReason.TRUST_LIST_STALE)
    closed = parse_any(text, trusting(country, freshness=Freshness.CLOSE), noon)
    assert outcome(closed) == (PassVerdict.UNTRUSTED_ISSUER, CodeReason.TRUST_LIST_STALE)


# --- hostile bytes --------------------------------------------------------------------------------


def test_no_signed_byte_can_be_altered(country: Any, makers: Any, noon: WallTime) -> None:
    trust = trusting(country)
    message = cbor2.loads(zlib.decompress(decode_base45(country.code()[4:], most_characters=4_000))).value
    for part in (0, 2, 3):
        for position in range(len(message[part])):
            changed = bytearray(message[part])
            changed[position] ^= 0x01
            parts = [*message[:part], bytes(changed), *message[part + 1 :]]
            reading = parse_any(makers.wrapped(cbor2.CBORTag(18, parts)), trust, noon)
            assert reading.verdict in {PassVerdict.FORGED, U, PassVerdict.UNTRUSTED_ISSUER}
            assert reading.claims == {}


@pytest.mark.parametrize("level", [1, 9])
def test_a_bomb_is_refused_at_once(country: Any, noon: WallTime, level: int) -> None:
    bomb = zlib.compress(bytes(64 << 20), level)
    reading = EuDcc().parse("HC1:" + encode_base45(bomb[:2_800]), trusting(country), noon)
    assert outcome(reading) == (U, CodeReason.COMPRESSION)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", CodeReason.COSE),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", CodeReason.COSE),
        (b"\x81" * 2_000 + b"\x00", CodeReason.COSE),
        (b"\x9f" * 2_000, CodeReason.COSE),
        (b"\xd8\x1c\x80", CodeReason.COSE),
        (cbor2.dumps([b"", {}, b"", b""]), CodeReason.COSE),
        (cbor2.dumps([1, 2, 3, 4]), CodeReason.COSE),
        (cbor2.dumps([cbor2.dumps({1: -7, 4: "text"}), {}, b"", b""]), CodeReason.COSE),
        (cbor2.dumps([cbor2.dumps({1: -999}), {}, b"", b""]), CodeReason.COSE),
    ],
)
def test_cbor_that_is_no_message(country: Any, noon: WallTime, message: bytes, reason: CodeReason) -> None:
    text = "HC1:" + encode_base45(zlib.compress(message))
    assert outcome(EuDcc().parse(text, trusting(country), noon)) == (U, reason)


@given(st.text() | st.binary().map(encode_base45) | st.binary().map(zlib.compress).map(encode_base45))
def test_no_text_raises(country: Any, noon: WallTime, text: str) -> None:
    assert outcome(EuDcc().parse("HC1:" + text, trusting(country), noon))[0] is not G


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, json_values)
@example(certificate={"ver": -(2**64)}, instant=None)
@example(certificate={"ver": 2**64 - 1, "v": float("nan")}, instant=None)
@example(certificate={"ver": cbor2.undefined}, instant=None)
def test_no_signed_claims_raise(country: Any, noon: WallTime, certificate: Any, instant: Any) -> None:
    trust = CodeTrust(
        PassTrust("riverside"), issuer_keys([replace(country.signer(), key_id=b"the key.")], [])
    )
    text = country.code(certificate or 0, key_id=b"the key.", c4=instant)
    assert outcome(parse_any(text, trust, noon))[0] is not G


@pytest.mark.parametrize(("key", "claimed"), [("GR", "EL"), ("EL", "GR"), ("GB", "UK")])
def test_a_country_that_the_eu_knows_by_two_names(
    makers: Any, noon: WallTime, key: str, claimed: str
) -> None:
    issuer = makers.country(key)
    reading = parse_any(issuer.code(c1=claimed), trusting(issuer), noon)
    assert (reading.verdict, reading.issuer) == (G, {"EL": "GR"}.get(key, key))
