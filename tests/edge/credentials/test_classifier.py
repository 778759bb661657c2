"""Which kind of code a text is, so that a person is told which one to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.classifier import PARSERS, parse_any
from edge.credentials.code import CodeKind, CodeReason, CodeTrust
from edge.credentials.trust import PassTrust
from edge.decision import PassVerdict, WallTime

TRUST = CodeTrust(PassTrust("riverside"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("GP1:ABC", CodeKind.OWN_PASS),
        ("HC1:ABC", CodeKind.EU_DCC),
        ("shc:/56", CodeKind.SMART_HEALTH_CARD),
        ("shc:/1/2/56", CodeKind.SMART_HEALTH_CARD),
        ("wxp://f2f0abcdEFGH", CodeKind.PAYMENT_CODE),
        ("https://qr.alipay.com/fkx12345", CodeKind.PAYMENT_CODE),
        ("HTTPS://QR.ALIPAY.COM/FKX12345".replace("HTTPS", "https"), CodeKind.PAYMENT_CODE),
        ("alipays://platformapi/startapp?saId=10000007", CodeKind.PAYMENT_CODE),
        ("https://qr.95516.com/00010000/62123456", CodeKind.PAYMENT_CODE),
        ("134567890123456789", CodeKind.PAYMENT_CODE),  # a WeChat code to pay with
        ("281234567890123456", CodeKind.PAYMENT_CODE),  # an Alipay code to pay with
        ("https://s.sh.gov.cn/cs/3101150012345", CodeKind.PLACE_CODE),
        ("https://h5.example.cn/csm?id=42", CodeKind.PLACE_CODE),
        ("https://health.example.cn/changsuoma/index.html#/?c=1", CodeKind.PLACE_CODE),
        ("https://example.cn/?t=场所码", CodeKind.PLACE_CODE),
        # Nobody's code, however much it looks like one
        ("", CodeKind.UNKNOWN),
        ("hello", CodeKind.UNKNOWN),
        ("HC2:ABC", CodeKind.UNKNOWN),
        ("hc1:ABC", CodeKind.UNKNOWN),
        ("https://example.com/", CodeKind.UNKNOWN),
        ("https://qr.alipay.com.evil.example/fkx", CodeKind.UNKNOWN),
        ("https://evil.example/?qr.alipay.com", CodeKind.UNKNOWN),
        ("https://notgov.cn/", CodeKind.UNKNOWN),
        ("https://example.cn/avenue", CodeKind.UNKNOWN),
        ("6901234567892", CodeKind.UNKNOWN),  # the bar code of a bottle
        ("WIFI:S:home;T:WPA;P:secret;;", CodeKind.UNKNOWN),
    ],
)
def test_kinds(text: str, kind: CodeKind, noon: WallTime) -> None:
    reading = parse_any(text, TRUST, noon)
    assert reading.kind is kind
    assert reading.verdict is not PassVerdict.GENUINE


@pytest.mark.parametrize("text", ["https://s.sh.gov.cn/cs/1", "wxp://f2f0"])
def test_anyone_who_shows_another_code_is_told_which_to_show(text: str, noon: WallTime) -> None:
    reading = parse_any(text, TRUST, noon)
    assert (reading.verdict, reading.reason) == (PassVerdict.NOT_A_PASS, CodeReason.SHOW_YOUR_OWN_CODE)
    assert "show your" in reading.detail


def test_a_code_longer_than_any_is_not_looked_at(noon: WallTime) -> None:
    reading = parse_any("HC1:" + "A" * 4_293, TRUST, noon)
    assert (reading.verdict, reading.reason) == (PassVerdict.NOT_A_PASS, CodeReason.TOO_LONG)


@given(st.text(), st.sampled_from(["", "GP1:", "HC1:", "shc:/", "https://", "wxp://", "28"]))
def test_no_text_raises_and_none_is_genuine(noon: WallTime, text: str, prefix: str) -> None:
    assert parse_any(prefix + text, TRUST, noon).verdict is not PassVerdict.GENUINE


@given(st.text(), st.sampled_from(["", "GP1:", "HC1:", "shc:/", "https://qr.alipay.com/", "wxp://"]))
def test_at_most_one_parser_takes_a_text(text: str, prefix: str) -> None:
    assert sum(parser.recognises(prefix + text) for parser in PARSERS) <= 1
