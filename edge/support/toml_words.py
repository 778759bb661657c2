"""msgspec's errors in plain words: the key, what is expected there, and what was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from edge.support.toml_lines import Key, key_text

_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?P<of_a_key>`key` in )?`\$(?P<key>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]+|\.\.\.)\]")
_FIELD = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_OUTSIDE = re.compile(r"Expected `[a-z]+` (?:[<>]=?|matching|of length) .*", re.DOTALL)
_CHOICE = re.compile(r"Invalid enum value (?P<got>.*)", re.DOTALL)
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "nothing",
}
_ANY = "..."
"""What msgspec writes for a key of a table with arbitrary keys."""


def in_words(error: Exception, kind: Any = None) -> str:
    """The key and what is wrong with its value; names the choices where the expected `kind` is given.

    Of an error that msgspec did not raise at a value, what it says.
    """
    key = _steps_of(_parts(error)["key"] or "")
    what = description_of(error, kind, key, None)
    return ": ".join(filter(None, (key_text(_with_field(error, key)).replace(f".{_ANY}", ".*"), what)))


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


def description_of(error: Exception, kind: Any, key: Key, table: Any) -> str:
    """What is wrong with the value at `key`, without the key."""
    what = _parts(error)["what"] or ""
    field, choice = _FIELD.fullmatch(what), _CHOICE.fullmatch(what)
    if field is not None:
        known = "" if kind is None else _fields(_wanted(kind, key[:-1]))
        missing = field["what"].startswith("missing")
        return "missing" if missing else "unknown field" + (f"; known: {known}" if known else "")
    wanted = _wanted(kind, key, of_a_key=bool(_parts(error)["of_a_key"])) if kind is not None else None
    if choice is not None:
        return f"{choice['got']} is not one of: {_choices(wanted)}" if _choices(wanted) else _plain(what)
    if _OUTSIDE.fullmatch(what) and _range(wanted):
        value = _at(table, key)
        got = f", got {value}" if type(value) in {int, float} else ""
        return f"expected {_range(wanted)}{got}"
    return _plain(what)


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
    """A type's alternatives; one with a description of its own is not taken apart."""
    if isinstance(kind, inspect.Metadata) and not _described(kind):
        return _each(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [one for inner in kind.types for one in _each(inner)]
    return [kind]


def _described(kind: inspect.Type) -> str:
    return (
        str((kind.extra_json_schema or {}).get("description", ""))
        if isinstance(kind, inspect.Metadata)
        else ""
    )


def _range(wanted: list[inspect.Type] | None) -> str:
    for kind in wanted or ():
        if _described(kind):
            return _described(kind)
        if isinstance(kind, inspect.IntType | inspect.FloatType):
            most = "at most" if kind.gt is not None else "to"
            bounds = [
                f"{word} {bound:g}" if isinstance(bound, float) else f"{word} {bound}"
                for word, bound in (
                    ("above", kind.gt),
                    ("from", kind.ge),
                    ("below", kind.lt),
                    (most, kind.le),
                )
                if bound is not None
            ]
            name = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            joined = f"{' and '.join(bounds)}" if kind.gt is not None else " ".join(bounds)
            return f"{name} {joined}" if bounds else ""
    return ""


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


def _plain(what: str) -> str:
    """`what` with names of types in words, and a small first letter (but of JSON): it follows a colon."""
    words = re.sub(r"`([^`]*)`", lambda match: _in_words(match[1]), what)
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _in_words(types: str) -> str:
    return " or ".join(_TYPES.get(name.strip(), name.strip()) for name in types.split("|"))
