"""The keys of issuers: what is taken from a certificate or a key set, and what is kept with its problem."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from edge.credentials.trust import DocumentSigner
from edge.credentials.trust.issuers import CardIssuerKey, Usage, issuer_keys
from edge.credentials.trust_lists import card_keys_of, signer_of
from edge.credentials.trust_lists.issuer_keys import thumbprint
from edge.decision import WallTime
from edge.errors import CredentialError
from tests.keys import ed25519, p256, rsa_2048

_EU = "1.3.6.1.4.1.1847.2021.1"
_EU_OLD = "1.3.6.1.4.1.0.1847.2021.1"


def certificate(
    noon: WallTime, *, usages: tuple[str, ...] = (), country: str = "AT", key: Any = None
) -> bytes:
    names = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
    key = key or p256("signer")
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name(names))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(noon.at)
        .not_valid_after(noon.at + timedelta(days=1))
    )
    if usages:
        extension = x509.ExtendedKeyUsage([ObjectIdentifier(usage) for usage in usages])
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(p256("authority"), hashes.SHA256()).public_bytes(Encoding.DER)


# --- document signers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usages", "limits"),
    [
        ((), set()),  # no limit
        ((f"{_EU}.1",), {Usage.TEST}),
        ((f"{_EU}.2",), {Usage.VACCINATION}),
        ((f"{_EU}.3", f"{_EU}.1"), {Usage.RECOVERY, Usage.TEST}),
        ((f"{_EU_OLD}.2",), {Usage.VACCINATION}),
        ((f"{_EU}.4",), set()),
        (("1.3.6.1.5.5.7.3.1",), set()),  # a web server: says nothing of certificates
        (("2.23.136.1.1.14.2",), {Usage.OTHER_DOCUMENTS}),
        (("2.23.1361.1",), set()),
    ],
)
def test_what_a_signer_may_sign(noon: WallTime, usages: tuple[str, ...], limits: set[Usage]) -> None:
    signer = signer_of(certificate(noon, usages=usages))
    assert (set(signer.usages), signer.problem) == (limits, "")


def test_a_signer_is_named_by_the_hash_of_its_certificate_and_bound_to_its_time(noon: WallTime) -> None:
    data = certificate(noon)
    signer = signer_of(data)
    assert signer.key_id == hashlib.sha256(data).digest()[:8]
    assert (signer.not_before, signer.not_after) == (noon.at, noon.at + timedelta(days=1))


@pytest.mark.parametrize(
    ("written", "told", "country"),
    [("AT", None, "AT"), ("AT", "DE", "DE"), ("", None, None), ("", "DE", "DE")],
)
def test_the_directory_s_country_counts_before_the_certificate_s(
    noon: WallTime, written: str, told: str | None, country: str | None
) -> None:
    assert signer_of(certificate(noon, country=written), country=told).country == country


def test_keys_that_sign_and_one_that_is_kept_with_its_problem(noon: WallTime) -> None:
    assert signer_of(certificate(noon, key=rsa_2048())).key is not None
    odd = signer_of(certificate(noon, key=ed25519("odd")))
    assert (odd.key, odd.usages) == (None, frozenset())
    assert odd.problem.startswith("a key of another kind: ")


@pytest.mark.parametrize("data", [b"", b"noise", b"0" * 300])
def test_what_is_not_a_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(CredentialError, match=r"not an X\.509 certificate"):
        signer_of(data)


# --- card issuers ---------------------------------------------------------------------------


def with_certificate(jwk: dict[str, Any], noon: WallTime, *urls: str) -> dict[str, Any]:
    name = x509.Name([])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(p256("authority").public_key())
        .serial_number(7)
        .not_valid_before(noon.at)
        .not_valid_after(noon.at + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(url) for url in urls]), critical=False
        )
        .sign(p256("authority"), hashes.SHA256())
    )
    return jwk | {"x5c": [base64.b64encode(built.public_bytes(Encoding.DER)).decode()]}


def test_the_example_of_rfc_7638_s_rule_for_p_256() -> None:
    canonical = b'{"crv":"P-256","kty":"EC","x":"abc","y":"def"}'
    expected = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
    assert thumbprint("abc", "def") == expected


def test_an_issuer_is_told_or_in_the_set_or_in_its_certificate_in_this_order(
    card_maker: Any, noon: WallTime
) -> None:
    key = card_maker.jwk()
    certified = with_certificate(key, noon, "https://certified.example")
    for key_set, told, expected in (
        (
            {"issuer": "https://set.example", "keys": [certified]},
            "https://told.example",
            "https://told.example",
        ),
        ({"issuer": "https://set.example", "keys": [certified]}, None, "https://set.example"),
        ({"issuer": 7, "keys": [certified]}, None, "https://certified.example"),
        ({"keys": [key, certified]}, None, "https://certified.example"),
        ({"keys": [key | {"x5c": ["noise"]}]}, None, None),
        ({"keys": [key | {"x5c": []}]}, None, None),
        ({"keys": [key]}, None, None),
    ):
        assert card_keys_of(key_set, issuer=told)[0].issuer == expected


@pytest.mark.parametrize(
    ("changed", "taken"),
    [({}, 1), ({"kty": "RSA"}, 0), ({"crv": "P-384"}, 0), ({"d": "a private key"}, 0), ({"use": "enc"}, 1)],
)
def test_public_p_256_keys_are_taken_and_others_are_left_out(
    card_maker: Any, changed: dict[str, Any], taken: int
) -> None:
    assert len(card_keys_of({"keys": [card_maker.jwk() | changed]})) == taken


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kid": "mine"}, "thumbprint"),
        ({"kid": None}, "thumbprint"),
        ({"x": 5}, "thumbprint"),
        ({"y": None}, "thumbprint"),
        ({"x": "AAAA", "y": "AAAA", "kid": thumbprint("AAAA", "AAAA")}, "point of P-256"),
        ({"x": "é", "y": "é", "kid": thumbprint("é", "é")}, "base64url"),
    ],
)
def test_a_key_that_could_be_taken_for_another_refuses_the_set(
    card_maker: Any, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(CredentialError, match=words):
        card_keys_of({"keys": [card_maker.jwk(), card_maker.jwk() | changed]})


@pytest.mark.parametrize("value", [None, [], {}, {"keys": {}}, {"keys": ["x"]}, {"keys": [{}, 1]}])
def test_what_is_no_key_set(value: Any) -> None:
    with pytest.raises(CredentialError, match="not a JWK set"):
        card_keys_of(value)


def test_all_of_those_who_share_an_id_are_kept() -> None:
    one, two, other = (DocumentSigner(key_id, None) for key_id in (b"same", b"same", b"else"))
    card = CardIssuerKey("kid", p256("card").public_key())
    keys = issuer_keys((one, two, other), (card,))
    assert keys.signers == {b"same": (one, two), b"else": (other,)}
    assert keys.cards == {"kid": (card,)}
