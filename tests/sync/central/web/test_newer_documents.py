"""Documents in columns, as a newer version of the centre writes them: a word, a field, a kind more.

What a column holds is read off its comment in `tables.py`, and what there is in it off the types themselves.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import cbor2
import msgspec
import pytest
import sqlalchemy as sa
from msgspec import inspect

import sync.central
from edge.web.routes import Route
from sync.central.adoption.tables import gate_invitation
from sync.central.schema import metadata
from sync.central.units import HOUR
from sync.gate_invitation import GatePart
from sync.gate_invitation import code as codes
from tests.sync.central.web.addresses import FORMS, NOT_ASKED
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.api.test_api import BODIES, OPERATIONS, PURPOSE, at, body_of, span_of
from tests.sync.central.web.conftest import Console, console_over_copy
from tests.sync.central.web.test_leaks import ROUTES, address_of, answered
from tests.sync.central.web.test_newer import UNKNOWN, has_row

Column = tuple[str, str]


class More(StrEnum):
    """What a newer version has more of."""

    WORD = "word"  # of a list, and a kind of something that has a tag
    FIELD = "field"


_NAMED = re.compile(
    r'(?:^\w+ = Table\(\s*"(?P<table>\w+)")'
    r'|(?:Column\(\s*"(?P<column>\w+)",\s*(?:LargeBinary|JSON|Text)\b(?P<rest>.*?)(?=Column\(|Index\(|^\)))',
    re.MULTILINE | re.DOTALL,
)
_TYPE = re.compile(r"#.*?\b((?:sync|edge)(?:\.\w+)+)\.([A-Z]\w*)")


def documents() -> dict[Column, Any]:
    """The type of what each column holds whose comment names one."""
    found = {}
    for file in sorted(Path(sync.central.__file__).parent.rglob("tables.py")):
        table = ""
        for match in _NAMED.finditer(file.read_text()):
            table = match["table"] or table
            said = _TYPE.search(match["rest"] or "")
            if said and is_document(metadata.tables[table].c[match["column"]]):
                found[table, match["column"]] = getattr(import_module(said[1]), said[2])
    return found


def ours() -> dict[Column, Any]:
    """Those of the centre alone."""
    return {
        each: kind
        for each, kind in documents().items()
        if not getattr(kind, "__module__", "").startswith("edge.")
    }


def is_document(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.JSON | sa.LargeBinary)


OPAQUE = {
    **dict.fromkeys(("hash", "previous", "digest", "set_sha256", "mark", "fingerprint"), "a digest"),
    **dict.fromkeys(("token", "salt", "code", "handle", "id", "epoch", "reference", "nonce"), "random bytes"),
    **dict.fromkeys(("message_key", "public_key", "issuer", "challenge"), "of a key"),
    **dict.fromkeys(("body", "key", "value"), "the gates' own: the protocol says what they are"),
    **dict.fromkeys(("data", "paper", "proof", "words"), "a file, or sealed: given out as it is"),
    "answer": "what a program was answered: given out as it is",
}
"""Columns of bytes that are no document, by their names, unless their comment names a type."""
LOOSE: Mapping[Column, str] = {
    ("device", "lists"): "versions by name",
    ("device", "health"): "codes and figures",
    ("alarm_cue", "evidence"): "figures",
    ("alarm_cue", "values"): "codes and figures",
    ("alarm", "evidence"): "figures",
    ("alarm", "values"): "codes and figures",
    ("alarm", "seen"): "figures",
    ("alarm_step", "values"): "codes and figures",
    ("change_set", "basis"): "marks by name",
    ("erasure", "erased"): "figures by name",
    ("upload", "fixes"): "figures",
    ("report_schedule", "addresses"): "addresses",
    ("history_sum", "counts"): "read where `form` says that this version knows them",
    ("history_sum", "people"): "as counts",
    ("audit_entry", "detail"): "codes and figures",
}
"""Documents of no type: every text of them may be another."""


OTHER = {"/approvals/1/what-if": {404}}
"""What is not answered as it was: nobody here knows what a change of a newer version would do."""
MADE_AGAIN: Mapping[Column, str] = {("upload", "plan"): "of the list itself, by who imports it"}
"""What is written anew when it is used, and so as this version knows it."""


def test_what_every_column_holds_is_said() -> None:
    typed = documents()
    found = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if is_document(column)
    }
    unsaid = {each for each in found - typed.keys() - LOOSE.keys() if each[1] not in OPAQUE}
    assert not unsaid, "name the type in the column's comment, or say what it is in LOOSE or OPAQUE"
    assert len(typed) > 12


def test_every_type_that_a_comment_names_is_there() -> None:
    named = {
        (said[1], said[2])
        for file in Path(sync.central.__file__).parent.rglob("tables.py")
        for said in _TYPE.finditer(file.read_text())
    }
    assert len(named) > 40
    assert [each for each in named if not hasattr(import_module(each[0]), each[1])] == []


# --- how a newer version writes them -------------------------------------------------------------


def newer(value: Any, kind: inspect.Type | None, more: More) -> Any:
    """A document as a newer version would write it; of no type (None) every text is another."""
    if isinstance(kind, inspect.Metadata | inspect.UnionType):
        return newer(value, kind.type if isinstance(kind, inspect.Metadata) else _of_union(kind, value), more)
    if isinstance(kind, inspect.EnumType) and isinstance(value, str):
        return UNKNOWN if more is More.WORD and _is_ours(kind.cls) else value
    if isinstance(kind, inspect.StructType | inspect.DataclassType):
        return _newer_fields(value, kind, more)
    return _newer_parts(value, kind, more)


def _newer_parts(value: Any, kind: inspect.Type | None, more: More) -> Any:
    if isinstance(value, list):
        inner = getattr(kind, "item_type", None if kind is None else kind)
        items = getattr(kind, "item_types", (inner,) * len(value))
        return [newer(each, item, more) for each, item in zip(value, items, strict=False)]
    if isinstance(value, dict):
        inner = getattr(kind, "value_type", None)
        keyed = partial(newer, kind=getattr(kind, "key_type", inspect.StrType()), more=more)
        told = {keyed(name): newer(each, inner, more) for name, each in value.items()}
        another = next(iter(value.values()), UNKNOWN)
        return told | ({UNKNOWN: another} if kind is None and more is More.FIELD else {})
    is_text = kind is None and isinstance(value, str) and more is More.WORD
    return UNKNOWN if is_text else value


def _newer_fields(value: Any, kind: inspect.StructType | inspect.DataclassType, more: More) -> Any:
    if isinstance(value, list) and not getattr(kind, "array_like", False):
        return [newer(each, kind, more) for each in value]  # a row of them
    if not _is_ours(kind.cls):
        return value
    types = {each.encode_name: each.type for each in kind.fields}
    if isinstance(value, list):
        row = [newer(each, of, more) for each, of in zip(value, types.values(), strict=False)]
        return [*row, *([UNKNOWN] if more is More.FIELD else [])]
    told = {name: newer(each, types.get(name, inspect.AnyType()), more) for name, each in value.items()}
    tag = getattr(kind, "tag_field", None)
    if tag and more is More.WORD:
        told[tag] = UNKNOWN
    return told | ({UNKNOWN: UNKNOWN} if more is More.FIELD else {})


def _of_union(kind: inspect.UnionType, value: Any) -> inspect.Type:
    """Which of the types it is; of a row of them, of the first."""
    if value is None:
        return inspect.NoneType()
    first = value[0] if isinstance(value, list) and value else value
    for each in kind.types:
        tag = getattr(each, "tag_field", None)
        if tag and isinstance(first, dict) and first.get(tag) == each.tag:  # type: ignore[attr-defined]
            return each
    return next((each for each in kind.types if not isinstance(each, inspect.NoneType)), kind.types[0])


def _is_ours(kind: type) -> bool:
    """Whether it is the centre's: of what gates read the protocol says which words there are."""
    return kind.__module__.startswith("sync.")


