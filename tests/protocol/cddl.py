"""CDDL (RFC 8610) from the structs: types, bounds, patterns, which fields may be left out, open or closed."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from inspect import cleandoc, getsource
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import inspect

from edge.signing.cose import fields as shared
from edge.signing.cose.by_type import may_be_unset

_WIDTH = 108
_MOST_REPEATED = 1000
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_SHARED = (inspect.IntType, inspect.StrType, inspect.BytesType)
_PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "any",
    inspect.BoolType: "bool",
    inspect.NoneType: "null",
    inspect.FloatType: "real",
    inspect.DateTimeType: "microseconds",
    inspect.DateType: "date",
    inspect.TimeType: "time-of-day",
}


class Rules:
    """Collects the rules of structs and of all that is in them, each once, in the order of first use."""

    def __init__(self) -> None:
        self._found: dict[type, str] = {}
        self._names: dict[str, type] = {}

    def of(self, kind: Any) -> str:
        """The CDDL of a type; what it names is among the rules afterwards."""
        return self._type(inspect.type_info(kind), "")

    def type_of(self, kind: inspect.Type, written: str) -> str:
        """As `of`, of the type of a field; `written` is its annotation."""
        return self._type(kind, written)

    def taken(self) -> Iterator[tuple[type, str]]:
        """What was found since this was last asked, with its rule."""
        found, self._found = self._found, dict.fromkeys(self._found, "")
        return ((kind, rule) for kind, rule in found.items() if rule)

    def _type(self, kind: inspect.Type, written: str) -> str:
        """The CDDL of a type; `written` is the annotation that it stands in."""
        if isinstance(kind, inspect.Metadata):
            return self._type(kind.type, written)
        names = _shared_names().get(repr(kind))
        if names:
            used = set(re.findall(r"\w+", written))
            written_so = [name for name in names if name in used]
            if written_so or not isinstance(kind, inspect.BytesType):
                return kebab([*written_so, *names][0])
        return self._composed(kind, written)

    def _composed(self, kind: inspect.Type, written: str) -> str:
        told = ""
        match kind:
            case inspect.StructType() | inspect.EnumType():
                told = self._named(kind.cls, kind)
            case inspect.UnionType():
                told = " / ".join(self._type(item, written) for item in kind.types)
            case inspect.LiteralType():
                told = " / ".join(f'"{value}"' for value in kind.values)
            case inspect.TupleType():
                told = f"[{', '.join(self._type(item, written) for item in kind.item_types)}]"
            case (
                inspect.VarTupleType()
                | inspect.ListType()
                | inspect.SetType()
                | inspect.FrozenSetType() as many
            ):
                told = f"[{_occurs(many)} {self._grouped(many.item_type, written)}]"
            case inspect.DictType():
                told = (
                    f"{{{_occurs(kind)} {self._type(kind.key_type, written)} => "
                    f"{self._type(kind.value_type, written)}}}"
                )
        return told or scalar(kind)

    def _grouped(self, kind: inspect.Type, written: str) -> str:
        told = self._type(kind, written)
        return f"({told})" if " / " in told else told

    def _named(self, cls: type, kind: inspect.StructType | inspect.EnumType) -> str:
        name = kebab(cls.__name__)
        if self._names.setdefault(name, cls) is not cls:
            raise ValueError(f"two kinds of thing are called {name}: {self._names[name]} and {cls}")
        if cls not in self._found:
            self._found[cls] = ""  # its place is before what is in it, which may be itself
            rule = self._struct(kind) if isinstance(kind, inspect.StructType) else _enum(cls)
            self._found[cls] = f"{comment(meaning(cls))}{name} = {rule}\n"
        return name

    def _struct(self, kind: inspect.StructType) -> str:
        left_out = bool(kind.cls.__struct_config__.omit_defaults)
        lines = [f'  {kind.tag_field}: "{kind.tag}",'] if kind.tag_field else []
        for field in kind.fields:
            absent = may_be_unset(field) or (left_out and not field.required)
            optional = "? " if absent and not kind.array_like else ""
            told = self._type(field.type, written_of(kind.cls, field.name))
            lines.append(f"  {optional}{field.encode_name}: {told},{_bounds(field.type)}")
        if not kind.forbid_unknown_fields:
            lines.append("  * any," if kind.array_like else "  * tstr => any,")
        opened, closed = "[]" if kind.array_like else "{}"
        return "\n".join([opened, *lines, closed]) if lines else opened + closed


def scalar(kind: inspect.Type) -> str:
    """The CDDL of a number, a text, bytes or another plain value."""
    match kind:
        case inspect.IntType():
            return _integer(kind)
        case inspect.StrType():
            return _text(kind)
        case inspect.BytesType():
            return f"bstr{_size(kind.min_length, kind.max_length)}"
    return _PLAIN[type(kind)]


def shared_rules() -> str:
    """The rules of the kinds of fields that many structs share."""
    rules = []
    for name, text in shared_kinds().items():
        told = scalar(inspect.type_info(getattr(shared, name)))
        rules.append(f"{comment(text)}{kebab(name)} = {told}\n")
    return "\n".join(rules)


def shared_kinds() -> dict[str, str]:
    """The kinds of fields that many structs share, with what is said of each."""
    said = _docstrings_of_names()
    names = [name for same in _shared_names().values() for name in same]
    return {name: said.get(name, "") for name in names}


def meaning(cls: type) -> str:
    """What a struct or an enum says of itself in words of the wire, a line for each of its paragraphs."""
    text = re.sub(r"\bNone\b", "null", cleandoc(vars(cls).get("__doc__") or ""))
    values = _values()
    text = re.sub(
        r"\b[A-Z][A-Z_]+\b", lambda word: word[0].lower() if word[0].lower() in values else word[0], text
    )
    return "\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


@cache
def _values() -> frozenset[str]:
    """The values of all our enums."""
    ours = [kind for kind in StrEnum.__subclasses__() if kind.__module__.startswith(("edge.", "sync."))]
    return frozenset(str(item) for kind in ours for item in kind)


def written_of(cls: type, field: str) -> str:
    """The annotation of a struct's field, as it is written."""
    return next((str(base.__annotations__[field]) for base in cls.__mro__ if field in _annotations(base)), "")


