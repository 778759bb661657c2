"""Any code as evidence: whose it is decides, and who is named in the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.at_the_gate import Certificates, evidence_at_gate
from edge.credentials.certificates import links_of, uvci_of
from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeTrust
from edge.credentials.own_pass import PassClaims, issue
from edge.credentials.trust import PassTrust, hash_of
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust_lists import card_keys_of
from edge.decision import CertificateRules, ClockTrust, HealthRules, HolderRule, PassVerdict, WallTime
from edge.signing.cose import key_id_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
ID = "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"
NAME = f"{hash_of(uvci_of(ID)):016x}"


@pytest.fixture(scope="module")
def linked(country: Any, trust: CodeTrust, noon: WallTime) -> Certificates:
    """Of a site where the certificate that `country` signs by itself is li's."""
    return Certificates(dict.fromkeys(links_of(parse_any(country.code(), trust, noon)), "li"))


@pytest.fixture(scope="module")
def trust(country: Any, card_maker: Any) -> CodeTrust:
    keys = issuer_keys([country.signer()], card_keys_of(card_maker.key_set()))
    return CodeTrust(PassTrust("riverside", {key_id_of(PUBLIC): PUBLIC}), keys)


def test_own_passes_are_what_they_were(trust: CodeTrust, noon: WallTime) -> None:
    text = issue(PassClaims("riverside", "li", "00" * 8, datetime(2021, 1, 1, tzinfo=UTC)), KEY)
    evidence = evidence_at_gate(text, trust, noon, Certificates())
    assert (evidence.verdict, evidence.subject_id) == (PassVerdict.GENUINE, "li")
    assert evidence_at_gate("GP1:x", trust, noon, Certificates()).verdict is PassVerdict.UNREADABLE
    assert evidence_at_gate("x" * 5_000, trust, noon, Certificates()).verdict is PassVerdict.TOO_LONG


def test_a_certificate_opens_for_whom_the_registry_links_to_it(
    country: Any, trust: CodeTrust, noon: WallTime, linked: Certificates
) -> None:
    evidence = evidence_at_gate(country.code(), trust, noon, linked)
    assert (evidence.verdict, evidence.subject_id, evidence.timed) == (PassVerdict.GENUINE, "li", True)
    assert evidence.pass_id == NAME, "by which it can be revoked"


def test_of_anybody_else_it_is_for_the_staff_and_names_nobody(
    country: Any, card_maker: Any, trust: CodeTrust, noon: WallTime, linked: Certificates
) -> None:
    no_links = Certificates(linked.links, CertificateRules(holders=HolderRule(frozenset())))
    for text, site in (
        (country.code(), Certificates()),
        (country.code(), no_links),
        (card_maker.code(), linked),
    ):
        evidence = evidence_at_gate(text, trust, noon, site)
        assert (evidence.verdict, evidence.subject_id) == (PassVerdict.HOLDER_UNKNOWN, None)
        assert "MUSTERFRAU" not in repr(evidence)
        assert ID not in repr(evidence)


def test_a_certificate_that_says_too_little(
    country: Any, trust: CodeTrust, noon: WallTime, linked: Certificates
) -> None:
    strict = Certificates(linked.links, rules=CertificateRules(health=HealthRules(vaccination=None)))
    evidence = evidence_at_gate(country.code(), trust, noon, strict)
    assert (evidence.verdict, evidence.detail) == (PassVerdict.INSUFFICIENT, "kind")
    anything = Certificates(linked.links, CertificateRules(health=None))
    assert evidence_at_gate(country.code(), trust, noon, anything).verdict is PassVerdict.GENUINE


def test_rules_of_days_need_a_sure_clock(
    country: Any, trust: CodeTrust, noon: WallTime, linked: Certificates
) -> None:
    timeless = replace(country.signer(), not_after=None)
    trust = CodeTrust(trust.passes, issuer_keys([timeless], []))
    text, unsure = country.code(c4=None, c6=None), WallTime(noon.at, ClockTrust.UNTRUSTED)
    evidence = evidence_at_gate(text, trust, unsure, linked)
    assert (evidence.verdict, evidence.timed) == (PassVerdict.CLOCK_UNSURE, True)
    anything = Certificates(linked.links, CertificateRules(health=None))
    assert evidence_at_gate(text, trust, unsure, anything).verdict is PassVerdict.GENUINE


def test_a_bad_certificate_keeps_its_verdict(
    makers: Any, trust: CodeTrust, noon: WallTime, linked: Certificates
) -> None:
    stranger = makers.country().code()
    evidence = evidence_at_gate(stranger, trust, noon, linked)
    assert (evidence.verdict, evidence.subject_id) == (PassVerdict.UNTRUSTED_ISSUER, None)
    place = evidence_at_gate("https://s.sh.gov.cn/cs/1", trust, noon, linked)
    assert place.verdict is PassVerdict.NOT_A_PASS
    assert "show your own code" in place.detail


@given(st.text(), st.sampled_from(["", "GP1:", "GPD1:", "HC1:", "shc:/"]))
def test_no_text_raises_and_none_names_anybody(
    trust: CodeTrust, noon: WallTime, linked: Certificates, text: str, prefix: str
) -> None:
    assert evidence_at_gate(prefix + text, trust, noon, linked).subject_id is None
