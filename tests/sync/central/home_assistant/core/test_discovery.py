"""A gate described for Home Assistant: what its published schema requires, and nothing of a person."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision import Outcome
from sync.central.accesses.core import REFUSED
from sync.central.devices.core.gate_states import GateStateKind
from sync.central.home_assistant.core.discovery import (
    OUTCOMES,
    STATES,
    ShownGate,
    config_of,
    config_topic,
    state_of,
    state_topic,
)
from sync.wire import DEVICE

AT = 1_772_496_000_000_000
GATE = ShownGate("green-court.main", "北市场 main", "1.4.2", "working", "normal", AT, "grant", AT, AT)
REQUIRED = {"device", "origin", "components"}
"""Of device discovery; each component needs `platform` and `unique_id`, a sensor a topic of its state."""
PLATFORMS = {"sensor", "binary_sensor"}


def config(gate: ShownGate = GATE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(config_of(gate, "1.0", 120))
    return found


def test_the_description_has_what_the_schema_requires() -> None:
    told = config()
    assert set(told) >= REQUIRED
    assert told["device"]["identifiers"]
    assert told["origin"]["name"]
    assert told["state_topic"] == state_topic(GATE.device)
    for component in told["components"].values():
        assert {"platform", "unique_id", "value_template", "expire_after"} <= set(component)
        assert component["platform"] in PLATFORMS
        assert component.get("device_class") != "enum" or component["options"]
    unique = [component["unique_id"] for component in told["components"].values()]
    assert len(unique) == len(set(unique))


def test_every_template_names_a_field_of_the_state_and_the_other_way_round() -> None:
    fields = set(json.loads(state_of(GATE, AT)))
    named = {
        component["value_template"].removeprefix("{{ value_json['").removesuffix("'] }}")
        for component in config()["components"].values()
    }
    assert named == fields


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"state": "working"}, "working", "ON"),
        ({"state": "look"}, "working", "ON"),
        ({"state": "fault"}, "working", "OFF"),
        ({"state": "alarm"}, "working", "OFF"),
        ({"last_at": None}, "last_at", None),
        ({"last_at": AT}, "last_at", "2026-03-03T00:00:00+00:00"),
        ({"registry_since": AT - 5_400_000_000}, "registry_age", 1.5),
        ({"registry_since": AT + 9}, "registry_age", 0.0),
        ({"last_outcome": "deny"}, "last_outcome", "deny"),
    ],
)
def test_a_state(changes: dict[str, Any], field: str, value: object) -> None:
    assert json.loads(state_of(replace(GATE, **changes), AT))[field] == value


def test_the_words_are_those_of_the_console() -> None:
    assert set(STATES) == {kind.value for kind in GateStateKind}
    assert set(OUTCOMES) == {*Outcome, REFUSED}


@given(st.lists(st.from_regex(DEVICE, fullmatch=True), min_size=2, max_size=2, unique=True))
def test_no_two_gates_share_a_topic_and_each_is_one_that_is_taken(devices: list[str]) -> None:
    topics = {config_topic("homeassistant", device) for device in devices}
    assert len(topics) == 2
    for topic in topics:
        _, kind, name, last = topic.split("/")
        assert (kind, last) == ("device", "config")
        assert name.replace("_", "").replace("-", "").isalnum()
        assert name.isascii()
