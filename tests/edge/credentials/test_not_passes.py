"""Codes that people show by mistake: the lengths and names by which each kind is known, to the digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.credentials.carried import OTHER_SYMBOL
from edge.credentials.code import CodeKind, CodeReason
from edge.credentials.not_passes import OtherSymbol, PaymentCode, PlaceCode
from edge.decision import PassVerdict


@pytest.mark.parametrize(
    ("begins", "shortest", "longest"),
    [("10", 18, 18), ("15", 18, 18), ("25", 16, 24), ("29", 16, 24), ("30", 16, 24), ("62", 19, 19)],
)
def test_a_code_to_pay_with_is_known_by_its_beginning_and_its_length(
    begins: str, shortest: int, longest: int
) -> None:
    taken = [length for length in range(3, 40) if PaymentCode().recognises(begins.ljust(length, "7"))]
    assert taken == list(range(shortest, longest + 1))


@pytest.mark.parametrize("begins", ["09", "16", "24", "31", "61", "63"])
@pytest.mark.parametrize("length", [16, 18, 19, 24])
def test_other_numbers_are_no_payment(begins: str, length: int) -> None:
    assert not PaymentCode().recognises(begins.ljust(length, "7"))


@pytest.mark.parametrize(
    ("text", "payment", "place"),
    [
        ("WXP://F2F0", True, False),  # a scheme in any case
        ("weixin://wxpay/bizpayurl?pr=1", True, False),
        ("weixin://profile/1", False, False),
        ("http://PAYAPP.weixin.qq.com:443/x", True, False),
        ("https://qr.95516.com.", True, False),  # a host with its root
        ("https://payapp.weixin.qq.com/a b", False, False),  # not one address
        ("see https://qr.alipay.com/x", False, False),
        ("https://x.qr.alipay.com/", False, False),
        ("https://jkm.weixin.qq.com/", False, True),
        ("https://a.gov.cn", False, True),
        ("https://gov.cn/", False, False),
        ("https://a.gov.cn.example/", False, False),
        ("https://example.cn/CSM", False, True),
        ("https://example.cn/?t=venue1", False, True),
        ("https://example.cn/?t=venues", False, False),
        ("https://venue.example.cn/", False, False),  # in the path or the query, not in the host
        ("/csm", False, False),
        ("场所码", False, True),
        ("٠" * 18, False, False),
    ],
)
def test_addresses_are_compared_whole(text: str, payment: bool, place: bool) -> None:
    assert (PaymentCode().recognises(text), PlaceCode().recognises(text)) == (payment, place)


def test_each_is_told_what_to_show() -> None:
    for reading, kind, reason, words in (
        (PaymentCode().parse("62"), CodeKind.PAYMENT_CODE, CodeReason.SHOW_YOUR_OWN_CODE, "a payment code"),
        (PlaceCode().parse("csm"), CodeKind.PLACE_CODE, CodeReason.SHOW_YOUR_OWN_CODE, "your own code"),
        (OtherSymbol().parse(OTHER_SYMBOL + "Aztec"), CodeKind.UNKNOWN, CodeReason.OTHER_SYMBOL, "Aztec: "),
    ):
        assert (reading.kind, reading.reason) == (kind, reason)
        assert reading.verdict is PassVerdict.NOT_A_PASS
        assert words in reading.detail


@given(st.text())
def test_another_symbol_is_known_by_its_mark_alone(text: str) -> None:
    assert OtherSymbol().recognises(OTHER_SYMBOL + text)
    assert OtherSymbol().recognises(text) is text.startswith(OTHER_SYMBOL)
    assert not any(kind.recognises(OTHER_SYMBOL + text) for kind in (PaymentCode(), PlaceCode())) or (
        "场所码" in text
    )
