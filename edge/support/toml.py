"""Files in TOML that a person wrote: bounded, typed, every mistake in words and named by its key."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edge.errors import ConfigurationError

MOST_BYTES = 256 * 1024

_Kind = TypeVar("_Kind")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""What editors put in front of a text to say its encoding."""

_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<key>[^`]*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "nothing",
}


def read_toml(path: Path, *, remedy: str = "") -> dict[str, Any]:
    """The table in the file `path`; raises ConfigurationError, with `remedy` where there is no such file."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(path), remedy=remedy) from None
    return toml_in(data, str(path))


def toml_in(data: bytes, where: str) -> dict[str, Any]:
    """The table in a file's bytes, with or without a byte order mark; raises ConfigurationError."""
    if len(data) > MOST_BYTES:
        raise ConfigurationError(f"larger than {MOST_BYTES} bytes", where=where)
    encoding = next((codec for mark, codec in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return tomllib.loads(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        place = f"{where}, line {line}"
        raise ConfigurationError("not UTF-8", where=place, remedy="save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"not TOML: {error}", where=where) from None


def typed(
    table: object,
    kind: type[_Kind],
    where: str,
    remedy: str,
    dec_hook: Callable[[type, Any], Any] | None = None,
) -> _Kind:
    """`table` as `kind`; raises ConfigurationError that names the key, in words."""
    try:
        return msgspec.convert(table, kind, dec_hook=dec_hook)
    except msgspec.ValidationError as error:
        raise ConfigurationError(in_words(error), where=where, remedy=remedy) from None


def in_words(error: msgspec.ValidationError) -> str:
    """What msgspec says of a value, as a person would, behind the key that it says it of."""
    match = _PLACE.fullmatch(str(error))
    what, key = (match["what"], match["key"] or "") if match else (str(error), "")
    key = key.replace("[...]", ".*").strip(".")
    field = _FIELD.fullmatch(what)
    if field is not None:
        key = ".".join(filter(None, (key, field["name"])))
        what = "missing" if field["what"].startswith("missing") else "unknown field"
    return ": ".join(filter(None, (key, _plain(what))))


def _plain(what: str) -> str:
    """Names of types in words, and a small letter at the begin: it follows a colon."""
    words = re.sub(r"`([^`]*)`", lambda match: _in_words(match[1], _TYPES), what)
    return words[:1].lower() + words[1:]


def _in_words(types: str, names: Mapping[str, str]) -> str:
    return " or ".join(names.get(name.strip(), name.strip()) for name in types.split("|"))
