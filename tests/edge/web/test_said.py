"""An error's words in the language of a page."""

from __future__ import annotations

from gettext import NullTranslations

from edge.errors import GatepostError
from edge.support.phrases import phrase
from edge.web.said import said_of

CHINESE = {
    "there is no site %(site)r": "没有小区 %(site)r",
    "change %(number)s": "变更 %(number)s",
    "ask again": "请重新提请",
    "%(where)s: %(what)s": "%(where)s：%(what)s",
    "%(what)s (%(remedy)s)": "%(what)s（%(remedy)s）",
    "%(what)s. %(remedy)s": "%(what)s。%(remedy)s",
}
ERROR = GatepostError(
    phrase("there is no site %(site)r", site="north"),
    where=phrase("change %(number)s", number=7),
    remedy=phrase("ask again"),
)


class _Chinese(NullTranslations):
    def gettext(self, message: str) -> str:
        return CHINESE.get(message, message)


def test_an_error_is_said_in_either_language() -> None:
    said = said_of(ERROR, _Chinese())
    assert (said.what, said.where, said.remedy) == ("没有小区 'north'", "变更 7", "请重新提请")
    assert said.placed == "变更 7：没有小区 'north'"
    assert said.sentences == "没有小区 'north'。请重新提请"
    assert str(said) == "变更 7：没有小区 'north'（请重新提请）"
    assert str(said_of(ERROR, NullTranslations())) == str(ERROR)


def test_what_is_no_phrase_is_said_as_it_was_raised() -> None:
    said = said_of(GatepostError("holds 100 %\u202e", where="a.toml"), _Chinese())
    assert (said.placed, said.sentences) == ("a.toml：holds 100 %\u202e", "holds 100 %\u202e。")
    assert str(said) == r"a.toml：holds 100 %\u202e"
