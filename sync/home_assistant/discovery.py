"""A device of Home Assistant with its entities, each the value of a field of one state in JSON. PURE.

After https://www.home-assistant.io/integrations/mqtt/ (device discovery, from Home Assistant 2024.12 on).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from edge.signing.cose import instant

OWN_TOPICS = "gatepost"
"""What the topics of states begin with."""

Entity = Mapping[str, Any]

Prefix = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z", description="letters, digits, - and _")]
"""Below which topic Home Assistant looks for descriptions."""


@dataclass(frozen=True)
class Described:
    """A device as Home Assistant knows it: `identity` is of it alone, of letters, digits, _ and -."""

    identity: str
    name: str
    software: str


def config_topic(prefix: str, identity: str) -> str:
    """Where Home Assistant looks for the description of a device."""
    return f"{prefix}/device/{identity}/config"


def description_of(
    device: Described, version: str, entities: Mapping[str, Entity], state_topic: str, **more: Any
) -> bytes:
    """The description of a device and its entities, by `version` of this software; `more` is of it all."""
    return json_of(
        {
            "device": {
                "identifiers": [device.identity],
                "name": device.name,
                "manufacturer": "Gatepost",
                "model": "gate",
                "sw_version": device.software,
            },
            "origin": {"name": "gatepost", "sw_version": version},
            "components": {
                name: {"unique_id": f"{device.identity}_{name}", **entity}
                for name, entity in entities.items()
            },
            "state_topic": state_topic,
            "qos": 1,
            **more,
        }
    )


def binary(name: str, field: str, kind: str | None = None) -> Entity:
    """Something that is on or off, of a `kind` of Home Assistant's."""
    return _entity("binary_sensor", name, field, **({} if kind is None else {"device_class": kind}))


def on_off(value: bool | None) -> str | None:
    """The value of a `binary`; None: it is not known."""
    return None if value is None else "ON" if value else "OFF"


def enum(name: str, field: str, values: tuple[str, ...]) -> Entity:
    """One of `values`."""
    return _entity("sensor", name, field, device_class="enum", options=list(values))


def time(name: str, field: str) -> Entity:
    """A time, as `iso` writes one."""
    return _entity("sensor", name, field, device_class="timestamp")


def hours(name: str, field: str) -> Entity:
    """How many hours."""
    return _entity("sensor", name, field, device_class="duration", unit_of_measurement="h")


def number(name: str, field: str, kind: str = "measurement") -> Entity:
    """A number of which Home Assistant keeps statistics, of a `kind` (state class) of its own."""
    return _entity("sensor", name, field, state_class=kind)


def text(name: str, field: str) -> Entity:
    """A short text."""
    return _entity("sensor", name, field)


def object_id(name: str) -> str:
    """An id of letters, digits, underscores and hyphens for a name that may have dots; no two share one."""
    return name.replace("_", "__").replace(".", "_d")


def iso(at: int | None) -> str | None:
    """A time (microseconds since 1970 UTC) as Home Assistant takes one: RFC 3339, UTC."""
    return None if at is None else instant(at).isoformat()


def json_of(value: object) -> bytes:
    """JSON as short as it gets."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- inside --------------------------------------------------------------------------------


def _entity(platform: str, name: str, field: str, **more: Any) -> Entity:
    template = "{{ value_json['" + field + "'] }}"
    return {"platform": platform, "name": name, "value_template": template, **more}