def _json(data: bytes) -> Any:
    return msgspec.json.decode(data)


CODECS: Mapping[Column, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]] = {
    ("upload", "plan"): (
        lambda data: msgspec.msgpack.decode(zlib.decompress(data)),
        lambda value: zlib.compress(msgspec.msgpack.encode(value)),
    ),
    ("report", "value"): (cbor2.loads, partial(cbor2.dumps, canonical=True)),
}
"""How a column of bytes is read and written where it is not JSON."""


def rewritten(connection: sa.Connection, column: Column, kind: inspect.Type | None, more: More) -> int:
    """Write each document of a column as a newer version would; returns how many became other ones."""
    table, changed = metadata.tables[column[0]], 0
    held = table.c[column[1]]
    keys = [*table.primary_key.columns]
    is_bytes = isinstance(held.type, sa.LargeBinary)
    is_text = isinstance(held.type, sa.Text)
    read, write = CODECS.get(column, (_json, msgspec.json.encode))
    for row in connection.execute(sa.select(*keys, held.label("document"))).all():
        if not row.document:
            continue
        value = read(row.document) if is_bytes or is_text else row.document
        told = newer(value, kind, more)
        if told != value:
            changed += 1
            stored = write(told) if is_bytes else write(told).decode() if is_text else told
            those = sa.and_(*(key == row._mapping[key.name] for key in keys))
            connection.execute(sa.update(table).where(those).values({column[1]: stored}))
    return changed


