"""What Python's parser of TOML says is a phrase of ours, with the same words."""

from __future__ import annotations

import tomllib

import pytest

from edge.support.phrases import Phrase
from edge.support.toml_parser_words import parser_words

BROKEN = [
    "[a", "[[a]", "a", "a b", "a = [1", "a = {b = 1", 'a = "x', 'a = "\\q"', 'a = "\\xy"', 'a = "\\u00zz"',
    "a = 2026-02-31T00:00:00", "a = x", "a =", "= 1", "!", "a = 1 b", "a = 1\na = 2", "[a]\n[a]",
    "a = {b = 1, b = 2}", 'a = "x\ny"', "# \x01", "a = {b = 1}\n[a]\nc = 1",
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_mistake_is_said_as_the_parser_says_it(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = parser_words(str(caught.value))
    assert isinstance(said, Phrase)
    assert str(said) == str(caught.value)


def test_each_mistake_has_its_place_and_its_rule_as_phrases() -> None:
    said = parser_words("Expected '=' after a key in a key/value pair (at line 2, column 3)")
    assert isinstance(said, Phrase)
    assert (said.values["line"], said.values["column"]) == ("2", "3")
    assert isinstance(said.values["rule"], Phrase)
    ended = parser_words("Unclosed array (at end of document)")
    assert isinstance(ended, Phrase)
    assert isinstance(ended.values["rule"], Phrase)


@pytest.mark.parametrize("said", ["", "maximum recursion depth exceeded", "Something new: 100%"])
def test_what_another_version_says_stays_as_it_says_it(said: str) -> None:
    assert str(parser_words(said)) == said
