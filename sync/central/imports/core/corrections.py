"""Offers what a cell of a list was probably meant to say: full-width signs, dates, blanks in ids. PURE.

An offer is never taken by itself. Where two meanings are possible (03/04/2026), nothing is offered.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import date

from sync.central.places.core import CODE_SEPARATOR, AddressFault, normal_address

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_STROKE_BETWEEN_DIGITS = re.compile(r"(?<=\d)[一ー](?=\d)")
_DATES = (
    re.compile(r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
    re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})"),
)
_ROOM = re.compile(
    r"(?P<building>[0-9A-Za-z]+)(?:栋|幢|座|号楼|楼|号)(?:(?P<unit>[0-9A-Za-z]+)单元)?(?P<room>[0-9A-Za-z]+)(?:室|房|号)?"
)
_STATUSES = {
    "绿": "green", "绿码": "green", "g": "green",
    "黄": "yellow", "黄码": "yellow", "y": "yellow",
    "红": "red", "红码": "red", "r": "red",
    "无": "absent", "无码": "absent", "none": "absent",
    "过期": "expired", "查询失败": "failed", "查询超时": "timeout",
}  # fmt: skip
_MOMENTS = frozenset({"valid_from", "valid_until"})
_MOST_ROUNDS = 4
"""What is made usual once can become unusual by it, in rare scripts."""


def offered(column: str, text: str) -> str | None:
    """What `text` in `column` was probably meant to say; None where there is no one answer."""
    meant, before = _meant(column, text), text
    for _ in range(_MOST_ROUNDS):
        if not meant or meant == before:
            break
        meant, before = _meant(column, meant), meant
    return meant if meant and meant not in {text, ""} and meant == before else None


def _meant(column: str, text: str) -> str:
    usual = unicodedata.normalize("NFKC", text).strip()
    if column == "id":
        return _dashed("".join(usual.split()))
    if column in _MOMENTS:
        return _day(_dashed("".join(usual.split())))
    if column == "status":
        return _STATUSES.get(usual.lower(), usual.lower())
    if column == "address":
        return _room("".join(usual.split()))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in usual).split())


def _dashed(text: str) -> str:
    return _STROKE_BETWEEN_DIGITS.sub("-", text.translate(_DASHES))


def _day(text: str) -> str:
    """The day that `text` names, in ISO 8601; empty where there is none, or where it may be one of two."""
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found:
            year, month, day = (int(found[name]) for name in ("year", "month", "day"))
            if pattern is _DATES[2] and month > 12 >= day:
                month, day = day, month
            elif pattern is _DATES[2] and day <= 12 and day != month:
                return ""  # the day or the month may come first
            try:
                return date(year, month, day).isoformat()
            except ValueError:
                return ""
    return ""


def _room(text: str) -> str:
    """The code of a room that is written with words, as 8栋2单元301 for 8/2/301; a building without units has
    one.
    """
    found = _ROOM.fullmatch(text)
    if found is not None:
        return CODE_SEPARATOR.join((found["building"], found["unit"] or "1", found["room"]))
    if CODE_SEPARATOR in text:
        with suppress(AddressFault):
            return normal_address(text)
    return _dashed(text)
