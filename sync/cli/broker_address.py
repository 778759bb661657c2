"""The address of a broker as a person writes it: HOST, HOST:PORT, or [IPV6]:PORT."""

from __future__ import annotations

from urllib.parse import urlsplit

from edge.errors import ConfigurationError

_PLAIN_PORT, _TLS_PORT, SERVICES_PORT = 1883, 8883, 8884


def broker_address(text: str, *, plain: bool, tls_port: int = _TLS_PORT) -> tuple[str, int]:
    """Host and port; without a port `tls_port`, or the usual one without TLS. Raises ConfigurationError."""
    try:
        found = urlsplit(f"//{text}")
        host, port = found.hostname, found.port
    except ValueError:
        host, port = None, None
    whole = host is not None and found.netloc == text and "@" not in text
    if host is None or not whole or port == 0 or text.endswith(":"):
        raise ConfigurationError(
            f"expected HOST or HOST:PORT, got {text!r}",
            where="--broker",
            remedy="a port is a number from 1 to 65535",
        )
    return host, port or (_PLAIN_PORT if plain else tls_port)
