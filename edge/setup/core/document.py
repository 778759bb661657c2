"""Writes gate.toml: a new one with its comments, or the present one with what was chosen anew.

What somebody changed by hand stays as it is, comments and order included: only keys whose value is another
are touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT, Table

from edge.scanners.configuration import ScannerSection
from edge.setup.core.answers import Answers
from edge.setup.core.comments import leave_after, put_after, put_before, said_after
from edge.setup.core.draft import Draft
from edge.setup.core.places import Places
from edge.support.addresses import without_password
from edge.thermometry.configuration import ThermometerKind, ThermometerSection

_HEAD = """\
# This gate. `gatepost setup` wrote it, and changes in it what you choose anew; the rest, and what you change
# by hand, stays as it is. docs/configuration.md explains every key; `gatepost gate check` looks for mistakes.

[gate]
id = ""                    # its name in the policy
site = ""                  # whose registry it obeys
direction = "entry"        # or exit, or both
language = "zh"            # or en: of prompts for people whom the registry does not name

[vision]
camera = "v4l2:0"          # or /dev/video0, picamera2, rtsp://…, or none: docs/cameras.md
faces = "sface"            # or dlib, or none: a gate that reads codes alone

[lane]
board = "simulated"        # a shipped board's name, or the path of a board file: docs/wiring.md
pins = "simulated"         # gpio: real pins

[registry]
"""
_ANSWERS_HEAD = """\
# What was answered in the last `gatepost setup` of this gate: for the next one, with --answers.
# docs/setup.md explains every key.

"""
_STAFF = "\n# Who may sign in at the staff's pages, and where these ask: docs/staff.md\n[staff]\n"


def new_document(places: Places, *, connected: bool) -> str:
    """The text of a gate.toml in which nothing was chosen; `connected`: a sync process speaks for it."""
    lines = [
        _HEAD,
        f'inbox = "{places.inbox}"\n',
        f'folder = "{places.registry}"\n',
        f'lists = "{places.lists}"\n',
        f'root_key = "{places.root_key}"\n',
        f'template_key = "{places.template_key}"\n',
        f'\n[journal]\npath = "{places.journal}"\n',
        'when_full = "deny"         # or open: what becomes of a grant that cannot be written down\n',
    ]
    if places.staff:
        lines.append(f'{_STAFF}file = "{places.staff}"\nsocket = "{places.staff_socket}"\n')
    text = "".join(lines)
    return connected_document(text, places) if connected else text


def connected_document(text: str, places: Places) -> str:
    """The text with what ties a gate to its sync process: where events, answers and commands go."""
    document = tomlkit.parse(text)
    for table, key, value in (
        ("journal", "acknowledged", places.acknowledged),
        ("journal", "socket", places.journal_socket),
        ("commands", "socket", places.commands_socket),
        ("commands", "update", places.wanted),
        ("commands", "update_result", places.updated),
        ("commands", "update_needs", places.update_toml),
    ):
        if value and key not in _table(document, table):
            _table(document, table)[key] = value
    return tomlkit.dumps(document)


def changed_document(text: str, before: Draft, draft: Draft, places: Places) -> str:
    """The text with every choice in which `draft` differs from `before`. Pages over TLS get a certificate."""
    document = tomlkit.parse(text)
    for table, key, field in _KEYS:
        value = getattr(draft, field)
        if value != getattr(before, field):
            _table(document, table)[key] = str(value)
    if draft.console.startswith("https://"):
        _name_certificate(document, places)
    if draft.voice != before.voice:
        _set_voice(document, draft.voice)
    if draft.screen != before.screen:
        _table(document, "prompts")["screen"] = draft.screen
    if draft.scanner != before.scanner:
        _set_scanners(document, draft.scanner)
    if draft.thermometer != before.thermometer:
        _set_thermometer(document, draft.thermometer)
    return tomlkit.dumps(document)


_KEYS = (
    ("gate", "id", "gate"),
    ("gate", "site", "site"),
    ("gate", "direction", "direction"),
    ("gate", "language", "language"),
    ("gate", "device", "device"),
    ("vision", "camera", "camera"),
    ("vision", "faces", "faces"),
    ("lane", "board", "board"),
    ("lane", "pins", "pins"),
    ("console", "listen", "console"),
)


def _name_certificate(document: TOMLDocument, places: Places) -> None:
    """Where the certificate of the staff's pages lies, unless it says so."""
    console = _table(document, "console")
    if not {"certificate", "key"} & set(console):
        console["certificate"], console["key"] = places.certificate, places.console_key


