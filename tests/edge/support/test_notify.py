"""sd_notify(3): states over the socket that systemd names, and nothing where it names none."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from edge.support.notify import Notifier
from tests.waiting import PATIENT


def test_each_state_is_one_datagram(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENT)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for sent, expected in (
            (notifier.ready("open"), "READY=1\nSTATUS=open"),
            (notifier.alive(), "WATCHDOG=1"),
            (notifier.stopping_later(1.5), "EXTEND_TIMEOUT_USEC=1500000"),
            (notifier.stopping(), "STOPPING=1"),
            (notifier.status("two\nlines"), "STATUS=two lines"),
        ):
            assert sent
            assert systemd.recv(1000).decode() == expected


@pytest.mark.parametrize("name", ["", "relative", "/no/such/socket"])
def test_nothing_is_sent_where_nobody_listens(name: str) -> None:
    assert not Notifier({"NOTIFY_SOCKET": name}).ready()


@pytest.mark.parametrize(
    ("text", "seconds"), [("", None), ("0", None), ("-1", None), ("noise", None), ("30000000", 30.0)]
)
def test_the_watchdogs_interval_is_in_seconds(text: str, seconds: float | None) -> None:
    assert Notifier({"WATCHDOG_USEC": text}).watchdog_interval == seconds
