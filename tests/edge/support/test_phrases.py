"""Phrases: said in English where they are raised, and in the reader's language where they are read."""

from __future__ import annotations

import pickle
from enum import StrEnum
from gettext import NullTranslations

from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigurationError, GatepostError
from edge.support.phrases import listed, phrase

CHINESE = {
    "no gate %(gate)s at %(site)r": "%(site)r 没有闸口 %(gate)s",
    "cannot be read: %(why)s": "无法读取：%(why)s",
    "%(row)s, %(item)s": "%(row)s、%(item)s",
    "it is %(state)s": "它%(state)s",
    "ask an administrator": "请联系管理员",
}


class _Chinese(NullTranslations):
    def gettext(self, message: str) -> str:
        return CHINESE.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return {("code", "open"): "未结"}.get((context, message), message)


class _State(StrEnum):
    OPEN = "open"


ZH = _Chinese()


def test_a_phrase_reads_as_english_and_is_said_in_the_readers_language() -> None:
    said = phrase("no gate %(gate)s at %(site)r", gate="东门", site="north")
    assert str(said) == f"{said}" == "no gate 东门 at 'north'"
    assert said.said(ZH) == "'north' 没有闸口 东门"


def test_a_text_without_chinese_stays_as_it_is() -> None:
    assert phrase("%(count)s rows", count=3).said(ZH) == "3 rows"


def test_what_stands_in_a_phrase_is_said_with_it() -> None:
    inner = phrase("no gate %(gate)s at %(site)r", gate="1", site="north")
    assert phrase("cannot be read: %(why)s", why=inner).said(ZH) == "无法读取：'north' 没有闸口 1"
    assert phrase("it is %(state)s", state=_State.OPEN).said(ZH) == "它未结"
    assert str(phrase("it is %(state)s", state=_State.OPEN)) == "it is open"
    row = listed(("a", "b", _State.OPEN.value))
    assert phrase("cannot be read: %(why)s", why=row).said(ZH) == "无法读取：a、b、open"


@given(st.text())
def test_no_value_is_read_as_a_format(typed: str) -> None:
    typed += "%(site)s %s %n {0} {gate.__class__}"
    said = phrase("no gate %(gate)s at %(site)r", gate=typed, site="north")
    assert said.said(ZH) == f"'north' 没有闸口 {typed}"
    assert str(said) == f"no gate {typed} at 'north'"


def test_a_phrase_keeps_no_object_and_names_none() -> None:
    said = phrase("cannot be read: %(why)s", why=ValueError("of <_io.BytesIO object at 0x7f00aa>"))
    assert said.values == {"why": "of"}


def test_an_error_has_its_words_in_english_and_as_they_were_given() -> None:
    what = phrase("no gate %(gate)s at %(site)r", gate="1", site="north")
    error = GatepostError(what, where="policy.toml", remedy=phrase("ask an administrator"))
    assert str(error) == "policy.toml: no gate 1 at 'north' (ask an administrator)"
    assert (error.what, error.remedy) == ("no gate 1 at 'north'", "ask an administrator")
    again = error.retold(ConfigurationError, where="other.toml")
    assert type(again) is ConfigurationError
    assert str(again) == "other.toml: no gate 1 at 'north' (ask an administrator)"
    assert again.said[0] is what
    assert pickle.loads(pickle.dumps(error)).said == error.said  # noqa: S301 - our own
