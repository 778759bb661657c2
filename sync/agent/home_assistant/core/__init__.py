"""A gate's figures as Home Assistant's MQTT discovery describes a device, and its state. PURE."""

from sync.agent.home_assistant.core.shown_figures import (
    OFFLINE,
    ONLINE,
    availability_topic,
    config_of,
    config_topic,
    state_of,
    state_topic,
)

__all__ = [
    "OFFLINE",
    "ONLINE",
    "availability_topic",
    "config_of",
    "config_topic",
    "state_of",
    "state_topic",
]
