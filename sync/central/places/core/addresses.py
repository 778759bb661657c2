"""Address codes of a site, 3/2/301: building, unit, room. Each has one form, which can hold no name."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from edge.support.phrases import Phrase, phrase


class AddressKind(StrEnum):
    """What an address code names; each but the first lies in the one before."""

    BUILDING = "building"
    UNIT = "unit"
    ROOM = "room"


KINDS = tuple(AddressKind)
CODE_SEPARATOR = "/"

# Letters, digits, and the few characters by which buildings and entrances are told apart: whatever can be
# written with them is no name.
_PART = re.compile(r"[0-9A-Z甲乙丙丁戊东西南北中前后上下]+(?:-[0-9A-Z甲乙丙丁戊东西南北中前后上下]+)?")
_LONGEST_PART = 8
_ENDINGS = {
    AddressKind.BUILDING: ("号楼", "栋", "幢", "座", "楼"),
    AddressKind.UNIT: ("号单元", "单元", "号门", "门"),
    AddressKind.ROOM: ("号房", "号室", "室", "房", "号"),
}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−－", "-"))
_NUMBER = re.compile(r"[0-9]+")
_AS_SPOKEN = re.compile(r"(.+?(?:号楼|栋|幢|座))(.+?单元)(.+)")
_WITH_DASHES = re.compile(r"([^-]+)-([^-]+)-([^-]+)")


class AddressFault(ValueError):
    """Why a text is no address code: which part of it, and what is wrong."""

    def __init__(self, kind: AddressKind, what: Phrase) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind
        self.what = what


def address_code(building: str, unit: str = "", room: str = "") -> str:
    """The code of a building, a unit or a room. Raises AddressFault."""
    texts = (building, unit, room)
    parts = [_part(kind, text) for kind, text in zip(KINDS, texts, strict=True)]
    while parts and not parts[-1]:
        parts.pop()
    for kind, part in zip(KINDS, parts or [""], strict=False):
        if not part:
            raise AddressFault(
                kind,
                phrase("is empty: a room lies in a unit, a unit in a building; write 1 for the only one"),
            )
    return CODE_SEPARATOR.join(parts)


def normal_address(text: str) -> str:
    """The code that a text says: ３号楼/２单元/301室 and 3-2-301 are 3/2/301. Raises AddressFault."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    parts = plain.split(CODE_SEPARATOR)
    if len(parts) == 1 and (whole := _WITH_DASHES.fullmatch(plain) or _AS_SPOKEN.fullmatch(plain)):
        parts = list(whole.groups())
    if len(parts) > len(KINDS):
        raise AddressFault(
            AddressKind.ROOM,
            phrase("%(text)r has %(count)s parts, expected building/unit/room", text=text, count=len(parts)),
        )
    return address_code(*parts)


def kind_of(code: str) -> AddressKind:
    """What a code names."""
    return KINDS[code.count(CODE_SEPARATOR)]


def lies_in(code: str) -> tuple[str, ...]:
    """The codes of the building and the unit that a code lies in."""
    parts = code.split(CODE_SEPARATOR)
    return tuple(CODE_SEPARATOR.join(parts[:count]) for count in range(1, len(parts)))


def in_order(code: str) -> str:
    """What codes are sorted by: as people count, 2 before 10, and a building before its units."""
    return _NUMBER.sub(lambda found: found[0].zfill(_LONGEST_PART), code)


def _part(kind: AddressKind, text: str) -> str:
    part = "".join(unicodedata.normalize("NFKC", text).upper().translate(_DASHES).split())
    for ending in _ENDINGS[kind]:
        if part.endswith(ending) and part != ending:
            part = part.removesuffix(ending)
            break
    if len(part) > _LONGEST_PART:
        raise AddressFault(
            kind,
            phrase(
                "%(part)r and more: at most %(longest)s characters",
                part=part[:_LONGEST_PART],
                longest=_LONGEST_PART,
            ),
        )
    if part and not _PART.fullmatch(part):
        raise AddressFault(
            kind, phrase("%(text)r is no code: digits and letters, as 3, 2A or 东", text=text.strip())
        )
    return _NUMBER.sub(lambda found: found[0].lstrip("0") or "0", part)
