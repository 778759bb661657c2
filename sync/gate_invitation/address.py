"""The address of a centre, as a person types it: HOST, HOST:PORT, or [IPV6]:PORT."""

from __future__ import annotations

import re
from typing import Annotated, Final

from msgspec import Meta

from edge.errors import ConfigurationError
from edge.support.phrases import phrase

DOOR_PORT: Final = 8443
BROKER_PORT: Final = 8883
_ADDRESS = r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?"
Address = Annotated[
    str, Meta(pattern=rf"\A(?:{_ADDRESS})?\Z", description="an address: HOST, HOST:PORT, or [IPV6]:PORT")
]


def address_in(text: str, port: int, where: str) -> tuple[str, int]:
    """Host and port; without a port in `text` it is `port`. Raises ConfigurationError."""
    found = re.fullmatch(_ADDRESS, text.strip())
    number = int(found[2][1:]) if found and found[2] else port
    if found is None or not 0 < number < 65536:
        raise ConfigurationError(
            phrase("expected HOST or HOST:PORT, got %(text)r", text=text[:100]),
            where=where,
            remedy=phrase("a port is a number from 1 to 65535"),
        )
    return found[1].strip("[]"), number


def shown_address(host: str, port: int, usual: int) -> str:
    """The address as it is typed, without the usual port."""
    name = f"[{host}]" if ":" in host else host
    return name if port == usual else f"{name}:{port}"


def url_of(host: str, port: int) -> str:
    """The door's address for a program."""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
