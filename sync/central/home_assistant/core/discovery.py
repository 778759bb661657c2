"""A gate as a device of Home Assistant: one message of discovery, one of state. PURE.

No person, no room and no reason of a decision is in any of it: a house shows these on a wall.
"""

from __future__ import annotations

from dataclasses import dataclass

from sync.central.accesses.core import REFUSED
from sync.central.units import HOUR
from sync.home_assistant import discovery
from sync.home_assistant.discovery import (
    OWN_TOPICS,
    Described,
    description_of,
    iso,
    json_of,
    object_id,
    on_off,
)

STATES = ("working", "look", "fault", "alarm")
OUTCOMES = ("grant", "refer", "deny", REFUSED)
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
    """Where Home Assistant looks for the description of a gate."""
    return discovery.config_topic(prefix, _identity(device))


def state_topic(device: str) -> str:
    """Where a gate's state is."""
    return f"{OWN_TOPICS}/{device}/state"


def config_of(gate: ShownGate, version: str, expire_after: int) -> bytes:
    """The description of a gate and its entities, unknown without news for `expire_after` seconds."""
    entities = {
        "working": discovery.binary("Working", "working", "running"),
        "state": discovery.enum("State", "state", STATES),
        "lane": discovery.enum("Lane", "lane", LANES),
        "last_outcome": discovery.enum("Last access", "last_outcome", OUTCOMES),
        "last_at": discovery.time("Last access at", "last_at"),
        "probed_at": discovery.time("Last probe that worked", "probed_at"),
        "registry_age": discovery.hours("Registry held for", "registry_age"),
    }
    expiring = {name: {"expire_after": expire_after, **entity} for name, entity in entities.items()}
    device = Described(_identity(gate.device), gate.name, gate.software)
    return description_of(device, version, expiring, state_topic(gate.device))


def state_of(gate: ShownGate, now: int) -> bytes:
    """A gate's state at `now`."""
    held = None if gate.registry_since is None else max(0, now - gate.registry_since)
    return json_of(
        {
            "working": on_off(gate.state in {"working", "look"}),
            "state": gate.state,
            "lane": gate.lane,
            "last_outcome": gate.last_outcome,
            "last_at": iso(gate.last_at),
            "probed_at": iso(gate.probed_at),
            "registry_age": None if held is None else round(held / HOUR, 2),
        }
    )


def _identity(device: str) -> str:
    return f"gatepost_{object_id(device)}"
