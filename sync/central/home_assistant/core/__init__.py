"""A gate as Home Assistant's MQTT discovery describes a device, and its state. PURE."""

from sync.central.home_assistant.core.discovery import (
    OUTCOMES,
    ShownGate,
    config_of,
    config_topic,
    state_of,
    state_topic,
)

__all__ = [
    "OUTCOMES",
    "ShownGate",
    "config_of",
    "config_topic",
    "state_of",
    "state_topic",
]
