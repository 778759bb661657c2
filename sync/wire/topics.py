"""The topics of all messages. PURE.

A topic carries the device's id and no place: city, district, street, community and site are in central's
database, so that a reorganisation renames no gate. A broker lets a device write its topics below `up/<its
id>/` and read `dn/<its id>/#`; what a site shares is published to each of its devices
(decision 0013). Nothing is retained: a device that was away asks (decision 0078).
"""

from __future__ import annotations

import re
from enum import StrEnum

from edge.commands.core import command_topic
from edge.journal.format import acknowledgement_topic
from edge.signing.cose import MessageRefusal, MessageRefused, downward, is_upward, upward
from edge.support.names import IDENTIFIER
from edge.support.phrases import Phrase, phrase

DEVICE = IDENTIFIER
"""A device's id: the common name of its certificate, its MQTT user name and client id."""

RESERVED = frozenset({"broker", "central", "enrolment", "gatepost-administrator", "guest"})
"""The centre's services, and who a broker knows besides. A broker takes a client for who its certificate
names: a device called so would be the service.
"""
_OF_CENTRAL = re.compile(r"central-[0-9]+(-[a-z-]+)?")
"""Client ids of central's processes: a device called so would end their sessions at Mosquitto."""

MOST_TOPIC_BYTES = 128


class Channel(StrEnum):
    """A topic without its device."""

    HELLO = upward("{}", "hello")
    JOURNAL = upward("{}", "journal")
    HEALTH = upward("{}", "health")
    CLOCK_QUESTION = upward("{}", "clock")
    REGISTRY_WANT = upward("{}", "registry/want")
    COMMAND_RESULT = upward("{}", "command/result")
    GATE_COUNTS = upward("{}", "counts")
    ENROLMENT_REQUEST = upward("{}", "enrolment")
    REFUSED_BY_DEVICE = upward("{}", "refusal")

    WELCOME = downward("{}", "hello")
    ACKNOWLEDGEMENT = acknowledgement_topic("{}")  # dn/<device>/ack; a gate verifies it itself
    STORED = downward("{}", "stored")
    CLOCK_ANSWER = downward("{}", "clock")
    DEVICE_REFUSED = downward("{}", "refused")
    SITE_COUNTS = downward("{}", "counts")
    ENROLMENT_ANSWER = downward("{}", "enrolment")
    REFUSED_BY_CENTRAL = downward("{}", "refusal")
    REGISTRY_ROOT = downward("{}", "registry/root")
    REGISTRY_MANIFEST = downward("{}", "registry/manifest")
    REGISTRY_URGENT = downward("{}", "registry/urgent")
    REGISTRY_LISTS = downward("{}", "registry/lists")
    REGISTRY_CHUNK = downward("{}", "registry/chunk")
    IDENTITY_SHARED = downward("{}", "identity")
    COMMAND = command_topic("{}")  # dn/<device>/command; so here

    @property
    def goes_up(self) -> bool:
        return is_upward(self.value)

    def of(self, device: str) -> str:
        """The topic of one device. Raises ValueError if `device` is not a device id."""
        if DEVICE.fullmatch(device) is None:
            raise ValueError(f"{device!r} is not a device id: expected 1 to 63 of a-z 0-9 . _ -")
        return self.value.format(device)

    @property
    def spoken(self) -> str:
        """The topic without direction and device, as a refusal names it."""
        return self.value.split("/", 2)[2]

    @property
    def of_all(self) -> str:
        """The filter that matches this channel of every device."""
        return self.value.format("+")


_REFUSALS = (Channel.REFUSED_BY_CENTRAL, Channel.REFUSED_BY_DEVICE)
_SPOKEN = re.compile(r"[a-z0-9_/-]{1,64}")
_CHANNELS = {channel.value: channel for channel in Channel}


def is_reserved(identity: str) -> bool:
    """Whether a service of the centre is called so, or may be: no device is."""
    return identity in RESERVED or _OF_CENTRAL.fullmatch(identity) is not None


def refused_id(identity: str) -> tuple[Phrase, Phrase] | None:
    """Why no new device may be called so, and what to do; None where one may."""
    if DEVICE.fullmatch(identity) is None:
        return phrase("%(device)r is not a device id", device=identity[:80]), phrase(
            "1 to 63 of a-z 0-9 . _ -"
        )
    if is_reserved(identity):
        return phrase(
            "%(identity)r is the name of a service of the centre, and no device's", identity=identity
        ), phrase("take another id")
    return None


def all_for(device: str) -> str:
    """The filter of all that is said to one device."""
    return downward(device, "#")


def refusable(topic: str) -> tuple[str, str] | None:
    """The device and the rest of a topic, known or not; None where no refusal can name it."""
    _, _, rest = topic[: MOST_TOPIC_BYTES + 1].partition("/")
    device, _, spoken = rest.partition("/")
    whole = len(topic) <= MOST_TOPIC_BYTES and DEVICE.fullmatch(device) is not None
    if not whole or not _SPOKEN.fullmatch(spoken) or topic in {channel.of(device) for channel in _REFUSALS}:
        return None
    return device, spoken


def parse_topic(topic: str) -> tuple[str, Channel]:
    """Split a topic into device and channel. Raises MessageRefused (UNKNOWN_TOPIC)."""
    parts = topic[: MOST_TOPIC_BYTES + 1].split("/")
    if len(topic) <= MOST_TOPIC_BYTES and len(parts) >= 3 and DEVICE.fullmatch(parts[1]):
        channel = _CHANNELS.get("/".join([parts[0], "{}", *parts[2:]]))
        if channel is not None:
            return parts[1], channel
    raise MessageRefused(
        MessageRefusal.UNKNOWN_TOPIC, "not a topic of Gatepost", where=topic[:MOST_TOPIC_BYTES]
    )
