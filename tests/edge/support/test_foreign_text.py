"""Texts that do not say their encoding: read as what people write, or left alone."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.support.foreign_text import decoded, of_a_code

CHINESE = [
    "场所码",
    "某某小区北门场所码",
    "粤通行码",
    "上海市浦东新区世纪公园",
    "北京健康宝 到访人信息登记簿",
    "https://smdj.gov.cn/csm?name=南门",
    "姓名:李娜;房号:3-2-301",
    "张伟",
    "绿码",
    "欢迎光临",
    "微信支付",
    "鑫鑫超市",
]
JAPANESE = [
    "会場コード",
    "入場券",
    "東京都渋谷区神南",
    "QRコードをかざしてください",
    "山田太郎",
    "テスト",
    "お客様番号:12345",
    "ﾃﾞｻﾞｲﾝQR\r\nhttp://d-qr.net/ex/",
]
LATIN = ["Müller", "José García", "Café", "Größe: 42", "déjà vu", "Ångström", "São Paulo"]


@pytest.mark.parametrize("text", CHINESE)
def test_a_chinese_code_is_read_as_gbk(text: str) -> None:
    assert of_a_code(text.encode("gb18030")) == text


@pytest.mark.parametrize("text", JAPANESE)
def test_a_japanese_code_is_read_as_shift_jis(text: str) -> None:
    assert of_a_code(text.encode("cp932")) == text


@pytest.mark.parametrize("text", LATIN)
def test_a_latin_code_is_left_to_its_reader(text: str) -> None:
    assert of_a_code(text.encode("latin-1")) is None


@given(st.text())
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    assert of_a_code(text.encode()) == text


@given(st.binary())
def test_any_bytes_are_text_or_none(data: bytes) -> None:
    for text in (of_a_code(data), (found := decoded(data)) and found.text):
        assert text is None or isinstance(text, str)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("李娜".encode(), "UTF-8"),
        (codecs.BOM_UTF8 + "李娜".encode(), "UTF-8"),
        ("李娜".encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + "李娜".encode("utf-16-be"), "UTF-16"),
        ("李娜".encode("gb18030"), "GBK"),
    ],
)
def test_a_file_says_by_its_bytes_what_it_is(data: bytes, encoding: str) -> None:
    found = decoded(data)
    assert found is not None
    assert (found.text, found.encoding) == ("李娜", encoding)


@pytest.mark.parametrize(
    "data", ["Jürgen".encode("latin-1"), b"\xff\xfea", b"\x80\x81\xff", b"\xef\xbb\xbf\xff"]
)
def test_what_is_none_of_these_is_none(data: bytes) -> None:
    assert decoded(data) is None