def kept(console: Console) -> dict[Column, list[Any]]:
    """Every document as it lies there."""
    found = {}
    with console.store.reading() as connection:
        for name, column in {**ours(), **LOOSE}:
            table = metadata.tables[name]
            query = sa.select(table.c[column]).order_by(*table.primary_key.columns)
            found[name, column] = [*connection.execute(query).scalars()]
    return found


def lost(before: Mapping[Column, list[Any]], after: Mapping[Column, list[Any]]) -> dict[Column, list[str]]:
    """The documents that are not as they were, by column."""
    gone = {each: Counter(map(repr, lay)) - Counter(map(repr, after[each])) for each, lay in before.items()}
    return {each: [*count] for each, count in gone.items() if count}


# --- the town, written by a newer version ---------------------------------------------------------


Places = list[tuple[Route[Any], str]]
Told = tuple[int, bool]


@pytest.fixture(params=list(More))
def newer_town(request: pytest.FixtureRequest, console: Console) -> Places:
    """Where its routes lead in a town whose documents a newer version wrote."""
    places = [(route, address_of(route, console)) for route in ROUTES if is_asked(route)]
    fill(console)
    written = write(console, request.param)
    assert {each for each, count in written.items() if count} >= TRIED[request.param], "it is not tried"
    return places


def test_pages_and_programs_are_answered_and_every_document_is_kept(
    console: Console, newer_town: Places
) -> None:
    client, program = console.client(), token_client(console, 1)
    before = kept(console)
    for route, address in newer_town:
        if route.method == "GET":
            status, _ = answered(client, route, address)
            assert status in OTHER.get(address, {200, 303}), f"{address}: {status}"
    for operation in OPERATIONS:
        if operation.method == "GET":
            path = at(console.town, operation.path)
            answer = program.get(path, headers=PURPOSE, **span_of(console.town, path))
            assert answer.status_code == 200, f"{path}: {answer.text}"
    assert lost(before, kept(console)) == {}


@pytest.mark.parametrize("by", ["page", "program"])
def test_what_is_asked_to_be_done_is_answered_as_it_was(
    console: Console,
    newer_town: Places,
    town_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by: str,
) -> None:
    """As in a town without a newer version; and no document is lost that is not there, too."""
    monkeypatch.setitem(codes._COST, "n", 2)  # what stretches a code takes a tenth of a second each time
    (tmp_path / "before").mkdir()
    with console_over_copy(town_file, tmp_path / "before") as plain:
        places = [(route, address_of(route, plain)) for route in ROUTES if is_asked(route)]
        fill(plain)
        wanted, ended = all_asked(plain, places, by)
    told, gone = all_asked(console, newer_town, by)
    assert len(told) > 20
    assert {asked: said for asked, said in told.items() if said != wanted[asked]} == {}
    assert {each for each, count in gone.items() if count != ended.get(each)} <= MADE_AGAIN.keys()


