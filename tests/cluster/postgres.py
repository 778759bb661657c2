"""A PostgreSQL primary and its standby on this computer, by Debian's programs: started, killed, promoted."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ports import free_port
from tests.sync.services import is_open
from tests.waiting import soon

STANDBY = "standby"
"""The name by which the standby reports, as `synchronous_standby_names` has it."""


class Server:
    """A server in a folder of its own, run by a user without privileges. `copy_of` is the server that it
    follows; None: it is a primary. `hasty`: it leaves to the kernel when to write to the disk, so that it
    survives a kill -9 and no power cut.
    """

    def __init__(self, folder: Path, copy_of: Server | None = None, *, hasty: bool = True) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not programs:
            pytest.skip("LOUD SKIP: no PostgreSQL server: apt-get install postgresql")
        self._programs = programs[-1]
        self._folder, self.port = folder, free_port()
        self._hasty = "-c fsync=off -c full_page_writes=off" if hasty else ""
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(folder, self._user)
        self._data = folder / "data"
        if copy_of is None:
            self._make()
        else:
            self._follow(copy_of)

    @property
    def place(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        options = f"-k {self._folder} -h 127.0.0.1 -p {self.port} {self._hasty}"
        assert self._run("pg_ctl", "-D", str(self._data), "-w", "-o", options, "start") == 0, self.log()

    def stop(self) -> None:
        """End it as an administrator does, if it runs."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "fast", "stop")

    def kill(self) -> None:
        """kill -9, every process of it at once."""
        those = self.processes()
        for process in those:
            with suppress(ProcessLookupError):  # one ends with its client, and all of them with the first
                os.kill(process, signal.SIGKILL)
        soon(lambda: not is_open(self.port), "it listens on")
        soon(lambda: not any(Path(f"/proc/{each}").exists() for each in those), "nobody has collected them")

    def processes(self) -> list[int]:
        """Its processes, the first of them first."""
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        listed = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, listed)]

    def promote(self) -> None:
        """Make the standby the primary: it takes writes when this returns."""
        assert self._run("pg_ctl", "-D", str(self._data), "-w", "promote") == 0, self.log()

    def new_standby(self) -> Server:
        """A server more, which follows it: where the one that it followed is lost."""
        count = len([*self._folder.parent.iterdir()])
        return Server(self._folder.with_name(f"number-{count}"), self, hasty=bool(self._hasty))

    def ask(self, statement: str) -> str:
        """What the server answers, as its superuser."""
        words = [
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "gatepost",
            "-d",
            "gatepost",
            "-Atc",
            statement,
        ]
        command = [str(self._programs / "psql"), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def wait_for_standbys(self, names: str = STANDBY) -> None:
        """Have commits that ask for it wait for the standbys of these names from now on; "": for none."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.ask("SELECT pg_reload_conf()")
        soon(lambda: self.ask("SHOW synchronous_standby_names") == names, "the setting is not in force")

    def has_standby(self) -> bool:
        """Whether a standby streams from it."""
        return self.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") != "0"

    def log(self) -> str:
        return (self._folder / "log").read_text()

    # --- inside ----------------------------------------------------------------------------

    def _make(self) -> None:
        made = ("initdb", "-D", str(self._data), "-A", "trust", "-U", "gatepost", "-E", "UTF8", "--no-sync")
        assert self._run(*made) == 0, self.log()
        self.start()
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "gatepost")
        assert self._run("createdb", *place, "gatepost") == 0, self.log()

    def _follow(self, primary: Server) -> None:
        source = f"host=127.0.0.1 port={primary.port} user=gatepost application_name={STANDBY}"
        words = ("-D", str(self._data), "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        assert self._run("pg_basebackup", *words) == 0, self.log()
        self.start()
        soon(primary.has_standby, "the standby does not follow")

    def _run(self, program: str, *arguments: str) -> int:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", self._user, "--", *command]
        with (self._folder / "log").open("ab") as log:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", timeout=60, check=False
            )
        return done.returncode


def url_of(*servers: Server) -> str:
    """The URL of whichever of the servers takes writes."""
    return "postgresql://gatepost@/gatepost?" + "&".join(f"host={server.place}" for server in servers)


@contextmanager
def primary_and_standby(*, hasty: bool = True) -> Iterator[tuple[Server, Server]]:
    """A primary and the standby that it waits for; both are thrown away afterwards."""
    with TemporaryDirectory(prefix="gatepost-pg-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        servers: list[Server] = []
        try:
            servers.append(Server(Path(name) / "one", hasty=hasty))
            servers.append(Server(Path(name) / "two", servers[0], hasty=hasty))
            servers[0].wait_for_standbys()
            yield servers[0], servers[1]
        finally:
            for server in servers:
                server.stop()
