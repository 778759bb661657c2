"""Issuers that the tests run themselves: their keys, their certificates, and what they sign."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from edge.credentials.encodings.base45_text import encode_base45
from edge.credentials.trust import DocumentSigner
from edge.credentials.trust_lists import card_keys_of, signer_of
from edge.credentials.trust_lists.issuer_keys import thumbprint
from edge.decision import ClockTrust, WallTime
from tests.keys import p256, rsa_2048

NOON = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)

CERTIFICATE: dict[str, Any] = {
    "ver": "1.3.0",
    "nam": {"fn": "Musterfrau", "fnt": "MUSTERFRAU", "gn": "Gabriele", "gnt": "GABRIELE"},
    "dob": "1998-02-26",
    "v": [
        {
            "tg": "840539006",
            "vp": "1119349007",
            "mp": "EU/1/20/1528",
            "ma": "ORG-100030215",
            "dn": 2,
            "sd": 2,
            "dt": "2021-02-18",
            "co": "AT",
            "is": "Ministry of Health, Austria",
            "ci": "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B",
        }
    ],
}


def raw_signature(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


@dataclass(frozen=True)
class Country:
    """A document signer of the EU: ES256 unless `rsa_key` is set."""

    name: str = "AT"
    usages: tuple[str, ...] = ()
    rsa_key: rsa.RSAPrivateKey | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=p256)

    @cached_property
    def certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, self.name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key((self.rsa_key or self.key).public_key())
            .serial_number(7)
            .not_valid_before(NOON - timedelta(days=30))
            .not_valid_after(NOON + timedelta(days=700))
        )
        if self.usages:
            oids = [ObjectIdentifier(usage) for usage in self.usages]
            builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def signer(self) -> DocumentSigner:
        return signer_of(self.certificate)

    def cose(self, payload: bytes, *, key_id: bytes | None = None) -> list[object]:
        algorithm = -37 if self.rsa_key else -7
        name = hashlib.sha256(self.certificate).digest()[:8] if key_id is None else key_id
        protected = cbor2.dumps({1: algorithm, 4: name})
        return [protected, {}, payload, self.sign(cbor2.dumps(["Signature1", protected, b"", payload]))]

    def sign(self, data: bytes) -> bytes:
        if self.rsa_key is None:
            return raw_signature(self.key, data)
        digest = hashes.SHA256()
        return self.rsa_key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)

    def code(self, certificate: Any = None, *, key_id: bytes | None = None, **claims: Any) -> str:
        values = {
            1: self.name,
            4: int((NOON + timedelta(days=180)).timestamp()),
            6: int((NOON - timedelta(days=1)).timestamp()),
            -260: {1: CERTIFICATE if certificate is None else certificate},
        }
        values |= {int(key.lstrip("c")): value for key, value in claims.items()}
        payload = cbor2.dumps({key: value for key, value in values.items() if value is not None})
        return wrapped(cbor2.CBORTag(18, self.cose(payload, key_id=key_id)))


def wrapped(message: object) -> str:
    return "HC1:" + encode_base45(zlib.compress(cbor2.dumps(message)))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class CardMaker:
    """An issuer of SMART Health Cards."""

    url: str = "https://cards.example.org/issuer"
    key: ec.EllipticCurvePrivateKey = field(default_factory=p256)

    def jwk(self) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        x, y = base64url(numbers.x.to_bytes(32)), base64url(numbers.y.to_bytes(32))
        return {
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "x": x,
            "y": y,
            "kid": thumbprint(x, y),
        }

    def key_set(self) -> dict[str, Any]:
        return {"issuer": self.url, "keys": [self.jwk()]}

    def key_id(self) -> str:
        return card_keys_of(self.key_set())[0].key_id

    def jws(self, *, revocation_id: str | None = None, **claims: Any) -> str:
        values: dict[str, Any] = {
            "iss": self.url,
            "nbf": (NOON - timedelta(days=1)).timestamp(),
            "vc": {
                "type": ["https://smarthealth.cards#health-card"],
                "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": {"resourceType": "Bundle"}},
            },
        } | claims
        if revocation_id is not None:
            values["vc"]["rid"] = revocation_id
        return self.jws_of(json.dumps(values).encode())

    def jws_of(self, payload: bytes, **header: Any) -> str:
        deflate = zlib.compressobj(wbits=-15)
        packed = deflate.compress(payload) + deflate.flush()
        fields = {"zip": "DEF", "alg": "ES256", "kid": self.key_id()} | header
        signed = f"{base64url(json.dumps(fields).encode())}.{base64url(packed)}"
        return f"{signed}.{base64url(raw_signature(self.key, signed.encode()))}"

    def code(self, **claims: Any) -> str:
        return "shc:/" + digits(self.jws(**claims))


def digits(jws: str) -> str:
    return "".join(f"{ord(character) - 45:02d}" for character in jws)


class Makers:
    """What a test makes codes with."""

    country = Country
    card = CardMaker
    wrapped = staticmethod(wrapped)
    digits = staticmethod(digits)
    raw_signature = staticmethod(raw_signature)
    certificate = CERTIFICATE


@pytest.fixture(scope="session")
def makers() -> Makers:
    return Makers()


@pytest.fixture(scope="session")
def country() -> Country:
    return Country()


@pytest.fixture(scope="session")
def rsa_country() -> Country:
    return Country(rsa_key=rsa_2048())


@pytest.fixture(scope="session")
def card_maker() -> CardMaker:
    return CardMaker()


@pytest.fixture(scope="session")
def noon() -> WallTime:
    return WallTime(NOON, ClockTrust.TRUSTED)