def all_asked(console: Console, places: Places, by: str) -> tuple[dict[str, Told], dict[Column, int]]:
    """What is told of everything that can be asked to be done, and how many documents that does away with."""
    before = kept(console)
    told = by_page(console, places) if by == "page" else by_program(console)
    return told, {column: len(those) for column, those in lost(before, kept(console)).items()}


def by_page(console: Console, places: Places) -> dict[str, Told]:
    """What is told of everything that the pages can be asked to do."""
    client = console.client()
    client.headers["accept-language"] = "en"
    return {
        route.path: as_told(*answered(client, route, address))
        for route, address in places
        if route.method == "POST"
    }


def by_program(console: Console) -> dict[str, Told]:
    """What is told of everything that a program can ask to be done."""
    found, program = {}, token_client(console, 1)
    for operation in OPERATIONS:
        if operation.method == "POST":
            path = at(console.town, operation.path)
            sent = body_of(console.town, operation.path) | span_of(console.town, path)
            answer = program.post(path, headers=PURPOSE, **sent)
            found[operation.path] = as_told(answer.status_code, answer.text)
    return found


def as_told(status: int, text: str) -> Told:
    """The status, and whether a code that was made is said not to lie at the door."""
    return status, "No standby" in text


def is_asked(route: Route[Any]) -> bool:
    return (route.method, route.path) not in NOT_ASKED


def write(console: Console, more: More) -> dict[Column, int]:
    """Write every document as a newer version would; returns how many became others."""
    typed = {each: inspect.type_info(kind) for each, kind in ours().items()}
    every: dict[Column, inspect.Type | None] = {**typed, **dict.fromkeys(LOOSE)}
    with console.store.writing() as connection:
        return {each: rewritten(connection, each, kind, more) for each, kind in every.items()}


def fill(console: Console) -> None:
    """See that there is one of each document."""
    shift = {"name": "early", "days": ["monday"], "start": "06:00", "end": "14:00"}
    figures = {"why": "x", "times": 2}
    told = {
        ("employer", "shifts"): [shift],
        ("alarm", "values"): figures,
        ("alarm_cue", "values"): figures,
        ("alarm_step", "values"): figures,
        ("alarm_rule", "settings"): {"after": 60},
        ("device", "health"): {"alarms": ["camera"], "refused": 0},
        ("device", "lists"): {"trust": 3},
        ("upload", "take"): ["status"],
        ("erasure", "erased"): {"subject": 1},
    }
    with console.store.writing() as connection:
        for form in (FORMS["/gate-invitations"], BODIES["/api/sites/{site}/gate-invitations"]):
            invite_before(connection, console, form["gate"])
        for (name, column), value in told.items():
            has_row(connection, metadata.tables[name], console)
            connection.execute(sa.update(metadata.tables[name]).values({column: value}))


def invite_before(connection: sa.Connection, console: Console, gate: str) -> None:
    """Have a gate be invited that is invited again."""
    site = console.town.site.file.id
    part = GatePart("x", site, gate, "entry", "zh", "broker.example.org", 8883, "key")
    values = {
        "site": site,
        "gate": gate,
        "device": f"{site}.{gate}",
        "proof": gate.encode(),
        "part": msgspec.json.encode(part),
        "replaces": False,
        "made_at": console.town.now,
        "made_by": "何静",
        "until": console.town.now + HOUR,
    }
    connection.execute(sa.insert(gate_invitation).values(values))


TRIED: Mapping[More, set[Column]] = {
    More.WORD: {
        ("change_set", "content"),
        ("change_set", "grounds"),
        ("upload", "plan"),
        ("upload", "take"),
        ("report", "value"),
        ("alarm", "values"),
        ("alarm_step", "values"),
        ("audit_entry", "detail"),
        ("device", "health"),
    },
    More.FIELD: {
        ("alarm_rule", "settings"),
        ("change_set", "grounds"),
        ("change_set", "content"),
        ("employer", "shifts"),
        ("gate_invitation", "part"),
        ("what_if_answer", "answer"),
        ("upload", "plan"),
        ("report", "value"),
        ("device", "lists"),
        ("erasure", "erased"),
    },
}
"""The documents that are other ones then, at least."""
