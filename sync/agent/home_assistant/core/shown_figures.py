"""What a gate's figures are to Home Assistant: one message of discovery, one of state. PURE.

No person, no room, no reason of a decision and no member of staff is in any of it.
"""

from __future__ import annotations

from edge.decision import ClockTrust
from edge.lane.machine import Phase
from edge.staff.protocol.figures import Figures
from sync.home_assistant import discovery
from sync.home_assistant.discovery import (
    OWN_TOPICS,
    Described,
    Entity,
    description_of,
    json_of,
    object_id,
    on_off,
)

ONLINE, OFFLINE = b"online", b"offline"
"""What the topic of availability has: whether the gate's process answers."""


def config_topic(prefix: str, device: str) -> str:
    """Where Home Assistant looks for the description of this gate; the centre's has another."""
    return discovery.config_topic(prefix, _identity(device))


def state_topic(device: str) -> str:
    """Where this gate's state is."""
    return f"{OWN_TOPICS}/gate/{device}/state"


def availability_topic(device: str) -> str:
    """Where is said whether this gate answers."""
    return f"{OWN_TOPICS}/gate/{device}/availability"


def config_of(device: str, version: str, figures: Figures) -> bytes:
    """The description of gate `device` and its entities: with those `figures` that it has."""
    availability = {"topic": availability_topic(device)}
    return description_of(
        Described(_identity(device), device, version),
        version,
        _entities(figures),
        state_topic(device),
        availability=[availability],
    )


def state_of(figures: Figures) -> bytes:
    """The gate's state."""
    linked = figures.waiting is not None
    return json_of(
        {
            "lane": figures.lane,
            "lane_broken": on_off(figures.lane_broken),
            "locked": on_off(figures.locked),
            "inside": figures.inside,
            "registry": None if figures.registry is None else str(figures.registry),
            "issued": None if figures.issued is None else figures.issued.isoformat(),
            "clock": figures.clock.value,
            "linked": on_off(not figures.link_broken if linked else None),
            "waiting": figures.waiting,
            "granted": figures.today.granted,
            "denied": figures.today.denied,
            **{_of_device(name): on_off(not works) for name, works in figures.devices.items()},
        }
    )


# --- inside --------------------------------------------------------------------------------


def _entities(figures: Figures) -> dict[str, Entity]:
    devices = {
        _of_device(name): discovery.binary(f"Fault of {name}", _of_device(name), "problem")
        for name in figures.devices
    }
    return {
        "lane": discovery.enum("Lane", "lane", tuple(phase.value for phase in Phase)),
        "lane_broken": discovery.binary("Lane out of order", "lane_broken", "problem"),
        "locked": discovery.binary("Locked", "locked"),
        "inside": discovery.number("People inside", "inside"),
        "registry": discovery.text("Registry version", "registry"),
        "issued": discovery.time("Registry issued", "issued"),
        "clock": discovery.enum("Clock", "clock", tuple(trust.value for trust in ClockTrust)),
        "linked": discovery.binary("Link to the centre", "linked", "connectivity"),
        "waiting": discovery.number("Events that wait", "waiting"),
        "granted": discovery.number("Granted today", "granted", "total_increasing"),
        "denied": discovery.number("Denied today", "denied", "total_increasing"),
        **devices,
    }


def _of_device(name: str) -> str:
    return f"device_{object_id(name)}"


def _identity(device: str) -> str:
    """Apart from every identity that the centre gives: those begin with `gatepost_`."""
    return f"gatepost-gate_{object_id(device)}"
