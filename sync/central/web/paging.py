"""Keyset paging: a page goes on after the last row's key, so that its end is reached at any size."""

from __future__ import annotations

import base64
from typing import TypeVar

import msgspec

from edge.errors import GatepostError
from edge.support.decoding import Undecodable, json_of
from edge.support.phrases import phrase

Key = TypeVar("Key")
_LONGEST = 400


class NoSuchPage(GatepostError):
    """A cursor is none that was given out."""


def cursor_of(key: object) -> str:
    """The key of a row (numbers, texts, a tuple of them) as a part of an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def key_of(cursor: str | None, kind: type[Key]) -> Key | None:
    """The key that a cursor holds; None where there is none. Raises NoSuchPage."""
    if not cursor:
        return None
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return json_of(text, kind)
    except (ValueError, Undecodable):
        raise NoSuchPage(
            phrase("this is not the address of a page of rows"), remedy=phrase("begin at the newest rows")
        ) from None
