"""Writes docs/console-protocol.md from the messages: `python -m tests.edge.staff.protocol_page`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import EnumMeta
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from edge.boards.files import load_board
from edge.configuration import GateConfiguration, GateSection
from edge.decision import Policy
from edge.devices.clock import SystemClock
from edge.journal.configuration import JournalSection
from edge.registry.configuration import RegistrySection
from edge.runtime.rights_here import RightsHere
from edge.staff.accounts_file import AccountsFile
from edge.staff.acts import Acts
from edge.staff.asking import Table
from edge.staff.corrections import Corrections
from edge.staff.doubts.face_doubts import FaceDoubts
from edge.staff.doubts.requests import DoubtRequests
from edge.staff.enrolment.factory import NOT_HERE
from edge.staff.hashing import Pins
from edge.staff.installer.hardware import Hardware
from edge.staff.installer.workshop import Workshop
from edge.staff.manage import Manage
from edge.staff.near_misses import NearMisses
from edge.staff.passkeys import Passkeys
from edge.staff.people import people_requests_of
from edge.staff.ports import GateFacts, GatePorts, StaffedLane
from edge.staff.presses import Presses
from edge.staff.protocol import Answer
from edge.staff.refusals import SAID
from edge.staff.screen import ScreenLanguage
from edge.staff.service import TOPIC_RIGHTS
from edge.staff.sessions import Sessions
from edge.staff.side import Parts, table_of
from edge.staff.sign_in import StaffSignIn
from edge.staff.staffing import Staffing
from edge.staff.views.published import Published
from edge.support.calls import Calls
from edge.support.storage import REAL_STORAGE

PAGE = Path(__file__).resolve().parents[3] / "docs" / "console-protocol.md"
_HEAD = Path(__file__).with_name("head.md")
_PLAIN: dict[Any, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    NoneType: "null",
    msgspec.Raw: "any value",
}
_MOST_VALUES = 8


def requests() -> Table:
    """The table of a gate that nobody asks anything."""
    clock = SystemClock(lambda: None, lambda: True)
    gate = GatePorts(
        *("main", "site", "zh", "0"),
        clock,
        record=lambda _: cast("Any", None),
        note=lambda _: None,
        lane=cast("StaffedLane", None),
        policy=Policy,
        holdings=lambda: None,
        locked_by_centre=lambda: "",
        verdict_of=lambda _: cast("Any", None),
        rights=RightsHere(),
        entropy=bytes,
        facts=cast("GateFacts", None),
    )
    sessions = Sessions(clock.monotonic, bytes)
    file = AccountsFile(Path("staff.db"), REAL_STORAGE, clock.monotonic)
    staffing = Staffing(file, sessions, gate, Calls(lambda: None))
    pins = Pins(bytes)
    sign_in, manage = StaffSignIn(staffing, pins, gate), Manage(staffing, pins)
    passkeys = Passkeys(None, staffing, sign_in, clock.monotonic)
    acts, corrections, presses = Acts(gate, None), Corrections(gate), Presses(gate)
    near_misses = NearMisses(gate)
    doubts = DoubtRequests(FaceDoubts(Path(), gate.holdings), gate, Path("journal.sqlite"))
    people = people_requests_of(Path(), gate, Path("journal.sqlite"))
    workshop = Workshop(gate, _no_hardware(), Published(0), tuple)
    requests = (sign_in, passkeys, manage, acts, corrections, presses, near_misses, doubts, people, workshop)
    enrolment, screen = NOT_HERE.table, ScreenLanguage(lambda _: None)
    return table_of(Parts(gate, staffing, lambda: True, *requests, enrolment, screen))


def _no_hardware() -> Hardware:
    configuration = GateConfiguration(
        GateSection("main", "site"),
        RegistrySection(Path("inbox"), Path("registry"), Path("root"), Path("key")),
        JournalSection(Path("journal")),
    )
    board = load_board("simulated")
    return Hardware(configuration, board, dict, lambda: True, lambda: None, lambda _: None, tuple)


def page() -> str:
    """The whole page."""
    return _HEAD.read_text(encoding="utf-8") + "\n".join(_generated()) + "\n"


def _generated() -> Iterator[str]:
    yield from ("| code | what it says | what to do |", "|---|---|---|")
    for why, (text, remedy) in SAID.items():
        yield f"| `{why}` | {text} | {remedy} |"
    yield from ("", "## Topics of `Watch`", "", "| topic | right |", "|---|---|")
    for topic, right in TOPIC_RIGHTS.items():
        yield f"| `{topic}` | {_right(right)} |"
    yield from ("", "## Requests", "", "| type | right | what it does | fields |", "|---|---|---|---|")
    for message, handled in requests().items():
        yield f"| `{message.__name__}` | {_right(handled.right)} | {_meaning(message)} | {_fields(message)} |"
    yield from ("", "## Answers", "", "| type | what it says | fields |", "|---|---|---|")
    answers = get_args(Answer)
    for answer in answers:
        yield f"| `{answer.__name__}` | {_meaning(answer)} | {_fields(answer)} |"
    yield from ("", "Inside answers:", "", "| type | what it says | fields |", "|---|---|---|")
    for inner in sorted(
        {found for answer in answers for found in _inside(answer)}, key=lambda one: one.__name__
    ):
        yield f"| `{inner.__name__}` | {_meaning(inner)} | {_fields(inner)} |"


def _right(right: str | None) -> str:
    return "anybody" if right is None else f"`{right}`"


def _meaning(message: type) -> str:
    return " ".join((inspect.getdoc(message) or "").split())


def _fields(message: type) -> str:
    return "; ".join(_field(field) for field in fields(cast("Any", message)))


def _field(field: FieldInfo) -> str:
    optional = "" if field.required else ", or left out"
    return f"`{field.encode_name}`: {_type(field.type)}{optional}"


def _type(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type(inner[0])
    if isinstance(kind, UnionType) or origin is Union:
        return " or ".join(_type(item) for item in inner)
    if origin in {tuple, dict}:
        return f"list of {_type(inner[0])}" if origin is tuple else f"table of {_type(inner[1])}"
    values = inner if origin is Literal else tuple(kind) if isinstance(kind, EnumMeta) else ()
    if 0 < len(values) <= _MOST_VALUES:
        return " or ".join(f"`{value}`" for value in values)
    named = _PLAIN.get(kind) or str(kind.__name__)
    return f"`{named}`" if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else named.lower()


def _inside(message: type) -> Iterator[type]:
    for field in fields(cast("Any", message)):
        for kind in _parts(field.type):
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in get_args(Answer):
                yield kind
                yield from _inside(kind)


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    for inner in get_args(kind):
        yield from _parts(inner)


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
