"""A publisher with tiny packages, a mirror on loopback, and a gate whose systemd is simulated."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import msgspec

from models import by_its_hash
from sync.updates.applying import ExchangeMeans, PackageSource, apply, resume
from sync.updates.configuration import UpdateConfiguration
from sync.updates.core import Difference, NamedModel, Platform, SoftwareRelease, TrialReport, UpdateError
from sync.updates.fetching import Wish, fetch
from sync.updates.host import GATE
from sync.updates.packages import MODELS_FILE, read_package
from sync.updates.place import Fetched, Place, name_by
from sync.updates.publishing.repository import Publishing
from sync.updates.publishing.role_keys import ROLES, make_keys

PI = Platform("deb12", "arm64")
OLD, NEW = "0.1.0", "0.2.0"
OPENS = {"journal": 1}
NET = b"a net, as far as these tests go\n" * 100
NAMED = NamedModel("tiny-net", "tiny.onnx", (sha256(NET).hexdigest(),))
"""A model that every version of these tests can use, and none carries."""


class PowerCut(Exception):
    """The power went, here."""


def package(
    folder: Path,
    version: str,
    platform: Platform = PI,
    *,
    files: Sequence[tuple[str, str]] = (),
    models: Sequence[NamedModel] = (NAMED,),
) -> Path:
    """A package of `version` with next to nothing in it, built by dpkg-deb."""
    root = folder / f"root-{version}-{platform.debian}"
    (root / "DEBIAN").mkdir(parents=True)
    control = (
        f"Package: gatepost\nVersion: {version}+{platform.debian}\nArchitecture: {platform.architecture}\n"
        "Maintainer: Tests <tests@example.org>\nInstalled-Size: 12\nDescription: tiny\n"
    )
    (root / "DEBIAN" / "control").write_text(control)
    inside = [
        (f"opt/gatepost/{version}/bin/gatepost", "#!/bin/sh\n"),
        (f"opt/gatepost/{version}/{MODELS_FILE}", msgspec.json.encode(models).decode()),
        ("usr/share/doc/gatepost/copyright", "x"),
        *files,
    ]
    for name, text in inside:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / f"opt/gatepost/{version}/bin/gatepost").chmod(0o4755)
    (root / f"opt/gatepost/{version}/bin/python3").symlink_to("/usr/bin/python3.11")
    (root / f"opt/gatepost/{version}/bin/python").symlink_to("python3")
    made = folder / f"gatepost_{version}+{platform.debian}_{platform.architecture}.deb"
    command = ["dpkg-deb", "--build", "--root-owner-group", "-Znone", str(root), str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made


@dataclass
class Publisher:
    """A publisher: its keys, by role, and its repository."""

    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def root(self) -> bytes:
        return (self.repository / "metadata" / "1.root.json").read_bytes()

    def publishing(
        self, *keys: Path, retired: Sequence[Path] = (), now: datetime | None = None
    ) -> Publishing:
        return Publishing(self.repository, keys or (self.keys,), now or self.now, retired)

    def begin(self) -> None:
        for role in ROLES:
            make_keys(self.keys, role, 2 if role == "root" else 1)
        self.publishing().create({"root": 2})
        self.offer(NAMED, NET)

    def offer(self, model: NamedModel, data: bytes) -> None:
        """Have the role for models sign `data`, whatever it is, as that model."""
        file = self.folder / model.file
        file.write_bytes(data)
        self.publishing().add_models({model: file})

    def publish(self, version: str = NEW, platform: Platform = PI, **said: object) -> None:
        made = package(self.folder, version, platform)
        self.publishing().add([read_package(made)], SoftwareRelease(version, **said), "stable")  # type: ignore[arg-type]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def mirror(folder: Path, handler: Callable[..., SimpleHTTPRequestHandler] = Quiet) -> Iterator[str]:
    """`folder` served on loopback: its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Systemd:
    """systemd as it is documented, of a gate whose versions do as `faults` says.

    `running` is the version that the gate's process is of; None: it does not run. `starts` are its starts,
    each by version and by the version whose units were read. `Restart=` starts a gate that failed again:
    `restarts` after the units were read anew, before, or only after the exchange has asked for it ("").
    """

    place: Place
    faults: dict[str, str] = field(default_factory=dict)
    reports: dict[str, TrialReport] = field(default_factory=dict)
    running: str | None = OLD
    done: list[str] = field(default_factory=list)
    starts: list[tuple[str, str]] = field(default_factory=list)
    restarts: str = ""
    read: str = OLD
    since_read: bool = False

    def reload(self) -> None:
        self.done.append("daemon-reload")
        if self.running is None and self.restarts == "before":
            self.start_gate()
        self.read, self.since_read = self.place.named_by(self.place.current), False
        if self.running is None and self.restarts == "after":
            self.start_gate()

    def reload_stale(self) -> bool:
        self.done.append("daemon-reload if stale")
        return False

    def start_gate(self) -> bool:
        """What a start of the unit comes to, at boot too: whether the gate became READY."""
        version = self.place.named_by(self.place.current)
        whole = (self.place.current / "bin" / "gatepost").exists()
        self.running = version if whole and self.faults.get(version) != "does not start" else None
        self.starts.append((version, self.read))
        self.since_read = True
        return self.running is not None

    def restart(self, unit: str, within: float) -> None:
        assert unit == GATE
        self.done.append(f"restart {unit}")
        if not self.start_gate():
            raise UpdateError(f"systemctl restart {unit} took longer than {within:g} s")

    def run_as_read(self, unit: str, within: float) -> None:
        assert unit == GATE
        if not self.since_read:
            self.restart(unit, within)
        elif self.running is None:
            raise UpdateError(f"systemctl start {unit} took longer than {within:g} s")

    def restart_if_running(self, unit: str) -> None:
        self.done.append(f"try-restart {unit}")

    def try_out(self, version: str, within: float) -> None:  # noqa: ARG002 - of the protocol
        self.done.append(f"try {version}")
        if self.faults.get(version) == "trial dies":
            raise UpdateError("systemctl start failed")
        report = self.reports.get(version, TrialReport(version, compared=5))
        self.place.report.parent.mkdir(exist_ok=True, parents=True)
        self.place.report.write_text(json.dumps(_plain(report)))

    def go_on_later(self) -> None:
        self.done.append("go on later")

    # --- the witness's part: what that gate writes in its journal ---

    def newest(self) -> tuple[bytes, int, bool]:
        return b"e" * 16, 41, True

    def works(self, version: str, epoch: bytes, after: int, *, probed: bool) -> None:
        assert (epoch, after, probed) == (b"e" * 16, 41, True)
        if self.running != version or self.faults.get(version) == "probe lost":
            raise UpdateError(f"{version} did not show within 420 s that it works: its probe does not answer")


