"""Does the steps of a plan, one after the other: each looks first, and changes only what is not so yet."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes

from edge.errors import ConfigurationError, GatepostError
from edge.support.files import read_bounded, write_aside
from sync.ca.certificate_authority import init_certificate_authority, open_certificate_authority
from sync.ca.renewing import deliver_one, ensure_service
from sync.central.acting import acting_as, known
from sync.central.checking.units import MOSQUITTO
from sync.central.connections import Connecting
from sync.central.setup import make_central_key
from sync.installing.database import Database, password_line
from sync.installing.first_steps import first_link, hand_site, make_tables, take_site
from sync.installing.held import MOST_BYTES, merged
from sync.installing.owning import StepDone, StepState, own, settled
from sync.installing.places import CentrePlaces
from sync.installing.plan import InstallingAct, Step
from sync.transport.rabbitmq.files import made_password
from sync.transport.rabbitmq.folders import write_nodes

_RUNS = Path("/run/systemd/system")
_MOST_SECONDS = 120.0
Call = Callable[[Sequence[str], str], subprocess.CompletedProcess[str]]


def called(words: Sequence[str], user: str) -> subprocess.CompletedProcess[str]:
    """What a program ends with, run as `user` ("": as this one). Raises GatepostError where it cannot run."""
    if user and not known(user):
        raise GatepostError("no such user", where=user, remedy="is its package installed?")
    group = pwd.getpwnam(user).pw_gid if user else None
    groups: list[str] | None = [] if user else None
    try:
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
            cwd="/",
            user=user or None,
            group=group,
            extra_groups=groups,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GatepostError(str(error), where=words[0], remedy="is its package installed?") from None


@dataclass
class Doing:
    """Does steps on a machine whose files are at `places`. `call` runs programs; `starts` says whether
    systemd runs here and is to start what was made.
    """

    places: CentrePlaces
    database: Database
    starts: bool
    call: Call = called
    server_admin: str = "postgres"
    _changed: set[str] = field(default_factory=set)

    def do(self, steps: Sequence[Step]) -> Iterator[StepDone]:
        """Each step as it is done. Raises GatepostError; what was done by then is found next time."""
        table = {
            InstallingAct.USER: self._user,
            InstallingAct.FOLDER: self._folder,
            InstallingAct.AUTHORITY: self._authority,
            InstallingAct.SERVICE: self._service,
            InstallingAct.COPY: self._copy,
            InstallingAct.TEXT: self._text,
            InstallingAct.CONFIGURATION: self._configuration,
            InstallingAct.PASSWORD: self._password,
            InstallingAct.SECRET: self._secret,
            InstallingAct.NODES: self._nodes,
            InstallingAct.KEY: self._key,
            InstallingAct.SITE: self._site,
            InstallingAct.HANDED: self._handed,
            InstallingAct.ROLE: self._role,
            InstallingAct.DATABASE: self._make_database,
            InstallingAct.TABLES: self._tables,
            InstallingAct.ADMINISTRATOR: self._administrator,
            InstallingAct.UNIT: self._unit,
        }
        for step in steps:
            try:
                done = table[step.act](step)
            except OSError as error:
                raise GatepostError(error.strerror or str(error), where=step.where) from error
            if done.state in {StepState.MADE, StepState.MENDED}:
                self._changed.add(step.where)
            yield done

    # --- users, folders, files --------------------------------------------------------------

    def _user(self, step: Step) -> StepDone:
        if known(step.where):
            return StepDone(step, StepState.THERE)
        home = f"/var/lib/{step.where}"
        line = f'u {step.where} - "Gatepost" {home}'
        done = self.call(("systemd-sysusers", "--inline", line), "")
        if done.returncode or not known(step.where):
            raise GatepostError(
                _words(done), where=step.where, remedy=f"useradd --system --home-dir {home} {step.where}"
            )
        return StepDone(step, StepState.MADE)

    def _folder(self, step: Step) -> StepDone:
        missing = [folder for folder in (step.path, *step.path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700)
            if folder != step.path:
                folder.chmod(0o755)  # whatever root's umask: others have to get through
        return settled(step, made=bool(missing))

    def _text(self, step: Step) -> StepDone:
        if not step.path.exists():
            step.path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            write_aside(step.path, step.data, step.mode or 0o600)
            return settled(step, made=True)
        held = read_bounded(step.path, MOST_BYTES)
        if held == step.data:
            return settled(step, made=False)
        return StepDone(
            step, StepState.LEFT, "differs from what setup writes: it was changed by hand, and stays"
        )

    def _configuration(self, step: Step) -> StepDone:
        if not step.path.exists():
            return self._text(step)
        held = read_bounded(step.path, MOST_BYTES)
        found = merged(held, step.data, step.earlier, step.asked, step.where)
        stays = f"stays as it is there: {', '.join(found.stay)}" if found.stay else ""
        if found.changed:
            write_aside(step.path, found.text.encode(), step.mode or 0o600)
            settled(step, made=True)
            added = f"now with {', '.join(f'[{name}]' for name in found.changed)}"
            return StepDone(step, StepState.MENDED, "; ".join(filter(None, (added, stays))))
        done = settled(step, made=False)
        return StepDone(step, StepState.LEFT, stays) if stays else done

    def _copy(self, step: Step) -> StepDone:
        there = step.path.exists()
        changed = deliver_one(step.origin, step.path)
        done = settled(step, made=changed and not there)
        return StepDone(step, StepState.MENDED, "newer at the authority") if changed and there else done

    def _password(self, step: Step) -> StepDone:
        secret = _password_in(step.origin)
        line = password_line(self.database, secret)
        there = step.path.exists()
        if there and read_bounded(step.path, 8192) == line:
            return settled(step, made=False)
        write_aside(step.path, line, 0o600)
        settled(step, made=True)
        return StepDone(step, StepState.MENDED if there else StepState.MADE)

    def _secret(self, step: Step) -> StepDone:
        missing = not step.path.exists()
        if missing:
            write_aside(step.path, f"{made_password(token_bytes).text}\n".encode(), 0o600)
        return settled(step, made=missing)

    def _nodes(self, step: Step) -> StepDone:
        """The broker's certificates by a link: what is copied is the newest that the authority has."""
        there = step.path.exists()
        link = Path(os.path.relpath(self.places.broker, step.path / step.hosts[0]))
        changed = write_nodes(step.path, step.hosts, step.origin, link)
        done = settled(step, made=changed and not there)
        return StepDone(step, StepState.MENDED, "copy them again") if changed and there else done

    # --- the authority ----------------------------------------------------------------------

    def _authority(self, step: Step) -> StepDone:
        """Made aside and renamed, so that there is a whole one or none."""
        if (step.path / "devices.crl").exists() and (step.path / "services.crl").exists():
            return settled(step, made=False)
        if step.path.exists() and any(step.path.iterdir()):
            raise ConfigurationError(
                "holds something, and no whole authority",
                where=step.where,
                remedy="look what it is; if it is of no use, move it away and run this again",
            )
        aside = step.path.with_name(step.path.name + ".new")
        if aside.exists():  # of a time that was interrupted: nothing was issued by it
            shutil.rmtree(aside)
        aside.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        aside.mkdir(mode=0o700)
        own(aside, step)
        init_certificate_authority(aside, step.hosts[0], _now)
        aside.replace(step.path)
        return settled(step, made=True)

    def _service(self, step: Step) -> StepDone:
        authority = open_certificate_authority(step.origin, _now)
        renewed = ensure_service(authority, step.origin, step.where, step.hosts, _now())
        return StepDone(step, {None: StepState.THERE, True: StepState.MENDED, False: StepState.MADE}[renewed])

    # --- central ----------------------------------------------------------------------------

    def _key(self, step: Step) -> StepDone:
        return settled(step, made=make_central_key(step.path))

    def _site(self, step: Step) -> StepDone:
        taken = take_site(self._url, step.path, step.origin, self._connecting)
        return StepDone(step, StepState.MADE if taken else StepState.THERE, taken)

    def _handed(self, step: Step) -> StepDone:
        changed, files = hand_site(step.path, step.origin)
        owned = [own(path, Step(step.act, str(path), step.why, step.owner)) for path in files]
        return settled(step, made=changed or any(owned))

    def _role(self, step: Step) -> StepDone:
        query = f"SELECT 1 FROM pg_roles WHERE rolname = '{_quoted(step.where)}'"  # noqa: S608 - a user's name
        if self._asked(query) == "1":
            return StepDone(step, StepState.THERE)
        self._server("createuser", "--no-superuser", "--no-createdb", "--no-createrole", step.where)
        return StepDone(step, StepState.MADE)

    def _make_database(self, step: Step) -> StepDone:
        query = f"SELECT 1 FROM pg_database WHERE datname = '{_quoted(step.where)}'"  # noqa: S608 - as above
        if self._asked(query) == "1":
            return StepDone(step, StepState.THERE)
        self._server(
            "createdb", f"--owner={step.owner}", "--encoding=UTF8", "--template=template0", step.where
        )
        return StepDone(step, StepState.MADE)

    def _asked(self, query: str) -> str:
        return self._server("psql", "-tAX", "--dbname=postgres", f"--command={query}")

    def _server(self, program: str, *words: str) -> str:
        """What a program of PostgreSQL says, run by the server's own administrator."""
        place = [f"--port={self.database.port}"]
        place += [f"--host={self.database.socket_folder}"] if self.database.socket_folder else []
        done = self.call((program, *place, *words), self.server_admin)
        if done.returncode:
            remedy = "apt-get install postgresql; systemctl status postgresql"
            raise GatepostError(_words(done), where=program, remedy=remedy)
        return done.stdout.strip()

    @property
    def _url(self) -> str:
        """The database's URL from here: below another root SQLite's file lies elsewhere."""
        state = self.places.state
        return self.database.url.replace(f"sqlite:///{self.places.seen(state)}", f"sqlite:///{state}")

    @property
    def _connecting(self) -> Connecting | None:
        """A server is connected to as central; SQLite's file gets the owner of its folder."""
        if self.database.url.startswith("sqlite:"):
            return None
        return lambda: acting_as(self.places.central_user)

    def _tables(self, step: Step) -> StepDone:
        version, changed = make_tables(self._url, self._connecting)
        return StepDone(step, StepState.MADE if changed else StepState.THERE, f"version {version}")

    def _administrator(self, step: Step) -> StepDone:
        link = first_link(self._url, step.where, self.places.configuration, self._connecting)
        if link is None:
            return StepDone(
                step, StepState.THERE, "somebody can sign in; a new link: gatepost central user link create"
            )
        return StepDone(step, StepState.MADE, link)

    def _unit(self, step: Step) -> StepDone:
        if not self.starts:
            verb = "restart" if step.where == MOSQUITTO else "enable --now"
            return StepDone(step, StepState.YOURS, f"systemctl daemon-reload; systemctl {verb} {step.where}")
        if self.call(("systemctl", "cat", step.where), "").returncode:
            return StepDone(step, StepState.YOURS, "systemd knows no such unit: install the package of it")
        self._systemctl("daemon-reload")
        active = self.call(("systemctl", "is-active", "--quiet", step.where), "").returncode == 0
        enabled = self.call(("systemctl", "is-enabled", "--quiet", step.where), "").returncode == 0
        mine = str(self.places.broker) if step.where == MOSQUITTO else str(self.places.configuration_folder)
        others = {str(self.places.broker_configuration), str(self.places.broker_limits)}
        stale = step.where == MOSQUITTO and self._runs_with_older()
        stale = stale or any(
            name.startswith(mine) or name in others & self._changed for name in self._changed
        )
        if not enabled:
            self._systemctl("enable", step.where)
        if not active or (stale and step.where.endswith(".service")):
            self._systemctl("restart", step.where)
            return StepDone(
                step, StepState.MENDED if active else StepState.MADE, "started anew" if active else "started"
            )
        return StepDone(step, StepState.THERE if enabled else StepState.MADE)

    def _runs_with_older(self) -> bool:
        """Whether the broker started before its files were written: by a setup that did not end, say."""
        words = (
            "systemctl",
            "show",
            "--timestamp=unix",
            "--property=ActiveEnterTimestamp",
            "--value",
            MOSQUITTO,
        )
        began = self.call(words, "").stdout.strip().lstrip("@")
        files = (self.places.broker_configuration, self.places.broker_limits)
        return began.isdigit() and any(path.stat().st_mtime >= int(began) for path in files)

    def _systemctl(self, *words: str) -> None:
        done = self.call(("systemctl", *words), "")
        if done.returncode:
            remedy = f"journalctl -u {words[-1]} -n 50 says why"
            raise GatepostError(_words(done), where=" ".join(words), remedy=remedy)


def systemd_runs() -> bool:
    """Whether systemd is this computer's init: sd_booted(3)."""
    return _RUNS.is_dir()


# --- inside --------------------------------------------------------------------------------


def _now() -> datetime:
    return datetime.now(UTC)


def _password_in(path: Path) -> str:
    try:
        return read_bounded(path, 4096, follow=True).decode().strip("\r\n")
    except UnicodeDecodeError:
        raise ConfigurationError(
            "not text in UTF-8", where=str(path), remedy="write the password alone into it"
        ) from None


def _words(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    said = (line for line in lines if "error" in line.lower() or "failed" in line.lower())
    return next(said, lines[0] if lines else f"ended with {done.returncode}")


def _quoted(name: str) -> str:
    return name.replace("'", "''")
