"""What events say: one struct a kind, the same bytes each way, strict about noise, lenient to later kinds."""

from __future__ import annotations

import json
import types
from datetime import UTC, datetime
from enum import EnumMeta
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from edge.decision import ClockTrust, Crowding, Direction, Outcome, PassbackKind, WallTime
from edge.journal.format import (
    AccessDecided,
    AntiPassback,
    CameraStateEvent,
    CodeFlood,
    CommandTaken,
    Entry,
    Event,
    GateStarted,
    JournalSalvaged,
    LaneEvent,
    LaneHeldOpenByStaff,
    LanePassed,
    LaneRepeated,
    OccupancyReset,
    OccupancyWarned,
    RegistryRefused,
    UnknownEvent,
    fields_of,
    following,
    pass_used_up,
    understood,
)
from edge.journal.format.body import EVENTS, body_of, read_event
from edge.journal.format.described import table_of_kinds
from edge.journal.format.kinds import EventKind
from edge.support.decoding import Undecodable
from tests.conftest import REPOSITORY
from tests.events import decided

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
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

_BODIES: list[tuple[Event, str]] = [
    (GateStarted("1.0", "ab12", None), '{"configuration":"ab12","registry":null,"version":"1.0"}'),
    (RegistryRefused("signature", "not signed", 3), '{"reason":"signature","text":"not signed","times":3}'),
    (CameraStateEvent("gone", "why"), '{"detail":"why","state":"gone"}'),
    (CameraStateEvent("gone", "why", times=2), '{"detail":"why","state":"gone","times":2}'),
    (
        OccupancyWarned(Crowding.WARNED, 2, None, "counted"),
        '{"certainty":"counted","inside":2,"level":"warned","limit":null}',
    ),
    (OccupancyReset("2026-03-02", "2026-03-03", 4), '{"from":"2026-03-02","inside":4,"to":"2026-03-03"}'),
    (
        AntiPassback("ann", Direction.ENTRY, PassbackKind.SOFT, NOON, "main"),
        '{"before":"2026-03-03T12:00:00Z","direction":"entry","gate":"main","rule":"soft","subject":"ann"}',
    ),
    (
        CommandTaken("00ff", "open_once", "", "mei", "aa", 7),
        '{"actor":"mei","argument":"","command":"open_once","counter":7,"issuer":"aa","nonce":"00ff"}',
    ),
    (JournalSalvaged("j.1", 7, {"ab": ((3, 4),)}), '{"damaged":"j.1","kept":7,"missing":{"ab":[[3,4]]}}'),
    (
        LanePassed(None, "estimated", "exit_request"),
        '{"cause":"exit_request","counted":"estimated","direction":null}',
    ),
    (LaneHeldOpenByStaff("li-na", seconds=60.0), '{"by":"li-na","seconds":60.0}'),
    (LaneRepeated(LaneEvent.TAMPER, 40), '{"of":"lane_tamper","times":40}'),
    (
        decided(Outcome.DENY, "ann"),
        (
            '{"decision":{"alarms":[],"grounds":null,"outcome":"deny","reason":"face_unknown","rule":"test",'
            '"status":null,"subject_id":"ann"},"evidence":{"code":null,"direction":"entry","face":null,'
            '"temperature":null},"input":"camera","mode":"face_or_code","registry":1}'
        ),
    ),
]


@pytest.mark.parametrize(("event", "body"), _BODIES, ids=[event.kind for event, _ in _BODIES])
def test_a_body_is_these_bytes(event: Event, body: str) -> None:
    """A kind, once released, keeps its fields: anyone who has to change a line here changes the format."""
    assert body_of(event).decode() == body
    assert read_event(event.kind, body.encode()) == event


