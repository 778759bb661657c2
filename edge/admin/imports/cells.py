"""One cell of a table: its text, and the type that a spreadsheet gave it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Made(StrEnum):
    """The type that a spreadsheet gave an entry, where it may differ from what was entered."""

    TEXT = "text"
    WHOLE = "a whole number"
    LONG = "a number of more than 15 digits, of which a spreadsheet loses the last"
    REAL = "a number with a decimal point"
    MOMENT = "a date or time"
    SPAN = "a span of time"
    TRUTH = "true or false"


class Cell(msgspec.Struct, frozen=True, array_like=True):
    text: str
    made: Made = Made.TEXT
