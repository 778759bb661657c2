"""A camera's address in a log shows its user, never its password."""

from __future__ import annotations

import pytest

from edge.vision.cameras.camera import without_password


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://gate:secret@camera/stream", "rtsp://gate:***@camera/stream"),
        ("rtsp://gate:se@ret@camera/", "rtsp://gate:***@camera/"),
        ("rtsp://gate:se:ret%2F@camera:554/", "rtsp://gate:***@camera:554/"),
        ("http://gate:@camera/", "http://gate:***@camera/"),
        ("http://gate@camera/", "http://gate@camera/"),
        ("rtsp://camera:554/user:name@x", "rtsp://camera:554/user:name@x"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_the_password_is_replaced_and_nothing_else(address: str, shown: str) -> None:
    assert without_password(address) == shown
