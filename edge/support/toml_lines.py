"""Finds the line of a value in TOML text, with the parser itself."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

Key = tuple[str | int, ...]
"""The path to a value: names of tables and keys, and indexes in lists."""

_MOST_LINES = 200
"""Lines of one value: an error in a longer one is reported without its line."""


def key_text(key: Key) -> str:
    """`key` as a person writes it: access[1].days."""
    text = ""
    for step in key:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def line_of(text: str, key: Key) -> int | None:
    """The line (from 1) on which the value at `key`, or its nearest parent, begins; None: unknown.

    The shortest prefix of lines that already contains the value ends with it; the value begins after the
    longest shorter prefix that parses by itself.
    """
    lines = text.split("\n")
    whole = _read(lines)
    key = () if whole is None else key[: _steps(whole, key)]
    if not key:
        return None
    try:
        ends = bisect_left(range(len(lines)), True, key=lambda count: _knows(lines, count, key))
        return _readable(lines, ends - 1)[0] + 1
    except _TooLong:
        return None


class _TooLong(Exception):
    """A value spans more lines than are searched for its line number."""


def _knows(lines: Sequence[str], count: int, key: Key) -> bool:
    return _steps(_readable(lines, count)[1], key) == len(key)


def _readable(lines: Sequence[str], count: int) -> tuple[int, Any]:
    """The longest prefix of at most `count` lines that parses: its length and its table."""
    for shorter in range(count, max(count - _MOST_LINES, -1), -1):
        table = _read(lines[:shorter])
        if table is not None:
            return shorter, table
    raise _TooLong


def _read(lines: Sequence[str]) -> Any:
    try:
        return tomllib.loads("\n".join(lines).replace("\r\n", "\n").rstrip("\r"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _steps(value: Any, key: Key) -> int:
    """How many steps of `key` exist in `value`."""
    for count, step in enumerate(key):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return count
    return len(key)