def _set_voice(document: TOMLDocument, voice: str) -> None:
    prompts = _table(document, "prompts")
    if voice:
        prompts["voice"] = voice
    else:
        prompts.pop("voice", None)


def _set_scanners(document: TOMLDocument, sections: tuple[ScannerSection, ...]) -> None:
    """The tables of scanners, of which those stay that are called as before, or at the same device."""
    there = [one for one in document.get("scanner", ()) if isinstance(one, Table)]
    kept = _of_before(there, sections)
    said = _said_between(there, [table for table in kept if table is not None])
    tables: AoT = tomlkit.aot()
    for section, before in zip(sections, kept, strict=True):
        table = tomlkit.table() if before is None else before
        _update(table, section, {"name", "kind", "device"})
        tables.append(table)
    if sections:
        document["scanner"] = tables
        put_after(tables[-1], said)
    else:
        leave_after(document, "scanner", said)


def _of_before(there: list[Table], sections: tuple[ScannerSection, ...]) -> list[Table | None]:
    """The table that each section has already."""
    left, found = list(there), dict[int, Table]()
    for key in ("name", "device"):
        for index, section in enumerate(sections):
            same = [table for table in left if table.get(key) == getattr(section, key)]
            if index not in found and same:
                found[index] = same[0]
                left = [table for table in left if table is not same[0]]
    return [found.get(index) for index in range(len(sections))]


def _said_between(there: list[Table], kept: list[Table]) -> str:
    """Let what is said after a table that goes stand before the next that stays; return what is left."""
    said = ""
    for table in there:
        if any(table is one for one in kept):
            put_before(table, said)
            said = ""
        else:
            said += said_after(table)
    return said


def _set_thermometer(document: TOMLDocument, section: ThermometerSection) -> None:
    if section.kind is ThermometerKind.NONE:
        there = document.get("thermometer")
        leave_after(document, "thermometer", said_after(there) if isinstance(there, Table) else "")
    else:
        _update(_table(document, "thermometer"), section, {"kind"})


def _update(table: Table, section: msgspec.Struct, always: set[str]) -> None:
    """Say `section` in `table`: only what is another is touched, so that comments stay."""
    told = _told(section, always)
    for key in set(_fields(section)) - set(told):
        table.pop(key, None)
    for key, value in told.items():
        if table.get(key) != value:
            table[key] = value


def _told(section: msgspec.Struct, always: set[str]) -> dict[str, Any]:
    """The fields that are said: those without a default, and those that are another than it."""
    usual = {field.name: field.default for field in msgspec.structs.fields(section)}
    return {
        name: msgspec.to_builtins(value)
        for name, value in msgspec.structs.asdict(section).items()
        if name in always or value != usual[name]
    }


def answers_document(answers: Answers) -> str:
    """The text of a file of answers: what was answered, without what is so anyway."""
    table = {name: value for name, value in msgspec.to_builtins(answers).items() if value is not None}
    if answers.scanner:
        table["scanner"] = [_told(section, {"name", "kind", "device"}) for section in answers.scanner]
    if answers.thermometer is not None:
        table["thermometer"] = _told(answers.thermometer, {"kind"})
    return _ANSWERS_HEAD + tomlkit.dumps(table)


def _fields(section: msgspec.Struct) -> Iterator[str]:
    return (field.name for field in msgspec.structs.fields(section))


def _table(document: TOMLDocument, name: str) -> Table:
    """The table of that name, made at the end where there is none."""
    if name not in document:
        document[name] = tomlkit.table()
    table: Table = document[name]
    return table


def changes(before: str, after: str) -> tuple[str, ...]:
    """What is another in two texts of gate.toml, a line a key: `vision.camera: "none" → "v4l2:0"`."""
    old, new = (_flat(tomlkit.parse(text).unwrap()) for text in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(
        f"{key}: {_shown(old.get(key))} → {_shown(new.get(key))}"
        for key in keys
        if old.get(key) != new.get(key)
    )


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    inner: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        inner = [(f"{key}.{name}" if key else name, one) for name, one in value.items()]
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        inner = [(f"{key}[{index}]", one) for index, one in enumerate(value)]
    else:
        return {key: value}
    return {name: found for place, one in inner for name, found in _flat(one, place).items()}


def _shown(value: Any) -> str:
    return (
        "(not set)"
        if value is None
        else f'"{without_password(value)}"'
        if isinstance(value, str)
        else str(value)
    )
