"""For which pages passkeys are: known without the library that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RelyingParty:
    """For which pages a passkey is: the name in them, and their origin."""

    id: str
    origin: str


def relying_party(origin: str) -> RelyingParty | None:
    """For which pages passkeys of a console at `origin` are; None where it has no name, but an address.

    Browsers give passkeys to names only. This computer's own address has one: localhost.
    """
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        if not ip_address(host).is_loopback:
            return None
    except ValueError:
        return RelyingParty(host, origin)
    port = "" if parts.port is None else f":{parts.port}"
    return RelyingParty("localhost", f"{parts.scheme}://localhost{port}")