def _annotations(cls: type) -> dict[str, Any]:
    return dict(vars(cls).get("__annotations__", {}))


def comment(text: str) -> str:
    """`text` as lines of a CDDL comment; nothing where there is none."""
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, _WIDTH - 2)]
    return "".join(f"; {line}\n" for line in lines)


def kebab(name: str) -> str:
    """`JournalBatch` as `journal-batch`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _enum(cls: Any) -> str:
    values = [str(item.value) if isinstance(item.value, int) else f'"{item.value}"' for item in cls]
    line = " / ".join(values)
    return line if len(line) < _WIDTH - 30 else "(\n  " + " /\n  ".join(values) + "\n)"


def _integer(kind: inspect.IntType) -> str:
    least = kind.ge if kind.ge is not None else None if kind.gt is None else kind.gt + 1
    most = kind.le if kind.le is not None else None if kind.lt is None else kind.lt - 1
    if least is None and most is None:
        return "integer"
    if most is None:
        return f"{least}..9223372036854775807"
    return f"{-(2**63) if least is None else least}..{most}"


def _text(kind: inspect.StrType) -> str:
    if kind.pattern is None:
        return "tstr" if kind.max_length is None else _characters(kind.min_length or 0, kind.max_length)
    pattern = kind.pattern.removeprefix(r"\A").removesuffix(r"\Z").replace(_CONTROL, r"\p{Cc}")
    least, most = kind.min_length or 0, kind.max_length
    if pattern == r"[^\x00]*":
        return _characters(least, most or 0)
    repeated = re.fullmatch(r"(\[[^\]]+\])([*+])", pattern)
    if repeated and most is not None:
        least = max(least, 1 if repeated[2] == "+" else 0)
        pattern = f"{repeated[1]}{{{least},{most}}}"
    if r"\x" in pattern:
        raise ValueError(f"{kind.pattern!r} cannot be written as a regular expression of XML Schema")
    return f"tstr .regexp {msgspec.json.encode(pattern).decode()}"


def _characters(least: int, most: int) -> str:
    """A text of so many characters, whichever; `.size` counts bytes, and readers bound what is repeated."""
    any_one = r"[\\s\\S]"
    if most <= _MOST_REPEATED:
        return f'tstr .regexp "{any_one}{{{least},{most}}}"'
    half = most // 2
    return f'tstr .regexp "{any_one}{{{least},{half}}}{any_one}{{0,{most - half}}}"'


def _size(least: int | None, most: int | None) -> str:
    if most is None:
        return "" if least is None else f" .size ({least}..4294967295)"
    return f" .size {most}" if least == most else f" .size ({least or 0}..{most})"


def _occurs(kind: Any) -> str:
    least, most = kind.min_length or 0, kind.max_length
    if most is None:
        return "*" if least == 0 else "+" if least == 1 else f"{least}*"
    return f"{least}*{most}"


def _bounds(kind: inspect.Type) -> str:
    """The bounds of a real number, as a comment: its 8 bytes have none."""
    inner = kind.type if isinstance(kind, inspect.Metadata) else kind
    told = bounds(inner)
    return f" ; {told}" if told else ""


def bounds(kind: inspect.Type) -> str:
    """The bounds of a real number (also of one that may be null) in words of mathematics."""
    if isinstance(kind, inspect.UnionType):
        return " ".join(filter(None, map(bounds, kind.types)))
    if not isinstance(kind, inspect.FloatType):
        return ""
    signs = ((">=", kind.ge), (">", kind.gt), ("<=", kind.le), ("<", kind.lt))
    return " and ".join(f"{sign} {value:g}" for sign, value in signs if value is not None)


def _annotated() -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(shared).items()
        if name[0].isupper() and hasattr(value, "__metadata__") and name != "Annotated"
    }


@cache
def _shared_names() -> dict[str, list[str]]:
    """The names of each shared kind of field: two may be of the same range and mean another thing."""
    names: dict[str, list[str]] = {}
    for name, kind in _annotated().items():
        info = inspect.type_info(kind)
        if isinstance(info, _SHARED):
            names.setdefault(repr(info), []).append(name)
    return names


@cache
def _docstrings_of_names() -> dict[str, str]:
    """The text below each name of a kind of field."""
    body = ast.parse(getsource(shared)).body
    return {
        ast.unparse(item.targets[0]): " ".join(str(text.value.value).split())
        for item, text in pairwise(body)
        if isinstance(item, ast.Assign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def all_rules(rules: Rules, kinds: Iterable[Any]) -> str:
    """The rules of `kinds` and of what is in them that no one asked for before."""
    for kind in kinds:
        rules.of(kind)
    return "\n".join(rule for _, rule in rules.taken())
