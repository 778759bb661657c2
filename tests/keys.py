"""Keys for tests: the same on every run.

A named key is the same wherever its name is used. One without a name is drawn from `random`, which
pytest-randomly and Hypothesis seed anew before every test: another key every time, the same keys every run.
Ruff refuses what draws from the operating system (TID251 in pyproject.toml).
"""

from __future__ import annotations

import random
from functools import cache
from hashlib import sha512

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": (1 << 384) - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
}


def ed25519(name: str | None = None) -> Ed25519PrivateKey:
    """An Ed25519 key."""
    return Ed25519PrivateKey.from_private_bytes(_secret(name)[:32])


def p256(name: str | None = None) -> ec.EllipticCurvePrivateKey:
    """A key for ES256."""
    return _on(ec.SECP256R1(), name)


def p384(name: str | None = None) -> ec.EllipticCurvePrivateKey:
    """A key for ES384."""
    return _on(ec.SECP384R1(), name)


@cache
def rsa_2048() -> rsa.RSAPrivateKey:
    """The RSA key: one, made of two primes that were drawn once."""
    p, q, e = _P, _Q, 65_537
    d = rsa.rsa_recover_private_exponent(e, p, q)
    public = rsa.RSAPublicNumbers(e, p * q)
    dmp1, dmq1, iqmp = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, public).private_key()


def _on(curve: ec.EllipticCurve, name: str | None) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(_secret(name)) % (_ORDERS[curve.name] - 1) + 1
    return ec.derive_private_key(number, curve)


def _secret(name: str | None) -> bytes:
    return sha512(random.randbytes(32) if name is None else name.encode()).digest()


_P = int(
    "F9F9400082AB20BAAF0C4E4866225361A7CAB5DD776BA41BBCC7F9A38EEC4C84"
    "FCA4758DC09917DF32B9A1E9785CF1BA1B8F99F36A8858319E6471F236D6B961"
    "1350F1448B32237FD64A0302979D59AE7CA4C0D30D9FBA6425C85B6C58F2CB32"
    "DC82AD51084321174E863E13A899D1895CA88DDDB2461FE94A2DCFC3BD677981",
    16,
)
_Q = int(
    "C9659BBFB5587E267BDFD59C75BBEE06471D74D0663B3B663632E26F4141D08E"
    "2B57484E8843D569F2EB054294737E9568E4E5FA191573F41560F9DFE0634BF3"
    "137BC3B721E42970ED10F5161601A384933BE704F39E14D34DEC25165D2E95A5"
    "7CF809B136D0EE58A0274D504ABBBCA4E2E5FAE413D497EE707D7CA02B630A0B",
    16,
)
