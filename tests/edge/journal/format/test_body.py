"""What events say: one struct a kind, the same bytes each way, strict about noise, lenient to later kinds."""

from __future__ import annotations

import math
import struct
import types
from datetime import UTC, datetime
from enum import EnumMeta
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from edge.cli.answers import encoded
from edge.decision import ClockTrust, Crowding, Direction, Outcome, PassbackKind, WallTime
from edge.journal.format import (
    MOST_BODY_BYTES,
    AccessDecided,
    AntiPassback,
    CameraStateEvent,
    CodeFlood,
    CommandTaken,
    Entry,
    Event,
    GateStarted,
    GateStopped,
    JournalSalvaged,
    LaneEvent,
    LaneHeldOpenByStaff,
    LanePassed,
    LaneRepeated,
    OccupancyReset,
    OccupancyWarned,
    RegistryRefused,
    UnknownEvent,
    following,
    pass_used_up,
    stored_decision,
    understood,
)
from edge.journal.format.body import EVENTS, body_of, content_of, read_event
from edge.journal.format.described import table_of_kinds
from edge.journal.format.kinds import EventKind
from edge.signing.cose import encode_value, instant
from edge.signing.cose.fields import EARLIEST, LATEST
from edge.support.decoding import Undecodable, json_of
from tests.cbor_by_hand import written
from tests.conftest import REPOSITORY
from tests.events import decided
from tests.examples import tried

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
_TWO = struct.pack(">d", 2.0)
EVERY = sorted(EVENTS.values(), key=lambda event: event.kind)


def test_every_kind_has_one_struct_and_every_struct_one_kind() -> None:
    assert set(EVENTS) == {*EventKind, *LaneEvent}
    assert len(set(EVENTS.values())) == len(EventKind) + len(LaneEvent)
    assert all(event.kind == kind for kind, event in EVENTS.items())


@pytest.mark.parametrize("event", EVERY, ids=lambda event: event.kind)
def test_a_struct_says_what_it_means_and_is_a_value(event: type[Event]) -> None:
    assert (event.__doc__ or "").strip().endswith(".")
    assert event.__struct_config__.frozen
    assert not event.__struct_config__.forbid_unknown_fields, "a later version adds fields"


# --- the bytes ---------------------------------------------------------------------------------

_BODIES: list[tuple[Event, dict[str, Any]]] = [
    (GateStarted("1.0", "ab12", None), {"version": "1.0", "registry": None, "configuration": "ab12"}),
    (
        RegistryRefused("signature", "not signed", 3),
        {"text": "not signed", "times": 3, "reason": "signature"},
    ),
    (CameraStateEvent("gone", "why"), {"state": "gone", "detail": "why"}),
    (CameraStateEvent("gone", "why", times=2), {"state": "gone", "times": 2, "detail": "why"}),
    (
        OccupancyWarned(Crowding.WARNED, 2, None, "counted"),
        {"level": "warned", "limit": None, "inside": 2, "certainty": "counted"},
    ),
    (OccupancyReset("2026-03-02", "2026-03-03", 4), {"to": "2026-03-03", "from": "2026-03-02", "inside": 4}),
    (
        AntiPassback("ann", Direction.ENTRY, PassbackKind.SOFT, NOON, "main"),
        {
            "gate": "main",
            "rule": "soft",
            "before": 1_772_539_200_000_000,
            "subject": "ann",
            "direction": "entry",
        },
    ),
    (
        CommandTaken("00ff", "open_once", "", "mei", "aa", 7),
        {
            "actor": "mei",
            "nonce": "00ff",
            "issuer": "aa",
            "command": "open_once",
            "counter": 7,
            "argument": "",
        },
    ),
    (
        JournalSalvaged("j.1", 7, {"ab": ((3, 4),)}),
        {"kept": 7, "damaged": "j.1", "missing": {"ab": [[3, 4]]}},
    ),
    (
        LanePassed(None, "estimated", "exit_request"),
        {"cause": "exit_request", "counted": "estimated", "direction": None},
    ),
    (
        LaneHeldOpenByStaff("li-na", seconds=60.0),
        {"by": "li-na", "seconds": bytes.fromhex("404e000000000000")},
    ),
    (LaneRepeated(LaneEvent.TAMPER, 40), {"of": "lane_tamper", "times": 40}),
    (
        decided(Outcome.DENY, "ann"),
        {
            "mode": "face_or_code",
            "input": "camera",
            "decision": {"rule": "test", "reason": "face_unknown", "outcome": "deny", "subject_id": "ann"},
            "evidence": {"direction": "entry"},
            "registry": 1,
        },
    ),
]


