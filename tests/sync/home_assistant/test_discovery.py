"""What Home Assistant's discovery takes."""

from __future__ import annotations

import json

import pytest

from sync.home_assistant import discovery as ha
from sync.home_assistant.discovery import Described


def test_a_description_names_the_device_once_and_each_entity_by_its_own_id() -> None:
    entities = {"open": ha.binary("Open", "open", "door"), "people": ha.number("People", "people")}
    data = ha.description_of(
        Described("gate_1", "Main", "1.0"), "2.0", entities, "gatepost/s", expire_after=9
    )
    said = json.loads(data)
    assert said["device"]["identifiers"] == ["gate_1"]
    assert said["device"]["sw_version"] == "1.0"
    assert said["origin"]["sw_version"] == "2.0"
    assert {each["unique_id"] for each in said["components"].values()} == {"gate_1_open", "gate_1_people"}
    assert said["components"]["open"]["value_template"] == "{{ value_json['open'] }}"
    assert said["components"]["people"]["state_class"] == "measurement"
    assert (said["state_topic"], said["expire_after"]) == ("gatepost/s", 9)


@pytest.mark.parametrize(("value", "said"), [(True, "ON"), (False, "OFF"), (None, None)])
def test_what_is_not_known_is_neither_on_nor_off(value: bool | None, said: str | None) -> None:
    assert ha.on_off(value) == said


@pytest.mark.parametrize(
    ("one", "other"), [("a.b", "a_b"), ("a_.b", "a._b"), ("a_d", "a.d"), ("a.", "a_"), ("a_d", "a.")]
)
def test_no_two_names_share_an_id(one: str, other: str) -> None:
    assert ha.object_id(one) != ha.object_id(other)


@pytest.mark.parametrize(("at", "said"), [(None, None), (0, "1970-01-01T00:00:00+00:00")])
def test_a_time_is_in_utc(at: int | None, said: str | None) -> None:
    assert ha.iso(at) == said
