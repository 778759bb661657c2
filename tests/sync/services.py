"""Real servers for the tests: Debian's Mosquitto and PostgreSQL, on free ports, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ports import free_port
from tests.waiting import soon


def is_open(port: int) -> bool:
    """Whether somebody listens on this computer's `port`."""
    return is_open_at("127.0.0.1", port)


def is_open_at(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def reload_broker(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Have it read its files anew, once it catches that signal: it listens before, and would end of it."""

    def catches() -> bool:
        [caught] = re.findall(r"SigCgt:\s+(\w+)", Path(f"/proc/{process.pid}/status").read_text())
        return bool(int(caught, 16) >> (signal.SIGHUP - 1) & 1)

    soon(catches, "the broker would end of the signal")
    process.send_signal(signal.SIGHUP)


class Mosquitto:
    """A broker that keeps nothing on disk and retains nothing, as the shipped one; it can be killed and
    started again on its port.
    """

    def __init__(self, folder: Path, lines: str = "allow_anonymous true\n") -> None:
        found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if found is None:
            pytest.skip("LOUD SKIP: no mosquitto: apt-get install mosquitto")
        self._program = found
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self.set(lines)
        self._process: subprocess.Popen[bytes] | None = None

    def set(self, lines: str) -> None:
        """Another configuration, from the next start or `reload` on."""
        # It would step down to a user of its own, who may not read this folder.
        user = pwd.getpwuid(os.geteuid()).pw_name
        shipped = "persistence false\nretain_available false\nset_tcp_nodelay true\n"
        self._file.write_text(f"user {user}\nlistener {self.port} 127.0.0.1\n{shipped}{lines}")

    def start_retaining(self) -> None:
        """Start anew as a broker that is not set as ours are: it lets anybody retain."""
        self.kill()
        self.set("allow_anonymous true\nretain_available true\n")
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", str(self._file)], stderr=log, stdout=log)
        soon(lambda: is_open(self.port), "the broker does not listen")

    def reload(self) -> None:
        assert self._process is not None
        reload_broker(self._process)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Postgresql:
    """A cluster of its own in `folder`, run by a user without privileges; it can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            pytest.skip("LOUD SKIP: no PostgreSQL server: apt-get install postgresql")
        self._programs = programs[-1]
        self._folder, self._port = folder, free_port()
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(folder, self._user)
        self._data = str(folder / "data")
        assert self._run("initdb", "-D", self._data, "-A", "trust", "-U", "gatepost", "-E", "UTF8") == 0
        self.start()
        place = ("-h", "127.0.0.1", "-p", str(self._port), "-U", "gatepost")
        assert self._run("createdb", *place, "gatepost") == 0

    @property
    def url(self) -> str:
        """The URL of its database, which is empty at first."""
        return f"postgresql://gatepost@127.0.0.1:{self._port}/gatepost"

    def start(self) -> None:
        # No test cuts this computer's power: what the server has written, the kernel has. Nor does one
        # last so long that its tables want looking after.
        hasty = "-c fsync=off -c full_page_writes=off -c autovacuum=off -c jit=off"
        options = f"-k {self._folder} -h 127.0.0.1 -p {self._port} {hasty}"
        done = self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "start")
        assert done == 0, (self._folder / "log").read_text()

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> int:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", self._user, "--", *command]
        with (self._folder / "log").open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, cwd="/", timeout=60, check=False)
        return done.returncode


@contextmanager
def postgresql_server() -> Iterator[Postgresql]:
    """A cluster that is thrown away afterwards."""
    with TemporaryDirectory(prefix="gatepost-pg-") as name:
        server = Postgresql(Path(name))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database of a cluster of its own."""
    with postgresql_server() as server:
        yield server.url
