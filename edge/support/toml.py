"""TOML files that a person wrote: bounded, typed, every mistake in words with its key and line."""

from __future__ import annotations

import codecs
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edge.errors import ConfigurationError
from edge.support.files import read_bounded
from edge.support.phrases import Phrase, Said, WrongValue, phrase, placed_at
from edge.support.toml_lines import Key, key_text, line_of
from edge.support.toml_parser_words import parser_words
from edge.support.toml_words import description_of, key_of

MOST_BYTES = 256 * 1024

_Kind = TypeVar("_Kind")
Hook = Callable[[type, Any], Any]
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""The byte order marks that editors write."""


@dataclass(frozen=True)
class Document:
    """A file's table, with the text it was parsed from, so that a mistake can be located."""

    where: str
    table: Any
    text: str = ""

    def place(self, key: Key) -> Said:
        """The file, and the line on which the value at `key` (or its nearest parent) begins."""
        line = line_of(self.text, key)
        return self.where if line is None else _in_line(self.where, line)

    def mistake(self, key: Key, what: Said, remedy: Said = "") -> ConfigurationError:
        """The error to raise about the value at `key`."""
        return ConfigurationError(placed_at(what, key_text(key)), where=self.place(key), remedy=remedy)


def load_toml(path: Path, kind: type[_Kind], remedy: str, *, missing: str = "") -> _Kind:
    """What the file `path` says as `kind`; relative paths in it are taken from its own folder.

    Raises ConfigurationError that names file, line and key: with `remedy` for what is wrong in it, with
    `missing` where there is no such file.
    """
    return typed(read_toml(path, remedy=missing), kind, remedy, paths_beside(path))


def read_toml(path: Path, *, remedy: str = "") -> Document:
    """The document in the file `path`; raises ConfigurationError, with `remedy` where it cannot be opened."""
    try:
        data = read_bounded(path, MOST_BYTES, follow=True)  # a pipe there would keep a start waiting
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path), remedy=remedy) from None
    return toml_in(data, str(path))


def toml_in(data: bytes, where: str) -> Document:
    """The document in a file's bytes, with or without a byte order mark; raises ConfigurationError."""
    if len(data) > MOST_BYTES:
        raise ConfigurationError(phrase("larger than %(most)s bytes", most=MOST_BYTES), where=where)
    encoding = next((codec for mark, codec in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
        document = Document(where, tomllib.loads(text), text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            phrase("not UTF-8"), where=_in_line(where, line), remedy=phrase("save it as UTF-8")
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(
            phrase("not TOML: %(why)s", why=parser_words(str(error))), where=where
        ) from None
    _refuse_endless(document)
    return document


def typed(document: Document, kind: type[_Kind], remedy: Said, dec_hook: Hook | None = None) -> _Kind:
    """The document as a `kind`; raises ConfigurationError that names key, line and choices in words."""
    try:
        return msgspec.convert(document.table, kind, dec_hook=dec_hook)
    except msgspec.ValidationError as error:
        key = key_of(error, document.table, kind, dec_hook)
        raise document.mistake(key, description_of(error, kind, key, document.table), remedy) from None


def paths_beside(file: Path) -> Hook:
    """A msgspec hook that decodes paths written in `file`: relative ones start at the file's folder."""
    folder = file.resolve().parent

    def decode(kind: type, value: Any) -> object:
        if kind is not Path or not isinstance(value, str):
            if kind is Path:
                raise WrongValue(phrase("expected a path, in quotes"))
            raise TypeError(f"expected {kind.__name__}, in quotes")
        if not value.strip() or not value.isprintable():
            raise WrongValue(phrase("not a path: it is empty or contains unprintable characters"))
        try:
            return folder / Path(value).expanduser()
        except RuntimeError:
            raise WrongValue(phrase("not a path: there is no such user")) from None

    return decode


def _in_line(where: str, line: int) -> Phrase:
    return phrase("%(where)s, line %(line)s", where=where, line=line)


def _refuse_endless(document: Document) -> None:
    """Raise ConfigurationError for `nan` and `inf`, which TOML allows and no range intends."""
    found: list[tuple[Any, Key]] = [(document.table, ())]
    while found:
        value, key = found.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise document.mistake(key, phrase("expected a number, got %(value)s", value=str(value)))
        if isinstance(value, dict):
            found.extend((inner, (*key, name)) for name, inner in value.items())
        elif isinstance(value, list):
            found.extend((inner, (*key, index)) for index, inner in enumerate(value))
