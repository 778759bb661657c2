"""A gate as a device of Home Assistant: one message of discovery, one of state. PURE.

After https://www.home-assistant.io/integrations/mqtt/ (device discovery, from Home Assistant 2024.12 on). No
person, no room and no reason of a decision is in any of it: a house shows these on a wall.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from edge.signing.cose import instant
from sync.central.units import HOUR

OWN_TOPICS = "gatepost"
"""What the topics of states begin with."""
STATES = ("working", "look", "fault", "alarm")
OUTCOMES = ("grant", "refer", "deny")
LANES = ("normal", "fire", "forced", "barrier", "held_too_long", "locked")


@dataclass(frozen=True)
class ShownGate:
    """What is shown of a gate. Times are microseconds since 1970 UTC, None: there is none yet.

    `state` is one of STATES, `lane` one of LANES, `last_outcome` one of OUTCOMES.
    """

    device: str
    name: str
    software: str
    state: str
    lane: str
    probed_at: int | None
    last_outcome: str | None
    last_at: int | None
    registry_since: int | None


def config_topic(prefix: str, device: str) -> str:
    """Where Home Assistant looks for the description of a gate: its id there knows no dots."""
    return f"{prefix}/device/gatepost_{_object_id(device)}/config"


def state_topic(device: str) -> str:
    """Where a gate's state is."""
    return f"{OWN_TOPICS}/{device}/state"


def config_of(gate: ShownGate, version: str, expire_after: int) -> bytes:
    """The description of a gate and its entities, unknown without news for `expire_after` seconds."""
    entities = {
        "working": _binary("Working", "working", "running"),
        "state": _enum("State", "state", STATES),
        "lane": _enum("Lane", "lane", LANES),
        "last_outcome": _enum("Last access", "last_outcome", OUTCOMES),
        "last_at": _time("Last access at", "last_at"),
        "probed_at": _time("Last probe that worked", "probed_at"),
        "registry_age": _age("Registry held for", "registry_age"),
    }
    identity = _object_id(gate.device)
    return _json(
        {
            "device": {
                "identifiers": [f"gatepost_{identity}"],
                "name": gate.name,
                "manufacturer": "Gatepost",
                "model": "gate",
                "sw_version": gate.software,
            },
            "origin": {"name": "gatepost", "sw_version": version},
            "components": {
                name: {"unique_id": f"gatepost_{identity}_{name}", "expire_after": expire_after, **entity}
                for name, entity in entities.items()
            },
            "state_topic": state_topic(gate.device),
            "qos": 1,
        }
    )


def state_of(gate: ShownGate, now: int) -> bytes:
    """A gate's state at `now`."""
    held = None if gate.registry_since is None else max(0, now - gate.registry_since)
    return _json(
        {
            "working": "ON" if gate.state in {"working", "look"} else "OFF",
            "state": gate.state,
            "lane": gate.lane,
            "last_outcome": gate.last_outcome,
            "last_at": _iso(gate.last_at),
            "probed_at": _iso(gate.probed_at),
            "registry_age": None if held is None else round(held / HOUR, 2),
        }
    )


# --- inside --------------------------------------------------------------------------------


def _entity(platform: str, name: str, field: str, **more: Any) -> dict[str, Any]:
    template = "{{ value_json." + field + " }}"
    return {"platform": platform, "name": name, "value_template": template, **more}


def _binary(name: str, field: str, kind: str) -> dict[str, Any]:
    return _entity("binary_sensor", name, field, device_class=kind)


def _enum(name: str, field: str, values: tuple[str, ...]) -> dict[str, Any]:
    return _entity("sensor", name, field, device_class="enum", options=list(values))


def _time(name: str, field: str) -> dict[str, Any]:
    return _entity("sensor", name, field, device_class="timestamp")


def _age(name: str, field: str) -> dict[str, Any]:
    return _entity("sensor", name, field, device_class="duration", unit_of_measurement="h")


def _object_id(device: str) -> str:
    """An id of letters, digits, underscores and hyphens; no two devices share one."""
    return device.replace("_", "__").replace(".", "_d")


def _iso(at: int | None) -> str | None:
    """A time as Home Assistant takes one: RFC 3339, UTC."""
    if at is None:
        return None
    return instant(at).isoformat()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
