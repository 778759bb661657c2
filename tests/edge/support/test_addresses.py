"""An address in a log or an error shows its user, never a password."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.support.addresses import without_password


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://gate:secret@camera/stream", "rtsp://gate:***@camera/stream"),
        ("rtsp://gate:se@ret@camera/", "rtsp://gate:***@camera/"),
        ("rtsp://gate:se:ret%2F@camera:554/", "rtsp://gate:***@camera:554/"),
        ("http://gate:@camera/", "http://gate:***@camera/"),
        ("http://gate@camera/", "http://gate@camera/"),
        ("rtsp://192.0.2.7:554/user:name@x", "rtsp://192.0.2.7:554/user:name@x"),
        ("rtsp://[2001:db8::7]:554/user:name@x", "rtsp://[2001:db8::7]:554/user:name@x"),
        ("rtsp://gate:1234/5@camera/stream", "rtsp://gate:***@camera/stream"),
        ("rtsp://192.0.2.7:554@camera/", "rtsp://192.0.2.7:***@camera/"),
        ("postgresql://gatepost:1234/x?y@db/gatepost", "postgresql://gatepost:***@db/gatepost"),
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


_HOSTS = st.sampled_from(["camera", "camera:554", "192.0.2.7", "db.example.org:5432", "[2001:db8::7]:554"])


IS_ADDRESS = re.compile(r"[0-9]{1,3}([.][0-9]{1,3}){3}").fullmatch


@given(
    st.sampled_from(["rtsp", "http", "postgresql"]),
    st.from_regex(r"[a-z0-9][a-z0-9.@-]*", fullmatch=True).filter(lambda user: not IS_ADDRESS(user)),
    _HOSTS,
)
def test_no_user_is_taken_for_a_host(scheme: str, user: str, host: str) -> None:
    """With a number for a password, which alone would be a port."""
    for password in ("1234", "554/live", "80?x", "1#", "65535/"):
        address = f"{scheme}://{user}:{password}@{host}/stream"
        assert without_password(address) == f"{scheme}://{user}:***@{host}/stream"


@given(st.text(), _HOSTS)
def test_whatever_a_password_is_nothing_of_it_is_left(password: str, host: str) -> None:
    assert without_password(f"rtsp://gate:{password}@{host}") == f"rtsp://gate:***@{host}"
