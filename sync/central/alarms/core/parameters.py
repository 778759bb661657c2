"""The parameters of a kind of rule as fields of a form, made from the struct `Settings`; and what a form
says, read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import inspect

from edge.support.phrases import Phrase, listed, phrase
from sync.central.alarms.core.kinds import SILENT, AlarmKind
from sync.central.alarms.core.rules import SHIPPED, Settings

UNITS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3600, "day": 86400}
"""In what a time is said, in seconds."""
UNIT_WORDS = {"s": phrase("s"), "min": phrase("min"), "h": phrase("h"), "day": phrase("days")}
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Parameter:
    """One parameter: what it is called and does (English, for gettext), its kind of value, its bounds (of a
    number, or of how many texts), and its value in the rule that Gatepost comes with.
    """

    name: str
    title: str
    description: str
    sort: str  # number, time, flag, texts
    least: int
    most: int
    default: Any


@dataclass(frozen=True)
class ReadForm:
    """What a form said: the settings as far as they are right, and what is wrong, by parameter."""

    settings: Settings
    wrong: Mapping[str, Phrase] = field(default_factory=dict)


def parameters_of(kind: AlarmKind) -> tuple[Parameter, ...]:
    """The parameters that a rule of this kind has, in the order of the struct."""
    shipped = SHIPPED[kind].settings
    found = []
    for each in _FIELDS:
        meta = each.type
        extra = meta.extra or {}
        said = meta.extra_json_schema or {}
        if kind not in extra.get("kinds", [kind]) or (extra.get("not_silent") and kind in SILENT):
            continue
        least, most, sort = _bounds(meta.type, extra)
        default = getattr(shipped, each.name)
        found.append(Parameter(each.name, said["title"], said["description"], sort, least, most, default))
    return tuple(found)


def in_unit(seconds: int) -> tuple[int, str]:
    """A time in the largest unit that says it whole."""
    if not seconds:
        return 0, "min"
    name = next(unit for unit in reversed([*UNITS]) if seconds % UNITS[unit] == 0)
    return seconds // UNITS[name], name


def said_time(seconds: int) -> Phrase:
    """A time in words: 5 min."""
    number, unit = in_unit(seconds)
    return phrase("%(number)s %(unit)s", number=number, unit=UNIT_WORDS[unit])


def read(kind: AlarmKind, said: Mapping[str, str], before: Settings) -> ReadForm:
    """The settings that a form says: a value by the name of its parameter, a unit by that and `_unit`. What
    the kind has no parameter for stays as it was `before`.
    """
    values = msgspec.structs.asdict(before)
    wrong: dict[str, Phrase] = {}
    for each in parameters_of(kind):
        value = _value(each, said)
        if isinstance(value, Phrase):
            wrong[each.name] = value
        else:
            values[each.name] = value
    return ReadForm(msgspec.convert(values, Settings), wrong)


# --- inside --------------------------------------------------------------------------------

_FIELDS = inspect.type_info(Settings).fields  # type: ignore[attr-defined]


def _bounds(kind: Any, extra: Mapping[str, Any]) -> tuple[int, int, str]:
    match kind:
        case inspect.BoolType():
            return 0, 1, "flag"
        case inspect.IntType():
            return kind.ge or 0, kind.le or 0, "time" if extra.get("unit") == "s" else "number"
        case inspect.VarTupleType():
            return kind.min_length or 0, kind.max_length or 0, "texts"
    raise TypeError(f"no form shows a {kind}")


def _value(each: Parameter, said: Mapping[str, str]) -> Any:
    text = said.get(each.name, "").strip()
    match each.sort:
        case "flag":
            return bool(text)
        case "texts":
            return _texts(each, text)
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        return phrase("a whole number is expected here, got %(got)s", got=text[:20] or "–")
    value = int(text)
    if each.sort == "time":
        unit = said.get(f"{each.name}_unit", "")
        if unit not in UNITS:
            return phrase("a unit is expected here: %(units)s", units=listed(UNIT_WORDS.values()))
        value *= UNITS[unit]
    if not each.least <= value <= each.most:
        return _outside(each, value)
    return value


def _outside(each: Parameter, value: int) -> Phrase:
    least, most, got = (said_time(of) if each.sort == "time" else of for of in (each.least, each.most, value))
    return phrase("%(least)s to %(most)s is expected here, got %(got)s", least=least, most=most, got=got)


def _texts(each: Parameter, text: str) -> Any:
    found = tuple(part for line in text.splitlines() for part in map(str.strip, line.split(",")) if part)
    try:
        msgspec.convert({each.name: found}, Settings)
    except msgspec.ValidationError:
        return phrase("%(most)s at most, of 1 to 64 characters each", most=each.most)
    return found
