"""Addresses as people type them behind a code."""

from __future__ import annotations

import pytest

from edge.errors import ConfigurationError
from sync.gate_invitation.address import address_in, shown_address, url_of


@pytest.mark.parametrize(
    ("text", "found", "url"),
    [
        ("centre.example", ("centre.example", 8443), "https://centre.example:8443"),
        ("10.0.0.1:9443", ("10.0.0.1", 9443), "https://10.0.0.1:9443"),
        ("[fd00::1]:9443", ("fd00::1", 9443), "https://[fd00::1]:9443"),
        ("[fd00::1]", ("fd00::1", 8443), "https://[fd00::1]:8443"),
    ],
)
def test_an_address_has_a_host_and_a_port(text: str, found: tuple[str, int], url: str) -> None:
    assert address_in(text, 8443, "here") == found
    assert url_of(*found) == url
    assert shown_address(*found, 8443) == text


@pytest.mark.parametrize(
    "text",
    ["", ":8443", "a b", "https://centre", "a:0", "a:99999", "a:b", "a@b", "fd00::1", "a/b", "x" * 300],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="HOST"):
        address_in(text, 8443, "here")
