"""What each node of a RabbitMQ reads: the shipped files with its nodes and addresses, and the first user."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources

from edge.errors import ConfigurationError
from sync.transport.core import BROKER_ADMINISTRATOR, VHOST, administrator_item

_NODE = re.compile(r"(cluster_formation\.classic_config\.nodes\.)\d+ = .*\n")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Password:
    """A password, and the hash of it that RabbitMQ keeps: 4 bytes of salt before SHA-256 of both."""

    text: str
    hash: str


def made_password(entropy: Callable[[int], bytes]) -> Password:
    """A new password, of 192 random bits: its hash may be read by who reads the node's files."""
    return hashed(entropy(24).hex(), entropy(4))


def hashed(text: str, salt: bytes) -> Password:
    """A password with its hash (RabbitMQ's documentation, "Credentials and Passwords")."""
    return Password(text, b64encode(salt + sha256(salt + text.encode()).digest()).decode())


def files_of(nodes: Sequence[str], address: str, password: Password) -> dict[str, bytes]:
    """The files of the node at `address`, of a cluster of `nodes` (host names). Raises ConfigurationError."""
    for node in (*nodes, address):
        if _HOST.fullmatch(node) is None:
            raise ConfigurationError(f"{node!r} is no host", remedy="a name or an IPv4 address")
    if address not in nodes:
        raise ConfigurationError(f"{address} is none of the nodes", where=", ".join(nodes))
    return {
        "rabbitmq.conf": configuration_of(nodes).encode(),
        "advanced.config": shipped("advanced.config").encode(),
        "enabled_plugins": shipped("enabled_plugins").encode(),
        "definitions.json": definitions_of(password),
        "rabbitmq-env.conf": _environment(address).encode(),
        "limits.conf": shipped("limits.conf").encode(),
        "epmd.conf": shipped("epmd.conf").replace("10.0.0.1", address).encode(),
        "place.sh": shipped("place.sh").replace("name=broker-1 ", f"name={address} ").encode(),
    }


def configuration_of(nodes: Sequence[str]) -> str:
    """The shipped rabbitmq.conf, for these nodes."""
    lines = "".join(
        f"cluster_formation.classic_config.nodes.{number} = rabbit@{node}\n"
        for number, node in enumerate(nodes, 1)
    )
    first, *_ = _NODE.finditer(text := shipped("rabbitmq.conf"))
    text = text[: first.start()] + lines + _NODE.sub("", text[first.start() :])
    for key in ("cluster_formation.target_cluster_size_hint", "target_group_size"):
        text = re.sub(rf"({re.escape(key)} = )\d+", rf"\g<1>{len(nodes)}", text)
    return text


def definitions_of(password: Password) -> bytes:
    """What a new cluster begins with: the user by which central makes the rest, and no guest."""
    administrator = administrator_item(password.hash)
    tags = ",".join(administrator.values["tags"])
    user = {"name": BROKER_ADMINISTRATOR, "password_hash": password.hash, "tags": tags}
    user["hashing_algorithm"] = "rabbit_password_hashing_sha256"
    everything = {
        "user": BROKER_ADMINISTRATOR,
        "vhost": VHOST,
        "configure": ".*",
        "write": ".*",
        "read": ".*",
    }
    held = {"users": [user], "vhosts": [{"name": VHOST}], "permissions": [everything]}
    return json.dumps(held, indent=1).encode() + b"\n"


def shipped(name: str) -> str:
    """A file of `firmware_config/rabbitmq/`."""
    return (resources.files("firmware_config") / "rabbitmq" / name).read_text()


def _environment(address: str) -> str:
    """rabbitmq-env.conf: under which name the node is known to the others."""
    return f"NODENAME=rabbit@{address}\nUSE_LONGNAME=true\n"