def any_value(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one line a type
    """Any value of a field's type."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if kind is datetime:
        return st.datetimes(timezones=st.just(UTC))
    if kind is int:
        return st.integers(-(2**63), 2**63 - 1)
    if origin is Literal:
        return st.sampled_from(inner)
    if isinstance(kind, types.UnionType):
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


def _strategies(kind: type[msgspec.Struct]) -> dict[str, st.SearchStrategy[Any]]:
    return {field.name: any_value(field.type) for field in fields(kind)}


def _made(kind: type[msgspec.Struct], values: dict[str, Any]) -> msgspec.Struct | None:
    """None where the struct itself refuses what no gate can have seen."""
    try:
        return kind(**values)
    except ValueError:
        return None


def keys_in(value: object) -> list[list[str]]:
    if isinstance(value, dict):
        return [list(value), *(keys for item in value.values() for keys in keys_in(item))]
    return [keys for item in value for keys in keys_in(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("kind", EVERY, ids=lambda event: event.kind)
def test_whatever_an_event_says_is_read_as_it_was_written(kind: type[Event]) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(any_value(kind))
    def holds(event: Event) -> None:
        body = body_of(event)
        assert read_event(event.kind, body) == event
        assert set(json.loads(body)) == set(fields_of(event))
        assert all(keys == sorted(keys) for keys in keys_in(json.loads(body)))

    holds()


# --- what others wrote ---------------------------------------------------------------------------


def test_a_kind_of_a_later_version_is_given_as_it_is() -> None:
    assert read_event("drone_seen", b'{"height": 3}') == UnknownEvent("drone_seen", {"height": 3})


def test_a_field_of_a_later_version_is_left_out() -> None:
    event = decided(once="p1")
    body = json.loads(body_of(event))
    for table in (body, body["decision"], body["evidence"], body["evidence"]["code"]):
        table["later"] = [1]
    assert read_event(event.kind, json.dumps(body).encode()) == event


_NOISE = {
    "nothing": b"",
    "no table": b"[]",
    "no UTF-8": b'{"subject":"\xff","reference":"1","grant":null}',
    "a field is missing": b'{"subject":"ann","reference":"1"}',
    "a field of another type": b'{"subject":"ann","reference":1,"grant":null}',
    "nested too deep": b'{"subject":' + b"[" * 100_000,
}


@pytest.mark.parametrize("noise", _NOISE.values(), ids=_NOISE)
def test_what_a_kind_does_not_say_is_refused(noise: bytes) -> None:
    with pytest.raises(Undecodable):
        read_event("still_before_gate", noise, "event 7")


@pytest.mark.parametrize("noise", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_an_unknown_kind_says_a_table(noise: bytes) -> None:
    with pytest.raises(Undecodable):
        read_event("drone_seen", noise)


_LATER = (
    b'{"decision":{"outcome":"grant","reason":"by_drone"},"evidence":{"code":{"once":true,"pass_id":"p1"}}}'
)


@pytest.mark.parametrize(
    ("kind", "body", "used"),
    [
        (AccessDecided.kind, body_of(decided(once="p1")), "p1"),
        (AccessDecided.kind, body_of(decided(Outcome.DENY, once="p1")), None),
        (AccessDecided.kind, body_of(decided()), None),
        (AccessDecided.kind, _LATER, "p1"),  # a later version's reason keeps no pass from being used up
        (CommandTaken.kind, _LATER, None),
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
        ("of_a_later_version", b"{}"),
        ("code_flood", b'{"ignored":"many","seconds":1.0}'),
        ("code_flood", b'{"ignored":1,"seconds":null}'),
        ("code_flood", b'{"ignored":1,"seconds":' + b"9" * 400 + b"}"),
        ("code_flood", b'{"ignored":1'),
        ("code_flood", b'{"x":' + b"[" * 16_000),
        ("code_flood", b"\xff"),
        ("access_decided", b'{"decision":{"outcome":"of_a_later_version"}}'),
    ],
)
def test_a_strange_event_is_not_understood_and_raises_nothing(kind: str, body: bytes) -> None:
    assert understood(entry(kind, body)) is None


def test_what_a_later_version_adds_to_an_event_is_left_out() -> None:
    assert understood(entry("code_flood", b'{"added":[1],"ignored":1,"seconds":2.0}')) == CodeFlood(1, 2.0)


def entry(kind: str, body: bytes) -> Entry:
    wall = WallTime(NOON, ClockTrust.TRUSTED)
    return following(None, (kind, body), epoch=bytes(16), gate="main", wall=wall, monotonic=0.0)
