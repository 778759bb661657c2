"""docs/protocol-fields.md: every field of every message, record and event, with its type and its meaning."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import getsource
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from edge.journal.format.body import EVENTS
from edge.signing.cose import fields as shared
from edge.signing.cose.by_type import may_be_unset
from tests.protocol.cddl import Rules, bounds, kebab, meaning, scalar, shared_kinds, written_of
from tests.protocol.sections import SECTIONS, channels_of

_MEANINGS = Path(__file__).with_name("meanings.toml")
_HEAD = Path(__file__).with_name("fields_head.md")


@cache
def meanings() -> Mapping[str, Mapping[str, str]]:
    """What fields mean whose struct does not say it, by struct and field."""
    return tomllib.loads(_MEANINGS.read_text(encoding="utf-8"))


def page() -> str:
    """The whole page."""
    rules = Rules()
    lines = [_HEAD.read_text(encoding="utf-8"), *_shared()]
    for section in SECTIONS:
        lines += (
            ["", f"## {section.title}", "", section.text] if section.text else ["", f"## {section.title}"]
        )
        for kind in section.kinds:
            rules.of(kind)
            for found, _ in rules.taken():
                lines += ["", *(_struct(found) if issubclass(found, msgspec.Struct) else _enum(found))]
    return "\n".join(lines) + "\n"


def structs() -> Iterator[type]:
    """Every struct of the page."""
    rules = Rules()
    for section in SECTIONS:
        for kind in section.kinds:
            rules.of(kind)
            yield from (found for found, _ in rules.taken() if issubclass(found, msgspec.Struct))


def told(cls: type, field: str) -> str:
    """What a field means; empty where nothing says it."""
    own = meanings().get(cls.__name__, {}).get(field)
    return own if own is not None else " ".join(item for item in _sentences(cls) if f"`{field}`" in item)


def _shared() -> Iterator[str]:
    yield from ("## Kinds of fields", "", "| kind | type | |", "|---|---|---|")
    for name, text in shared_kinds().items():
        yield f"| `{kebab(name)}` | `{scalar(inspect.type_info(getattr(shared, name)))}` | {text} |"
    yield "| `real` | `bstr .size 8` | An IEEE 754 double, big-endian, finite; zero is never negative. |"
    yield "| `date`, `time-of-day` | `tstr` | `2026-03-03`, `06:30:00`, in the site's time zone. |"


def _struct(cls: Any) -> Iterator[str]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    names = [field.encode_name for field in info.fields]
    yield f"### {_title(cls)}"
    yield ""
    shape = "an array in this order, " if info.array_like else ""
    where = [f"`{item.channel.value.format('<device>')}`" for item in channels_of(cls)]
    first, *rest = _sentences(cls) or ("",)
    said = [first, *(item for item in rest if not any(f"`{name}`" in item for name in names))]
    yield " ".join(filter(None, [*(f"On {item}." for item in where), *said, _kind(shape, info)]))
    if not names:
        return
    yield from ("", "| field | type | meaning |", "|---|---|---|")
    rules = Rules()
    for field in info.fields:
        kind = rules.type_of(field.type, written_of(cls, field.name))
        more = f", {bounds(field.type)}" if bounds(field.type) else ""
        left_out = cls.__struct_config__.omit_defaults and not field.required and not info.array_like
        may = f" *Left out: {_default(field)}.*" if left_out else ""
        may = " *May be absent.*" if may_be_unset(field) else may
        yield f"| `{field.encode_name}` | `{kind}`{more} | {told(cls, field.encode_name)}{may} |"


def _default(field: inspect.Field) -> str:
    """What a field says that is left out, as it would be in the message."""
    made = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    plain = msgspec.to_builtins(made, builtin_types=(bytes,), order="deterministic")
    return f"`h'{plain.hex()}'`" if isinstance(plain, bytes) else f"`{msgspec.json.encode(plain).decode()}`"


def _kind(shape: str, info: inspect.StructType) -> str:
    words = f"{shape}{'closed' if info.forbid_unknown_fields else 'open'}"
    return f"*{words[0].upper()}{words[1:]}.*"


def _title(cls: Any) -> str:
    kinds = [kind for kind, struct in EVENTS.items() if struct is cls]
    return " ".join([f"`{kebab(cls.__name__)}`", *(f"(kind `{kind}`)" for kind in kinds)])


def _enum(cls: Any) -> Iterator[str]:
    yield f"### `{kebab(cls.__name__)}`"
    yield ""
    if meaning(cls):
        yield " ".join(meaning(cls).split())
        yield ""
    said = dict(re.findall(r'^ +\w+ = "?([^"\n#]+?)"?(?: +# (.+))?$', getsource(cls), flags=re.MULTILINE))
    for item in cls:
        words = said.get(str(item.value), "")
        yield f"- `{item.value}`{': ' + words if words else ''}"


@cache
def _sentences(cls: type) -> tuple[str, ...]:
    """What a struct says of itself, sentence by sentence, in words of the wire."""
    text = " ".join(meaning(cls).split())
    return tuple(item for item in re.split(r"(?<=[.])\s+(?=[A-Z`])", text) if item)
