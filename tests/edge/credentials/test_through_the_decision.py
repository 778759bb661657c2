"""Whatever a genuine signature stands under, a gate comes to a decision: no value ends it further on.

Each claim of each kind of code is put in turn to each odd value, signed, and taken through reading, holder,
the site's rules, the decision and the journal's encoding; then several at once, at random.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.credentials.at_the_gate import Certificates, evidence_at_gate
from edge.credentials.certificates import holder_of
from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeTrust
from edge.credentials.encodings.base45_text import encode_base45
from edge.credentials.own_pass import PassClaims, issue, own_pass
from edge.credentials.own_pass.dynamic_pass import prove
from edge.credentials.reuse import person_of
from edge.credentials.trust import PassTrust
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust_lists import card_keys_of
from edge.decision import (
    CertificateRules,
    ClockTrust,
    Direction,
    Evidence,
    Mode,
    Outcome,
    PassEvidence,
    PassVerdict,
    Policy,
    Situation,
    Status,
    Subject,
    WallTime,
    decide,
)
from edge.decision.policy import AccessRule, GatePolicy, StatusRule
from edge.signing.cose import sign1
from tests.examples import LONG, tried

NOON = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)
SURE, UNSURE = WallTime(NOON, ClockTrust.TRUSTED), WallTime(NOON, ClockTrust.UNTRUSTED)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
HOLDER = ec.derive_private_key(7, ec.SECP256R1())
LI = Subject("li", groups=frozenset({"resident"}))
POLICY = Policy(
    time_zone="Asia/Shanghai",
    gates={"north": GatePolicy(Mode.CODE)},
    access=(AccessRule("residents", groups=frozenset({"resident"})),),
    statuses={Status.ABSENT: StatusRule(Outcome.GRANT)},
)

ABSENT = object()
ODD: tuple[Any, ...] = (
    ABSENT,
    None,
    True,
    0,
    -1,
    2**63 - 1,
    -(2**64),
    253_402_300_800,
    2.5,
    1e300,
    float("nan"),
    float("-inf"),
    "",
    " ",
    "x" * 200,
    "2022-17-01",
    "2021-02-30T25:61",
    "9999-12-31T23:59:59-23:59",
    "0000",
    b"",
    b"\xff\xfe",
    [],
    [0, "1", None],
    {},
    {"a": [{}]},
    {1: {1: []}},
    cbor2.CBORTag(0, "2021-06-01T00:00Z"),
    cbor2.CBORTag(0, "never"),
)


def odd_at(place: int) -> tuple[Any, ...]:
    """What stands at a place in turn: a third of it all, another at each place; all of it in a long run."""
    return ODD if LONG else ODD[place % 3 :: 3]


ENTRY = {"tg": "840539006", "co": "AT", "is": "Ministry", "ci": "URN:UVCI:01:AT:1#B"}
ENTRIES: dict[str, dict[str, Any]] = {
    "v": {"vp": "1", "mp": "EU/1/20/1528", "ma": "1", "dn": 2, "sd": 2, "dt": "2021-05-10"},
    "t": {"tt": "LP6464-4", "sc": "2021-05-31T12:00:00Z", "tr": "260415000", "nm": "a", "ma": "b", "tc": "c"},
    "r": {"fr": "2021-05-01", "df": "2021-05-11", "du": "2021-10-01"},
}


class _Everybody(dict[str, str]):
    """Links any certificate to li, so that it is judged to the end."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, _: str) -> str:
        return "li"


RULES = Certificates(_Everybody())
NO_RULES = Certificates(_Everybody(), CertificateRules(health=None))


@pytest.fixture(scope="module")
def trust(country: Any, card_maker: Any) -> CodeTrust:
    endless = replace(country.signer(), not_after=None)
    keys = issuer_keys([endless], card_keys_of(card_maker.key_set()))
    return CodeTrust(PassTrust("riverside", {sign1.key_id_of(PUBLIC): PUBLIC}), keys)


def through(text: str, trust: CodeTrust) -> set[PassVerdict]:
    """The verdicts of gates with and without rules and a sure clock; each came to a decision."""
    reading = parse_any(text, trust, SURE)
    msgspec.json.encode(reading.claims)
    holder = holder_of(reading, RULES.links, RULES.rules.holders)
    if holder is not None:
        assert person_of(reading, holder)
    verdicts = set()
    for wall, site in ((SURE, RULES), (SURE, NO_RULES), (UNSURE, RULES)):
        evidence = evidence_at_gate(text, trust, wall, site)
        _decided(evidence, wall)
        verdicts.add(evidence.verdict)
    return verdicts


