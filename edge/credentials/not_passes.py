"""Recognises codes that people show by mistake: the code of a place, of a payment app.

A person who shows one of these has a code, but not the one that the gate needs; the detail says which.
Addresses are compared whole or by their registered domain, never by a part of a name.
"""

from __future__ import annotations

import re

from edge.credentials.carried import OTHER_SYMBOL
from edge.credentials.code import CodeKind, CodeReading, CodeReason
from edge.decision import PassVerdict

_ADDRESS = re.compile(r"(?:https?://)([A-Za-z0-9.-]{1,253})(?::\d{1,5})?(/[^\s]*)?", re.ASCII)

_PAYMENT_SCHEMES = ("wxp://", "alipays://", "alipayqr://", "weixin://wxpay/", "upwrp://")
_PAYMENT_HOSTS = (
    "qr.alipay.com",
    "qr.95516.com",
    "payapp.weixin.qq.com",
    "wx.tenpay.com",
    "qr.shouqianba.com",
)
_PAYMENT_DIGITS = re.compile(r"(?:1[0-5]\d{16}|(?:2[5-9]|30)\d{14,22}|62\d{17})", re.ASCII)
"""Payment codes that a person shows: WeChat (10 to 15, 18 digits), Alipay (25 to 30, 16 to 24 digits),
UnionPay (62, 19 digits)."""

_PLACE_WORDS = (
    "changsuoma",
    "changsuo",
    "placecode",
    "venuecode",
    "venue",
    "csm",
    "cfd",
    "smdj",
)
"""Words in the path or query of place codes (场所码, in pinyin or English), as provinces print them."""
_PLACE_HOSTS_END = (".gov.cn",)
_PLACE_HOSTS = ("h5.dingtalk.com", "jkm.weixin.qq.com", "sjkm.gdzwfw.com")


class OtherSymbol:
    """Aztec, Data Matrix, Micro QR and rMQR codes: seen, and not read."""

    def recognises(self, text: str) -> bool:
        return text.startswith(OTHER_SYMBOL)

    def parse(self, text: str, *_: object) -> CodeReading:
        kind = text.removeprefix(OTHER_SYMBOL)
        detail = f"{kind}: this is another kind of code; show a QR code"
        return CodeReading(CodeKind.UNKNOWN, PassVerdict.NOT_A_PASS, CodeReason.OTHER_SYMBOL, detail)


class PaymentCode:
    """Alipay, WeChat Pay and UnionPay codes, to pay to or to pay with."""

    def recognises(self, text: str) -> bool:
        if text.lower().startswith(_PAYMENT_SCHEMES) or _PAYMENT_DIGITS.fullmatch(text):
            return True
        host, _ = _address(text)
        return host in _PAYMENT_HOSTS

    def parse(self, *_: object) -> CodeReading:
        return _show_instead(CodeKind.PAYMENT_CODE, "a payment code; show your pass or health code instead")


class PlaceCode:
    """The poster at the door that people scan themselves."""

    def recognises(self, text: str) -> bool:
        host, rest = _address(text)
        if host.endswith(_PLACE_HOSTS_END) or host in _PLACE_HOSTS:
            return True
        words = re.split(r"[^a-z]+", rest.lower())
        return any(word in _PLACE_WORDS for word in words) or "场所码" in text

    def parse(self, *_: object) -> CodeReading:
        return _show_instead(
            CodeKind.PLACE_CODE, "the code of a place, which you scan yourself; show your own code instead"
        )


def _address(text: str) -> tuple[str, str]:
    """Host (lower case) and path of a web address; empty where `text` is not one."""
    match = _ADDRESS.fullmatch(text)
    return (match[1].lower().rstrip("."), match[2] or "") if match else ("", "")


def _show_instead(kind: CodeKind, detail: str) -> CodeReading:
    return CodeReading(kind, PassVerdict.NOT_A_PASS, CodeReason.SHOW_YOUR_OWN_CODE, detail)
