"""What Python's parser of TOML says is a phrase of ours, with the same words."""

from __future__ import annotations

import ast
import inspect
import tomllib
from collections.abc import Iterator
from importlib import import_module

import pytest

from edge.support.phrases import Phrase
from edge.support.toml_parser_words import parser_words

BROKEN = [
    "[a", "[[a]", "a", "a b", "a = [1", "a = {b = 1", 'a = "x', 'a = "\\q"', 'a = "\\xy"', 'a = "\\u00zz"',
    "a = 2026-02-31T00:00:00", "a = x", "a =", "= 1", "!", "a = 1 b", "a = 1\na = 2", "[a]\n[a]",
    "a = {b = 1, b = 2}", 'a = "x\ny"', "# \x01", "a = {b = 1}\n[a]\nc = 1", "a = 'x", "a = '''x",
    'a = {"it\'s" = 1, "it\'s" = 2}', 'a = "\\ud800"', "a = {b = 1}\na.c = 1", "a = [1]\n[[a]]",
    "[a.b]\n[a]\nb.c = 1",
]  # fmt: skip
SHOWN = {"expect": ("'", "'''")}
"""What stands in a message of the parser, by the variable's name, where it is not any text or key."""


def messages(source: str) -> Iterator[str]:
    """What a parser of that source says of a text: the message of each error with a place in it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Call(func=ast.Name(id="suffixed_err"), args=[_, _, ast.Constant(value=str(message))])
                | ast.Call(func=ast.Name(id="TOMLDecodeError"), args=[ast.Constant(value=str(message)), _, _])
            ):
                yield message
            case (
                ast.Call(func=ast.Name(id="suffixed_err"), args=[_, _, ast.JoinedStr(values=parts)])
                | ast.Call(func=ast.Name(id="TOMLDecodeError"), args=[ast.JoinedStr(values=parts), _, _])
            ):
                yield from filled(parts)


def filled(parts: list[ast.expr]) -> list[str]:
    texts = [""]
    for part in parts:
        values: tuple[str, ...]
        match part:
            case ast.Constant(value=str(text)):
                values = (text,)
            case ast.FormattedValue(value=ast.Name(id=name), conversion=114):
                values = tuple(repr(value) for value in SHOWN.get(name, ("x", "'")))
            case ast.FormattedValue(conversion=114):
                values = (repr("x"), repr("'"))
            case _:
                values = (str(("a",)), str(("a", "it's")))
        texts = [text + value for text in texts for value in values]
    return texts


def test_whatever_this_pythons_parser_says_has_a_rule() -> None:
    source = inspect.getsource(import_module("tomllib._parser"))
    found = [*messages(source)]
    assert len(found) > 20
    assert "Unclosed array" in found
    for message in found:
        said = parser_words(f"{message} (at end of document)")
        assert isinstance(said, Phrase)
        assert isinstance(said.values["rule"], Phrase), message
        assert str(said) == f"{message} (at end of document)"


@pytest.mark.parametrize("text", BROKEN)
def test_a_mistake_is_said_as_the_parser_says_it(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    said = parser_words(str(caught.value))
    assert isinstance(said, Phrase)
    assert isinstance(said.values["rule"], Phrase)
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
