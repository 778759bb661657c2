"""msgspec's errors in plain words: the key, what is expected there, and what was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import msgspec
from msgspec import inspect

from edge.support.phrases import Phrase, Said, Value, WrongValue, phrase, placed_at
from edge.support.toml_lines import Key, key_text

_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?P<of_a_key>`key` in )?`\$(?P<key>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]+|\.\.\.)\]")
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_EXPECTED = re.compile(
    r"Expected `(?P<wanted>[^`]*)`"
    r"(?:, got `(?P<got>[^`]*)`| of length (?P<length>[^`]*)| matching regex (?P<regex>.*)"
    r"| (?P<bound>[<>]=? [^`]*))?",
    re.DOTALL,
)
_OUTSIDE = re.compile(r"Expected `[a-z]+` (?:[<>]=?|matching|of length) .*", re.DOTALL)
_CHOICE = re.compile(r"Invalid enum value (?P<got>.*)", re.DOTALL)
_WHOLE, _NUMBER = phrase("a whole number"), phrase("a number")
_TYPES = {
    "str": phrase("text"),
    "int": _WHOLE,
    "float": _NUMBER,
    "bool": phrase("true or false"),
    "object": phrase("a table"),
    "array": phrase("a list"),
    "null": phrase("nothing"),
}
_OTHERWISE = {
    "Invalid RFC3339 encoded time": phrase("invalid RFC3339 encoded time"),
    "Invalid RFC3339 encoded date": phrase("invalid RFC3339 encoded date"),
    "Invalid RFC3339 encoded datetime": phrase("invalid RFC3339 encoded datetime"),
    "Integer value out of range": phrase("integer value out of range"),
}
_ANY = "..."
"""What msgspec writes for a key of a table with arbitrary keys."""


def in_words(error: Exception, kind: Any = None) -> Said:
    """The key and what is wrong with its value; names the choices where the expected `kind` is given.

    Of an error that msgspec did not raise at a value, what it says.
    """
    key = _steps_of(_parts(error)["key"] or "")
    what = description_of(error, kind, key, None)
    return placed_at(what, key_text(_with_field(error, key)).replace(f".{_ANY}", ".*"))


def key_of(
    error: msgspec.ValidationError, table: Any, kind: Any, dec_hook: Callable[[type, Any], Any] | None
) -> Key:
    """The path to the invalid value in `table`; msgspec leaves out arbitrary keys, so they are found here."""
    key = _steps_of(_parts(error)["key"] or "")
    for index, step in enumerate(key):
        if step != _ANY:
            continue
        holder = _at(table, key[:index])
        for name in holder if isinstance(holder, dict) else ():
            alone = _with(table, key[:index], {name: holder[name]})
            try:
                msgspec.convert(alone, kind, dec_hook=dec_hook)
            except msgspec.ValidationError as again:
                if str(again) == str(error):
                    key = (*key[:index], name, *key[index + 1 :])
                    break
    return _with_field(error, key)


def description_of(error: Exception, kind: Any, key: Key, table: Any) -> Said:
    """What is wrong with the value at `key`, without the key."""
    what = _parts(error)["what"] or ""
    field, choice = _FIELD.fullmatch(what), _CHOICE.fullmatch(what)
    if field is not None:
        known = "" if kind is None else _fields(_wanted(kind, key[:-1]))
        return _about_a_field(known, is_missing=field["what"].startswith("missing"))
    wanted = _wanted(kind, key, of_a_key=bool(_parts(error)["of_a_key"])) if kind is not None else None
    choices = _choices(wanted)
    if choice is not None and choices:
        return phrase("%(got)s is not one of: %(choices)s", got=choice["got"], choices=choices)
    expected = _range(wanted)
    if _OUTSIDE.fullmatch(what) and expected:
        value = _at(table, key)
        if type(value) in {int, float}:
            return phrase("expected %(expected)s, got %(value)s", expected=expected, value=str(value))
        return phrase("expected %(expected)s", expected=expected)
    return _raised(error, what) or _plain(what)


def _about_a_field(known: str, *, is_missing: bool) -> Phrase:
    if is_missing:
        return phrase("missing")
    return phrase("unknown field; known: %(known)s", known=known) if known else phrase("unknown field")


def _raised(error: Exception, what: str) -> Phrase | None:
    """Why a check refused the value, which msgspec tells as a text."""
    cause = error.__cause__
    return cause.said if isinstance(cause, WrongValue) and str(cause) == what else None


# --- the way -----------------------------------------------------------------------------------


def _parts(error: Exception) -> Mapping[str, str | None]:
    match = _PLACE.fullmatch(str(error))
    return match.groupdict() if match else {"what": str(error), "key": "", "of_a_key": None}


def _steps_of(key: str) -> Key:
    return tuple(name or (int(index) if index.isdigit() else _ANY) for name, index in _STEP.findall(key))


def _with_field(error: Exception, key: Key) -> Key:
    field = _FIELD.fullmatch(_parts(error)["what"] or "")
    return key if field is None else (*key, field["name"])


def _at(value: Any, key: Key) -> Any:
    for step in key:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _with(value: Any, key: Key, inner: Any) -> Any:
    """A copy of `value` with `inner` at `key`."""
    if not key:
        return inner
    copy = value.copy()
    copy[key[0]] = _with(value[key[0]], key[1:], inner)
    return copy


# --- what is wanted ----------------------------------------------------------------------------


def _wanted(kind: Any, key: Key, *, of_a_key: bool = False) -> list[inspect.Type]:
    """The types that may stand at `key` of a `kind`."""
    types = _each(inspect.type_info(kind))
    for step in key:
        types = [inner for holder in types for inner in _inside(holder, step)]
    if of_a_key:
        types = [
            inner
            for holder in types
            if isinstance(holder, inspect.DictType)
            for inner in _each(holder.key_type)
        ]
    return types


def _inside(holder: inspect.Type, step: str | int) -> list[inspect.Type]:
    match holder:
        case inspect.StructType():
            return [
                kind for field in holder.fields if field.encode_name == step for kind in _each(field.type)
            ]
        case inspect.DictType():
            return _each(holder.value_type)
        case inspect.TupleType() if isinstance(step, int) and step < len(holder.item_types):
            return _each(holder.item_types[step])
        case inspect.CollectionType():
            return _each(holder.item_type)
        case _:
            return []


def _each(kind: inspect.Type) -> list[inspect.Type]:
    """A type's alternatives; one with a description of its own is not taken apart.

    With a title, the description is of what a parameter does, and not of its values.
    """
    if isinstance(kind, inspect.Metadata) and not _described(kind):
        return _each(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [one for inner in kind.types for one in _each(inner)]
    return [kind]


def _described(kind: inspect.Type) -> str:
    """What a kind is described by, as the text of a phrase."""
    said = (kind.extra_json_schema or {}) if isinstance(kind, inspect.Metadata) else {}
    return "" if "title" in said else str(said.get("description", "")).replace("%", "%%")


def _range(wanted: list[inspect.Type] | None) -> Phrase | None:
    for kind in wanted or ():
        if _described(kind):
            return Phrase(_described(kind), {})
        if isinstance(kind, inspect.IntType | inspect.FloatType):
            return _bounds(kind)
    return None


def _bounds(kind: inspect.IntType | inspect.FloatType) -> Phrase | None:
    said: list[Value] = []
    if kind.gt is not None:
        said.append(phrase("above %(bound)s", bound=_shown(kind.gt)))
    if kind.ge is not None:
        said.append(phrase("from %(bound)s", bound=_shown(kind.ge)))
    if kind.lt is not None:
        said.append(phrase("below %(bound)s", bound=_shown(kind.lt)))
    if kind.le is not None:
        most = _shown(kind.le)
        said.append(
            phrase("at most %(bound)s", bound=most)
            if kind.gt is not None
            else phrase("to %(bound)s", bound=most)
        )
    if not said:
        return None
    name = _WHOLE if isinstance(kind, inspect.IntType) else _NUMBER
    if len(said) == 1:
        return phrase("%(name)s %(bound)s", name=name, bound=said[0])
    if kind.gt is not None:
        return phrase("%(name)s %(one)s and %(other)s", name=name, one=said[0], other=said[1])
    return phrase("%(name)s %(one)s %(other)s", name=name, one=said[0], other=said[1])


def _shown(bound: Any) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def _choices(wanted: list[inspect.Type] | None) -> str:
    known = [
        str(choice)
        for kind in wanted or ()
        for choice in (
            [member.value for member in kind.cls]
            if isinstance(kind, inspect.EnumType)
            else kind.values
            if isinstance(kind, inspect.LiteralType)
            else ()
        )
    ]
    return ", ".join(known)


def _fields(wanted: list[inspect.Type]) -> str:
    known = [
        field.encode_name for kind in wanted if isinstance(kind, inspect.StructType) for field in kind.fields
    ]
    return ", ".join(known)


def _plain(what: str) -> Said:
    """What a library says, by a phrase of ours where it is one of its usual sentences."""
    found = _EXPECTED.fullmatch(what)
    if found is None:
        return _OTHERWISE.get(what) or _in_our_types(what)
    wanted = _in_words(found["wanted"])
    if found["got"]:
        return phrase("expected %(wanted)s, got %(got)s", wanted=wanted, got=_in_words(found["got"]))
    if found["length"]:
        return phrase("expected %(wanted)s of length %(length)s", wanted=wanted, length=found["length"])
    if found["regex"]:
        return phrase("expected %(wanted)s matching regex %(regex)s", wanted=wanted, regex=found["regex"])
    if found["bound"]:
        return phrase("expected %(wanted)s %(bound)s", wanted=wanted, bound=found["bound"])
    return phrase("expected %(wanted)s", wanted=wanted)


def _in_our_types(what: str) -> str:
    """`what` with names of types in words, and a small first letter (but of JSON): it follows a colon."""
    words = re.sub(r"`([^`]*)`", lambda match: str(_in_words(match[1])), what)
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _in_words(types: str) -> Value:
    names: list[Value] = [_TYPES.get(name.strip(), name.strip()) for name in types.split("|")]
    return reduce(lambda one, other: phrase("%(one)s or %(other)s", one=one, other=other), names)
