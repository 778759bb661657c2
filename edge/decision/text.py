"""A sentence to a person, in the two languages that every gate speaks."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """What a person reads and hears: why, and what to do."""

    zh: str
    en: str