def _plain(report: TrialReport) -> object:
    return msgspec.to_builtins(report)


def differs(sequence: int, then: str, now: str) -> Difference:
    return Difference(sequence, "grant", then, "deny", now)


@dataclass
class Gate:
    """A gate of `OLD`, with what it fetched from a publisher."""

    folder: Path
    publisher: Publisher
    systemd: Systemd
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def place(self) -> Place:
        return self.systemd.place

    @property
    def net(self) -> Path:
        """Where the model comes to lie that no package carries."""
        return self.place.models / by_its_hash(NAMED.file, *NAMED.sha256)

    @property
    def in_force(self) -> str:
        return self.place.named_by(self.place.current)

    def fetch(self, version: str = NEW, platform: Platform = PI, **keys: object) -> SoftwareRelease | None:
        with mirror(self.publisher.repository) as url:
            return self.fetch_from(url, version, platform, **keys)

    def fetch_from(
        self, url: str, version: str = NEW, platform: Platform = PI, **keys: object
    ) -> SoftwareRelease | None:
        return self.fetch_what(url, Wish(version), platform, **keys)

    def fetch_what(
        self, url: str, wish: Wish, platform: Platform = PI, **keys: object
    ) -> SoftwareRelease | None:
        configuration = UpdateConfiguration(url, **keys)  # type: ignore[arg-type]
        return fetch(configuration, self.publisher.root, self.place, platform, wish)

    def apply(self, cut: Callable[[str], None] = lambda _: None, *, again: bool = False) -> object:
        configuration = UpdateConfiguration("http://127.0.0.1:9")  # it must not be asked
        source = PackageSource(configuration, self.publisher.root, PI, OPENS)
        return apply(
            ExchangeMeans(self.place, self.systemd, self.systemd, self.now, cut), source, again=again
        )

    def starts(self) -> None:
        """The computer starts: what recovers runs, then the gate's unit is started."""
        resume(self.place, self.systemd)
        self.systemd.start_gate()


def gate_in(folder: Path, publisher: Publisher) -> Gate:
    place = Place(
        folder / "versions",
        folder / "state",
        Fetched(folder / "fetched"),
        folder / "run" / "report.json",
        folder / "units",
        folder / "wanted",
        folder / "models",
    )
    (place.versions / OLD / "bin").mkdir(parents=True)
    (place.versions / OLD / "bin" / "gatepost").write_text("#!/bin/sh\n")
    place.state.mkdir()
    place.fetched.folder.mkdir()
    place.recovers.parent.mkdir(parents=True)
    place.recovers.symlink_to("/usr/lib/systemd/system/gatepost-update-recover.service")
    name_by(place, place.current, OLD)
    return Gate(folder, publisher, Systemd(place))


def everything_under(folder: Path) -> dict[str, bytes | str]:
    """Every file below `folder`, with its bytes, and every link with what it names."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found
