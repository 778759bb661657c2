"""A gate's figures described for Home Assistant: what its schema requires, and nothing of a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import ClockTrust
from edge.lane.machine import Phase
from edge.staff.protocol.figures import Figures
from edge.staff.protocol.now import Today
from sync.agent.home_assistant.core.shown_figures import (
    availability_topic,
    config_of,
    config_topic,
    state_of,
    state_topic,
)
from sync.central.home_assistant.core import discovery as of_centre
from sync.wire import DEVICE

GATE = "green-court.main"
FIGURES = Figures(
    lane="closed",
    lane_broken=False,
    locked=True,
    inside=41,
    registry=7,
    issued=datetime(2026, 3, 3, tzinfo=UTC),
    clock=ClockTrust.HOLDOVER,
    link_broken=True,
    waiting=12,
    devices={"camera": True, "left_scanner.2-b": False},
    today=Today(granted=5, denied=2, by_staff=1, half=250.0, most=900.0),
)
COMMANDS = {"command_topic", "payload_press", "payload_on", "payload_off", "set_position_topic"}
"""By what Home Assistant would ask something of a device."""


def config(figures: Figures = FIGURES) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(config_of(GATE, "1.0", figures))
    return found


def state(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(state_of(replace(FIGURES, **changes)))
    return found


def fields(described: dict[str, Any]) -> set[str]:
    return {
        component["value_template"].removeprefix("{{ value_json['").removesuffix("'] }}")
        for component in described["components"].values()
    }


def test_the_description_has_what_the_schema_requires_and_nothing_that_commands() -> None:
    told = config()
    assert {"device", "origin", "components"} <= set(told)
    assert told["device"]["identifiers"]
    assert told["state_topic"] == state_topic(GATE)
    assert told["availability"] == [{"topic": availability_topic(GATE)}]
    for component in told["components"].values():
        assert {"platform", "unique_id", "value_template"} <= set(component)
        assert component["platform"] in {"sensor", "binary_sensor"}, "these show and take nothing"
        assert not COMMANDS & set(component)
    unique = [component["unique_id"] for component in told["components"].values()]
    assert len(unique) == len(set(unique))


def test_every_template_names_a_field_of_the_state_and_the_other_way_round() -> None:
    assert fields(config()) == set(state())
    none = replace(FIGURES, devices={})
    assert fields(config(none)) == set(json.loads(state_of(none)))


@pytest.mark.parametrize("component", ["lane", "clock"])
def test_a_choice_is_one_of_those_that_were_named(component: str) -> None:
    options = config()["components"][component]["options"]
    assert options == [each.value for each in (Phase if component == "lane" else ClockTrust)]
    assert state()[component] in options


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({}, "lane", "closed"),
        ({}, "lane_broken", "OFF"),
        ({"lane_broken": True}, "lane_broken", "ON"),
        ({}, "locked", "ON"),
        ({"locked": False}, "locked", "OFF"),
        ({}, "inside", 41),
        ({}, "registry", "7"),
        ({"registry": None}, "registry", None),
        ({}, "issued", "2026-03-03T00:00:00+00:00"),
        ({"issued": None}, "issued", None),
        ({}, "clock", "holdover"),
        ({}, "linked", "OFF"),
        ({"link_broken": False}, "linked", "ON"),
        ({"link_broken": False, "waiting": None}, "linked", None),
        ({}, "waiting", 12),
        ({"waiting": None}, "waiting", None),
        ({}, "granted", 5),
        ({}, "denied", 2),
        ({}, "device_camera", "OFF"),
        ({}, "device_left__scanner_d2-b", "ON"),
    ],
)
def test_a_state(changes: dict[str, Any], field: str, value: object) -> None:
    assert state(**changes)[field] == value


def test_what_staff_did_and_how_long_people_waited_is_not_shown() -> None:
    before = state_of(FIGURES)
    today = Today(granted=5, denied=2, by_staff=9, half=1.0, most=2.0)
    assert state_of(replace(FIGURES, today=today)) == before


@given(st.lists(st.from_regex(DEVICE, fullmatch=True), min_size=2, max_size=2, unique=True))
def test_no_two_gates_share_a_topic_nor_one_with_what_the_centre_shows(devices: list[str]) -> None:
    topics = [config_topic("homeassistant", device) for device in devices]
    topics += [of_centre.config_topic("homeassistant", device) for device in devices]
    topics += [state_topic(device) for device in devices]
    topics += [of_centre.state_topic(device) for device in devices]
    topics += [availability_topic(device) for device in devices]
    assert len(set(topics)) == len(topics)
    for topic in topics[:2]:
        _, kind, name, last = topic.split("/")
        assert (kind, last) == ("device", "config")
        assert name.replace("_", "").replace("-", "").isalnum()
        assert name.isascii()
