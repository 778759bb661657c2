"""A broker's address as a person writes it, and what is none."""

from __future__ import annotations

import pytest

from edge.errors import ConfigurationError
from sync.cli.broker_address import broker_address


@pytest.mark.parametrize(
    ("text", "plain", "address"),
    [
        ("mqtt.example.org", False, ("mqtt.example.org", 8883)),
        ("localhost", True, ("localhost", 1883)),
        ("127.0.0.1:1884", True, ("127.0.0.1", 1884)),
        ("[::1]:1884", True, ("::1", 1884)),
        ("[fe80::1]", False, ("fe80::1", 8883)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, plain: bool, address: tuple[str, int]) -> None:
    assert broker_address(text, plain=plain) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":1883",
        "host:",
        "host:abc",
        "host:0",
        "host:65536",
        "host:-1",
        "mqtt://host",
        "me@host",
        "host/x",
        "[::1",
    ],
)
def test_what_is_no_address_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigurationError, match="expected HOST or HOST:PORT"):
        broker_address(text, plain=True)
