"""An address in a log or an error shows its user, never a password."""

from __future__ import annotations

import pytest

from edge.support.addresses import without_password


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://gate:secret@camera/stream", "rtsp://gate:***@camera/stream"),
        ("rtsp://gate:se@ret@camera/", "rtsp://gate:***@camera/"),
        ("rtsp://gate:se:ret%2F@camera:554/", "rtsp://gate:***@camera:554/"),
        ("http://gate:@camera/", "http://gate:***@camera/"),
        ("http://gate@camera/", "http://gate@camera/"),
        ("rtsp://camera:554/user:name@x", "rtsp://camera:554/user:name@x"),
        ("rtsp://camera:554", "rtsp://camera:554"),
        ("rtsp://gate:se/cr?et@camera/stream", "rtsp://gate:***@camera/stream"),
        ("rtsp://gate:se/cret@camera/stream", "rtsp://gate:***@camera/stream"),
        ("rtsp://gate:1234@camera/stream", "rtsp://gate:***@camera/stream"),
        (
            "http://camera/video.cgi?user=gate&pwd=se@cret&rate=5",
            "http://camera/video.cgi?user=gate&pwd=***&rate=5",
        ),
        ("http://camera:81/snap?Password=secret#1", "http://camera:81/snap?Password=***#1"),
        ("rtsp://me@home.example:secret@camera/", "rtsp://me@home.example:***@camera/"),
        ("rtsp://camera/user=gate_password=secret_channel=1", "rtsp://camera/user=gate_password=***"),
        ("http://camera/?user=gate&-pwd=secret&x=1", "http://camera/?user=gate&-pwd=***&x=1"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_the_password_is_replaced_and_nothing_else(address: str, shown: str) -> None:
    assert without_password(address) == shown