def _decided(code: PassEvidence, wall: WallTime) -> None:
    situation = Situation("riverside", "north", wall, timedelta(0))
    subject = LI if code.subject_id == "li" else None
    decision = decide(POLICY, subject, Evidence(Direction.ENTRY, code=code), situation)
    assert decision.outcome is not Outcome.GRANT or code.verdict is PassVerdict.GENUINE
    json.loads(msgspec.json.encode(msgspec.to_builtins((code, decision))))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every member of a nested value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy with the odd value at `path`; unchanged where an earlier change took that place away."""
    result = _copied(value)
    target = result
    for key in path[:-1]:
        target = target[key] if _has(target, key) else None
    if _has(target, path[-1]):
        if odd is ABSENT:
            del target[path[-1]]
        else:
            target[path[-1]] = odd
    return result


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(member) for member in value] if isinstance(value, list) else value


def _has(container: Any, key: Any) -> bool:
    if isinstance(container, list):
        return isinstance(key, int) and key < len(container)
    return isinstance(container, dict) and key in container


def token(kind: str) -> dict[Any, Any]:
    """The claims of a certificate that is accepted."""
    seconds = int(NOON.timestamp())
    certificate = {
        "ver": "1.3.0",
        "nam": {"fn": "Musterfrau", "fnt": "MUSTERFRAU", "gn": "Gabriele", "gnt": "GABRIELE"},
        "dob": "1998-02-26",
        kind: [ENTRY | ENTRIES[kind]],
    }
    return {1: "AT", 4: seconds + 86_400, 6: seconds - 86_400, -260: {1: certificate}}


def dcc(country: Any, makers: Any, claims: Any) -> str:
    return str(makers.wrapped(cbor2.CBORTag(18, country.cose(cbor2.dumps(claims)))))


@pytest.mark.longer
@pytest.mark.parametrize("kind", ["v", "t", "r"])
def test_no_claim_of_an_eu_certificate_ends_a_gate(
    country: Any, makers: Any, trust: CodeTrust, kind: str
) -> None:
    accepted = token(kind)
    assert PassVerdict.GENUINE in through(dcc(country, makers, accepted), trust)
    for number, path in enumerate(places(accepted)):
        for odd in odd_at(number):
            through(dcc(country, makers, put(accepted, path, odd)), trust)


def own_claims() -> dict[Any, Any]:
    """The claims of a pass that says all that a pass can say."""
    point = HOLDER.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    day = timedelta(days=1)
    claims = PassClaims(
        "riverside",
        "li",
        "00" * 8,
        NOON - day,
        valid_from=NOON - day,
        valid_until=NOON + day,
        gates=("north", "south"),
        once=True,
        face_commitment=bytes(32),
        holder_key=point,
    )
    values = cbor2.loads(own_pass.parse_pass(issue(claims, KEY)).payload)
    assert isinstance(values, dict)
    return values


def own(claims: Any) -> list[str]:
    """The pass on paper, and as the phone shows it."""
    text = own_pass.PREFIX + encode_base45(sign1.sign(cbor2.dumps(claims, canonical=True), KEY))
    return [text, prove(text, NOON, HOLDER)]


@pytest.mark.longer
def test_no_claim_of_an_own_pass_ends_a_gate(trust: CodeTrust) -> None:
    accepted = own_claims()
    assert PassVerdict.GENUINE in through(own(accepted)[1], trust)
    for number, path in enumerate(places(accepted)):
        for odd in odd_at(number):
            through(own(put(accepted, path, odd))[1], trust)
    for odd in (*ODD[1:], [1, 2], {}):
        for text in own(odd):
            assert PassVerdict.GENUINE not in through(text, trust)


def card_claims() -> dict[str, Any]:
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Any", "given": ["Jo", "B"]}],
        "birthDate": "1951-01-20",
    }
    return {
        "iss": "https://cards.example.org/issuer",
        "nbf": NOON.timestamp() - 60,
        "exp": NOON.timestamp() + 60,
        "vc": {
            "type": ["https://smarthealth.cards#health-card"],
            "rid": "revocable",
            "credentialSubject": {"fhirBundle": {"entry": [{"resource": patient}]}},
        },
    }


def card(card_maker: Any, makers: Any, claims: Any) -> str:
    return "shc:/" + str(makers.digits(card_maker.jws_of(json.dumps(claims, default=str).encode())))


@pytest.mark.longer
def test_no_claim_of_a_health_card_ends_a_gate(card_maker: Any, makers: Any, trust: CodeTrust) -> None:
    accepted = card_claims()
    assert PassVerdict.GENUINE in through(card(card_maker, makers, accepted), trust)
    for number, path in enumerate(places(accepted)):
        for odd in (*odd_at(number), 10**400, "\ud800"):
            through(card(card_maker, makers, put(accepted, path, odd)), trust)


odd_values = st.sampled_from(ODD) | st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=6,
)
changes = st.lists(st.tuples(st.integers(0, 999), odd_values), min_size=2, max_size=5)


@settings(derandomize=True, max_examples=tried(150))
@given(st.sampled_from(["v", "t", "r", "own", "card"]), changes)
def test_several_odd_claims_at_once(
    country: Any,
    card_maker: Any,
    makers: Any,
    trust: CodeTrust,
    kind: str,
    changed: list[tuple[int, Any]],
) -> None:
    claims = {"own": own_claims, "card": card_claims}.get(kind, lambda: token(kind))()
    paths = list(places(claims))
    for number, odd in changed:
        claims = put(claims, paths[number % len(paths)], odd)
    if kind == "own":
        through(own(claims)[1], trust)
    elif kind == "card":
        through(card(card_maker, makers, claims), trust)
    else:
        through(dcc(country, makers, claims), trust)
