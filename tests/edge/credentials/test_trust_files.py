"""Files of issuers as people hand them over, and what is not one: keys, or one declared error."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.credentials.trust_files import TrustBuilder
from edge.credentials.trust_lists import signer_of
from edge.errors import CredentialError
from tests.examples import tried
from tests.keys import p256

SIGNATURE_LINE = "0" + "MEUCIQD+/" * 9 + "Mg=="
"""As long as an ECDSA signature is in base64; that it may begin with a zero makes it no DER."""

FORMS: dict[str, Callable[[list[Any]], str]] = {
    "array": json.dumps,
    "member": lambda entries: json.dumps({"certificates": entries}),
    "member under a signature": lambda entries: f"{SIGNATURE_LINE}\n{json.dumps({'certificates': entries})}",
    "array under a signature": lambda entries: f"{SIGNATURE_LINE}\r\n{json.dumps(entries, indent=2)}\n",
    "after a byte order mark": lambda entries: "\ufeff" + json.dumps(entries),
}


def entry(country: str | None, raw: bytes, **more: Any) -> dict[str, Any]:
    return {
        "kid": "x",
        "country": country,
        "certificateType": "DSC",
        "rawData": base64.b64encode(raw).decode(),
    } | more


@pytest.mark.parametrize("form", FORMS)
def test_a_trust_list_in_every_form_that_is_published(makers: Any, form: str) -> None:
    austria, germany, estonia = (makers.country(name) for name in ("AT", "DE", "EE"))
    entries = [
        entry("AT", austria.certificate),
        entry("DE", germany.certificate, signature="x", thumbprint=None),
        entry(None, estonia.certificate),
        entry("LU", makers.country("LU").certificate, certificateType="CSCA"),
        entry("IT", b"not a certificate"),
        entry("FR", b"", rawData="not base64"),
    ]
    builder = TrustBuilder()
    builder.add(FORMS[form](entries).encode())
    signers = builder.trust().issuers.signers.values()
    assert {signer.country for found in signers for signer in found} == {"AT", "DE", "EE"}
    assert builder.left_out == 2


def test_one_bad_card_issuer_keeps_no_other_out(card_maker: Any) -> None:
    def issuer(url: str, key: dict[str, Any]) -> dict[str, Any]:
        return {"issuer": {"iss": url, "name": "x"}, "keys": [key]}

    nameless = {name: value for name, value in card_maker.jwk().items() if name != "kid"}
    listed = [issuer("https://a.example", card_maker.jwk()), issuer("https://b.example", nameless)]
    builder = TrustBuilder()
    builder.add(json.dumps({"issuerInfo": listed}).encode())
    assert [key.issuer for found in builder.trust().issuers.cards.values() for key in found] == [
        "https://a.example"
    ]
    assert builder.left_out == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"certificates": []}',
        b'{"certificates": 5}',
        b'{"certificates": [{"rawData": ""}]}',
        b'["\xff"]',
        b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "A", "y": "A"}]}',
        b'{"keys": 5}',
        b'{"keys": [5]}',
        b'{"method": "rid", "kid": "k", "rids": ["a.99999999999"]}',
        b'{"method": "rid", "kid": "k", "rids": ["a.1\\n"]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        SIGNATURE_LINE.encode() + b"\n",
        b"0" * 1_000,
    ],
)
def test_what_holds_no_issuer_is_refused(data: bytes) -> None:
    with pytest.raises(CredentialError):
        TrustBuilder().add(data)


def test_a_certificate_that_says_a_thing_twice_is_kept_with_what_is_wrong(country: Any) -> None:
    """The library has an error of its own for each; a key whose limits cannot be read signs nothing."""
    twice = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    name = x509.Name([])
    other = (
        x509.CertificateBuilder(name, name, country.key.public_key(), 7)
        .not_valid_before(datetime(2021, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2022, 1, 1, tzinfo=UTC))
        .add_extension(twice, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .sign(p256(), hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    # The second extension is given the first one's name: 2.5.29.19 becomes 2.5.29.15.
    doubled = other.replace(bytes.fromhex("0603551d13"), bytes.fromhex("0603551d0f"))
    signer = signer_of(doubled)
    assert signer.key is None
    assert "cannot be read in full" in signer.problem


@settings(derandomize=True, max_examples=tried(300))
@given(st.data())
def test_no_byte_of_a_certificate_ends_the_office(country: Any, data: st.DataObject) -> None:
    changed = bytearray(country.certificate)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CredentialError):
        TrustBuilder().add(bytes(changed))


# --- files of strangers -------------------------------------------------------------------------

ODD: list[Any] = [
    None,
    5,
    -1,
    2**70,
    1.5,
    True,
    "",
    "x",
    "é",
    [],
    {},
    [1],
    [None],
    [{}],
    [[]],
    {"x": 1},
    "AA==",
]
CARD_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "x",
    "use": "sig",
    "alg": "ES256",
    "x": "11XvRWy1I2S0EyJlyf_bWfw_TQ5CJJNLw78bHXNxcgw",
    "y": "eZXwxvO1hvCY0KucrPfKo7yAyMT6Ajc3N7OkAB6VYy8",
}
PASS_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
SIGNER = {"kid": "AA==", "rawData": "AA==", "country": "DE", "certificateType": "DSC"}
KINDS: dict[str, Any] = {
    "pass keys": {
        "keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
    },
    "card keys": {"issuer": "https://x", "keys": [CARD_KEY]},
    "signers": {"certificates": [SIGNER]},
    "a bare array": [SIGNER],
    "card issuers": {"issuerInfo": [{"issuer": {"iss": "https://x", "name": "n"}, "keys": [CARD_KEY]}]},
    "card revocations": {"kid": "x", "method": "rid", "ctr": 1, "rids": ["MKyCxh7p6uQ", "x.1636977600"]},
}


def altered(value: Any) -> Iterator[Any]:
    """`value` with each of its parts in turn, itself included, as each odd value."""
    yield from ODD
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in list(parts):
        for other in altered(part):
            copy = value.copy()
            copy[place] = other
            yield copy


def taken_or_refused(data: bytes) -> None:
    """Anything else that is raised would be a traceback before anyone who runs `gatepost trust`."""
    builder = TrustBuilder("green-court")
    with contextlib.suppress(CredentialError):
        builder.add(data)
    builder.trust()


@pytest.mark.parametrize("kind", KINDS)
def test_a_trust_file_with_any_part_of_another_kind_is_taken_or_refused_in_words(kind: str) -> None:
    for value in altered(KINDS[kind]):
        taken_or_refused(json.dumps(value).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 20_000,
        b"\xff\xfe{",
        b'{"keys":"\xff"}',
        b"",
        b"{",
        b"0\x82\x00\x01",
        b"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----",
        b"-----BEGIN CERTIFICATE-----\n\xff\n-----END CERTIFICATE-----",
    ],
)
def test_bytes_that_are_no_trust_file_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(CredentialError):
        TrustBuilder("green-court").add(data)
