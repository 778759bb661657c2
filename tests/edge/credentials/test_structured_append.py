"""Codes that are parts of one: put together in any order, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce
from operator import xor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.at_the_gate import Certificates, evidence_at_gate, evidence_of_parts
from edge.credentials.carried import CodePart, part_in, text_of
from edge.credentials.classifier import parse_scene
from edge.credentials.code import CodeKind, CodeReason, CodeTrust
from edge.credentials.own_pass import PassClaims, issue
from edge.credentials.structured_append import Joined, joined
from edge.credentials.trust import PassTrust
from edge.credentials.trust.issuers import issuer_keys
from edge.decision import PassVerdict, WallTime
from edge.signing.cose import key_id_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
PASS = issue(PassClaims("riverside", "li", "00" * 8, datetime(2021, 1, 1, tzinfo=UTC)), KEY)


def parts_of(text: str, total: int) -> list[str]:
    parity, size = reduce(xor, text.encode(), 0), -(-len(text) // total)
    return [
        text_of(CodePart(number + 1, total, parity, text[number * size : (number + 1) * size]))
        for number in range(total)
    ]


@pytest.fixture(scope="module")
def trust(country: Any) -> CodeTrust:
    keys = issuer_keys([country.signer()], [])
    return CodeTrust(PassTrust("riverside", {key_id_of(PUBLIC): PUBLIC}), keys)


@given(st.data(), st.text(st.characters(max_codepoint=126), min_size=20, max_size=400), st.integers(2, 16))
def test_parts_in_any_order_are_the_whole(data: st.DataObject, text: str, total: int) -> None:
    shown = data.draw(st.permutations(parts_of(text, total)))
    assert joined(shown) == Joined(text)
    assert joined([*shown, shown[0]]) == Joined(text), "and one that is seen twice changes nothing"
    missing = data.draw(st.integers(1, total - 1))
    found = joined(shown[:missing])
    assert found is not None
    assert len(found.missing) == total - missing


@given(st.text())
def test_any_text_is_a_part_or_none(text: str) -> None:
    part = part_in(text)
    assert part is None or text_of(part) == text
    assert joined([text]) is None or part is not None


def test_parts_of_different_codes_are_not_put_together() -> None:
    one, other = parts_of("GP1:" + "A" * 40, 2), parts_of("GP1:" + "B" * 39 + "C", 2)
    assert joined([one[0], other[1]]) == Joined(missing=(1,)), "another parity: another code"
    same = text_of(CodePart(1, 2, part_in(one[1]).parity, "GP1:other"))  # type: ignore[union-attr]
    found = joined([same, one[1]])
    assert found is not None
    assert "different codes" in found.problem


def test_an_own_pass_in_parts_opens_like_any_other(trust: CodeTrust, noon: WallTime) -> None:
    parts = parts_of(PASS, 3)
    for number, part in enumerate(parts, start=1):
        alone = evidence_at_gate(part, trust, noon, Certificates())
        assert alone.verdict is PassVerdict.INCOMPLETE, "wait for the others; deny nobody yet"
        assert f"code {number} of 3" in alone.detail
    some = evidence_of_parts(parts[1:], trust, noon, Certificates())
    assert (some.verdict, "missing: code 1;" in some.detail) == (PassVerdict.INCOMPLETE, True)
    whole = evidence_of_parts([parts[2], parts[0], parts[1]], trust, noon, Certificates())
    assert whole == evidence_at_gate(PASS, trust, noon, Certificates())
    assert whole.verdict is PassVerdict.GENUINE


def test_parts_that_were_changed_are_no_pass(trust: CodeTrust, noon: WallTime) -> None:
    changed = PASS[:50] + ("0" if PASS[50] != "0" else "1") + PASS[51:]
    evidence = evidence_of_parts(parts_of(changed, 2), trust, noon, Certificates())
    assert evidence.verdict in {PassVerdict.FORGED, PassVerdict.UNREADABLE, PassVerdict.UNTRUSTED_ISSUER}


def test_a_certificate_in_parts_is_read_too(country: Any, trust: CodeTrust, noon: WallTime) -> None:
    readings = parse_scene(["hello", *parts_of(country.code(), 4)], trust, noon)
    assert [reading.kind for reading in readings] == [CodeKind.UNKNOWN, *[CodeKind.EU_DCC] * 4]
    assert {reading.verdict for reading in readings[1:]} == {PassVerdict.GENUINE}


def test_what_is_missing_is_said(trust: CodeTrust, noon: WallTime) -> None:
    [first, second] = parse_scene(parts_of(PASS, 3)[:2], trust, noon)
    assert first.reason is second.reason is CodeReason.CHUNK_MISSING
    assert first.detail == ("code 1 of 3 that make one (structured append); missing: code 3; show it too")