@pytest.mark.parametrize(("event", "says"), _BODIES, ids=[event.kind for event, _ in _BODIES])
def test_a_body_is_this_map_in_the_order_of_its_keys(event: Event, says: dict[str, Any]) -> None:
    """A kind, once released, keeps its fields: anyone who has to change a line here changes the format."""
    body = written(says)
    assert body_of(event) == body
    assert read_event(event.kind, body) == event


def any_value(kind: Any) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911 - one line a type
    """Any value of a field's type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return any_value(inner[0]).filter(lambda value: _is_within(value, kind))
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if kind is datetime:
        return st.integers(EARLIEST, LATEST).map(instant)
    if kind is int:
        return st.integers(-(2**63), 2**63 - 1)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in {Union, types.UnionType}:
        return st.one_of(*map(any_value, inner))
    if origin in {tuple, frozenset}:
        made = st.lists(any_value(inner[0]), max_size=3)
        return (
            made.map(origin)
            if Ellipsis in inner or origin is frozenset
            else st.tuples(*map(any_value, inner))
        )
    if origin is dict:
        return st.dictionaries(any_value(inner[0]), any_value(inner[1]), max_size=3)
    if isinstance(kind, EnumMeta):
        return st.sampled_from(list(kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(_made, st.just(kind), st.fixed_dictionaries(_strategies(kind))).filter(bool)
    return st.from_type(kind)


def _is_within(value: object, bounds: Any) -> bool:
    try:
        msgspec.convert(value, bounds)
    except msgspec.ValidationError:
        return False
    return True


def _strategies(kind: type[msgspec.Struct]) -> dict[str, st.SearchStrategy[Any]]:
    return {field.name: any_value(field.type) for field in fields(kind)}


def _made(kind: type[msgspec.Struct], values: dict[str, Any]) -> msgspec.Struct | None:
    """None where the struct itself refuses what no gate can have seen."""
    try:
        return kind(**values)
    except ValueError:
        return None


@pytest.mark.parametrize("kind", EVERY, ids=lambda event: event.kind)
def test_whatever_an_event_says_is_read_as_it_was_written(kind: type[Event]) -> None:
    @settings(max_examples=tried(15), deadline=None, derandomize=True)
    @given(any_value(kind))
    def holds(event: Event) -> None:
        body = body_of(event)
        assert read_event(event.kind, body) == event
        json = msgspec.json.encode(event, order="deterministic")
        assert content_of(event.kind, body) == json_of(json, dict[str, Any])

    holds()


def test_a_whole_number_in_the_place_of_a_real_one_is_written_as_that() -> None:
    """Python takes 60 where 60.0 is asked for; the wire does not."""
    assert body_of(LaneHeldOpenByStaff("li-na", seconds=60)) == body_of(
        LaneHeldOpenByStaff("li-na", seconds=60.0)
    )


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        body_of(CodeFlood(1, number))


def test_people_read_numbers_and_times_as_json_has_them() -> None:
    passed = AntiPassback("ann", Direction.ENTRY, PassbackKind.SOFT, NOON, "main")
    assert content_of(passed.kind, body_of(passed))["before"] == "2026-03-03T12:00:00Z"
    assert content_of(CodeFlood.kind, body_of(CodeFlood(1, 2.5))) == {"ignored": 1, "seconds": 2.5}


# --- what others wrote ---------------------------------------------------------------------------


def test_a_kind_of_a_later_version_is_given_as_it_is() -> None:
    body = written({"wide": bytes(8), "height": 3})
    assert read_event("drone_seen", body) == UnknownEvent("drone_seen", {"height": 3, "wide": bytes(8)})
    assert content_of("drone_seen", body) == {"height": 3, "wide": "AAAAAAAAAAA="}


def test_a_field_of_a_later_version_is_left_out() -> None:
    event = decided(once="p1")
    says = msgspec.to_builtins(event, builtin_types=(bytes,))
    for table in (says, says["decision"], says["evidence"], says["evidence"]["code"]):
        table["later"] = [1]
    body = encode_value(says)
    assert read_event(event.kind, body) == event
    assert content_of(event.kind, body)["decision"]["later"] == [1], "and is shown to people"


_NESTED = b"\x81" * 9 + b"\x00"
_NOISE: dict[str, Any] = {
    "nothing": b"",
    "text of a damaged row": "{}",
    "no table": written([]),
    "JSON": b'{"subject":"ann","reference":"1","grant":null}',
    "no UTF-8": written({"grant": None, "subject": "ann"})[:-3] + b"\xff\xff\xff",
    "a field is missing": written({"subject": "ann", "reference": "1"}),
    "a field of another type": written({"grant": None, "subject": "ann", "reference": 1}),
    "keys in another order": written({"subject": "ann", "reference": "1", "grant": None}),
    "nested too deep": b"\xa1" + written("subject") + _NESTED,
    "too long": written({"grant": None, "subject": "ann", "reference": "1" * MOST_BODY_BYTES}),
    "more items than there are": b"\xa1" + written("subject") + b"\x9b" + b"\xff" * 8,
}


@pytest.mark.parametrize("noise", _NOISE.values(), ids=_NOISE)
def test_what_a_kind_does_not_say_is_refused(noise: Any) -> None:
    with pytest.raises(Undecodable):
        read_event("still_before_gate", noise, "event 7")
    assert entry("still_before_gate", noise).shown is not None


@pytest.mark.parametrize("noise", [b"", written([]), b"\xff", _NESTED, written({"a": "b"})[:-1] + b"\xff"])
def test_an_unknown_kind_says_a_table(noise: bytes) -> None:
    with pytest.raises(Undecodable):
        read_event("drone_seen", noise)
    assert entry("drone_seen", noise).shown == noise.hex()


def later(once: object = True, where: str = "code", **decision: str) -> bytes:
    """A decision by a reason that this version does not know."""
    told = {"outcome": "grant", "reason": "by_drone"} | decision
    return encode_value({"decision": told, "evidence": {where: {"once": once, "pass_id": "p1"}}})


@pytest.mark.parametrize(
    ("kind", "body", "used"),
    [
        (AccessDecided.kind, body_of(decided(once="p1")), "p1"),
        (AccessDecided.kind, body_of(decided(Outcome.DENY, once="p1")), None),
        (AccessDecided.kind, body_of(decided()), None),
        (AccessDecided.kind, later(), "p1"),  # a later version's reason keeps no pass from being used up
        (AccessDecided.kind, later(outcome="deny"), None),
        (AccessDecided.kind, later(where="code_of_another"), None),
        (AccessDecided.kind, later(once=False), None),
        (AccessDecided.kind, later(once="of a later version"), None),
        (CommandTaken.kind, later(), None),
    ],
)
def test_a_one_time_pass_that_was_let_through_is_used_up(kind: str, body: bytes, used: str | None) -> None:
    assert pass_used_up(kind, body) == used


# --- the page --------------------------------------------------------------------------------------


def test_the_page_of_the_journal_holds_the_table_of_kinds() -> None:
    page = (REPOSITORY / "docs" / "journal.md").read_text()
    assert "\n".join(table_of_kinds()) in page, "gatepost journal kind list prints it anew"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("of_a_later_version", written({})),
        ("code_flood", written({"ignored": "many", "seconds": _TWO})),
        ("code_flood", written({"ignored": 1, "seconds": None})),
        ("code_flood", written({"ignored": 1, "seconds": 2})),
        ("code_flood", written({"ignored": 1, "seconds": _TWO[:4]})),
        ("code_flood", written({"ignored": 1, "seconds": struct.pack(">d", math.inf)})),
        ("code_flood", written({"ignored": 1, "seconds": struct.pack(">d", -0.0)})),
        ("code_flood", written({"ignored": 1, "seconds": _TWO})[:-1]),
        ("code_flood", _NESTED),
        ("code_flood", b"\xff"),
        ("access_decided", written({"decision": {"outcome": "of_a_later_version"}})),
    ],
)
def test_a_strange_event_is_not_understood_and_raises_nothing(kind: str, body: bytes) -> None:
    strange = entry(kind, body)
    assert understood(strange) is None
    assert json_of(encoded({"body": strange.shown}).encode(), dict[str, Any])


def test_what_a_later_version_adds_to_an_event_is_left_out() -> None:
    body = written({"added": [1], "ignored": 1, "seconds": _TWO})
    assert understood(entry("code_flood", body)) == CodeFlood(1, 2.0)


def entry(kind: str, body: bytes) -> Entry:
    wall = WallTime(NOON, ClockTrust.TRUSTED)
    return following(None, (kind, body), epoch=bytes(16), gate="main", wall=wall, monotonic=0.0)


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"noise", b"\xa0", b"\xc0\x61a", bytes(200), body_of(GateStopped())]
)
def test_a_stored_decision_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        stored_decision(body)


def test_a_stored_decision_is_read_as_any_event_is() -> None:
    event = decided(once="p1", near_miss="li-na")
    assert stored_decision(body_of(event)) == event
