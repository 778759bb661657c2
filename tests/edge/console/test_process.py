"""The console as a process: what it loads, what it tells systemd, and that it stops when asked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx

from edge.admin.site_admin import SiteFile, init_site
from edge.lane.configuration import LaneDirection
from tests.waiting import PATIENT

_LOADED = """
import sys
import edge.cli.console, edge.console.running, edge.configuration
never = {"cv2", "sqlite3", "gpiozero", "paho", "edge.gate", "edge.registry.store", "edge.journal.store"}
print(sorted(never & set(sys.modules)))
"""


def test_a_console_loads_no_camera_no_database_and_no_gate() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def heard(channel: socket.socket, word: bytes) -> bool:
    """Whether systemd is told so, after whatever else: that it lives, it is told again and again."""
    return any(word in channel.recv(4096) for _ in range(100))


def test_it_says_when_it_listens_that_it_lives_and_stops_when_asked(tmp_path: Path) -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    admin = init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)
    file = admin.folder / "gates" / "main" / "gate.toml"
    staff = f'\n[staff]\nfile = "{tmp_path}/staff.db"\nsocket = "{tmp_path}/staff.sock"\n'
    file.write_text(file.read_text() + staff)
    command = [sys.executable, "-m", "edge.cli.main", "console", "run", "--config", str(file)]
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(PATIENT)
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"}
        process = subprocess.Popen(
            [*command, "--listen", "http://127.0.0.1:0"], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            ready = channel.recv(4096).decode()
            assert ready.startswith("READY=1")
            address = ready.partition("STATUS=")[2].strip()
            assert httpx.get(f"{address}/health", trust_env=False, timeout=PATIENT).status_code == 503, (
                "it has no gate"
            )
            assert heard(channel, b"WATCHDOG=1")
            process.send_signal(signal.SIGTERM)
            assert heard(channel, b"STOPPING=1")
            assert process.wait(PATIENT) == 0
        finally:
            process.kill()
            process.wait(PATIENT)
    refused = subprocess.run(
        [*command, "--listen", "http://0.0.0.0:0"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "certificate" in refused.stderr
