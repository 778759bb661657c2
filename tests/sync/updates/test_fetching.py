"""What is fetched: in bounded time and size, of the right role, and nothing that has expired."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tuf.api.metadata import Targets

from sync.updates.configuration import Take, UpdateConfiguration
from sync.updates.core import SoftwareRelease, UpdateError
from sync.updates.fetching import Order, Wish, fetch, wanted_in
from sync.updates.packages import read_package
from sync.updates.place import Fetched
from sync.updates.publishing.role_keys import make_keys
from sync.updates.space import SPARE
from tests.sync.updates.lab import NEW, OLD, PI, Gate, Publisher, Quiet, everything_under, mirror, package
from tests.waiting import pause, sooner_than

_NOBODY = 65534


def test_a_version_is_fetched_with_what_its_publisher_says_of_it(gate: Gate) -> None:
    release = gate.fetch()
    assert release is not None
    assert (release.version, release.notes, release.changes) == (NEW, "Opens faster.", ("outside_hours",))
    assert gate.place.fetched.package.stat().st_size > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be misled to another's file")
@pytest.mark.parametrize("laid", ["package.deb", "newest.json", "metadata/root_history/1.root.json"])
def test_root_follows_no_link_of_the_user_that_fetches(gate: Gate, laid: str) -> None:
    with TemporaryDirectory() as name, mirror(gate.publisher.repository) as url:
        theirs, victim = Path(name) / "fetched", Path(name) / "victim"
        Path(name).chmod(0o755)
        victim.write_text("root's")
        victim.chmod(0o644)
        (theirs / laid).parent.mkdir(parents=True)
        (theirs / laid).symlink_to(victim)
        for path in (theirs, *theirs.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
        with suppress(UpdateError):
            place = replace(gate.place, fetched=Fetched(theirs))
            fetch(UpdateConfiguration(url), gate.publisher.root, place, PI, Wish(NEW))
        made = {path.lstat().st_uid for path in theirs.rglob("*")}
        assert (victim.read_text(), victim.stat().st_uid, made) == ("root's", 0, {_NOBODY})
    assert os.geteuid() == 0


def test_without_a_version_asked_for_metadata_is_fresh_and_nothing_is_taken(gate: Gate) -> None:
    assert gate.fetch("") is None
    assert not gate.place.fetched.package.exists()
    assert (gate.place.fetched.metadata / "timestamp.json").exists()


def test_a_gate_that_takes_the_newest_finds_it(gate: Gate) -> None:
    release = gate.fetch("", take=Take.NEWEST)
    assert release is not None
    assert release.version == NEW


@pytest.mark.parametrize(
    ("wish", "take", "version"),
    [
        (Wish(order=Order("0.1.5"), running=OLD), Take.ASKED, "0.1.5"),
        (Wish(order=Order("0.1.5"), running=OLD), Take.NEWEST, NEW),
        (Wish(order=Order("0.3.0"), running=OLD), Take.NEWEST, "0.3.0"),
        (Wish(order=Order(NEW), running=NEW), Take.NEWEST, ""),
        (Wish(order=Order(OLD), running=NEW), Take.ASKED, ""),
        (Wish(running=OLD, failed={NEW: "no probe"}), Take.NEWEST, ""),
        (Wish(told=NEW, running=OLD, failed={NEW: "no probe"}), Take.ASKED, NEW),
    ],
)
def test_which_version_is_fetched(wish: Wish, take: Take, version: str) -> None:
    assert wish.version(NEW, take) == version


@pytest.mark.parametrize("text", ["../../etc", "1", "0.2.0; reboot", "0.2.0/..", "v0.2.0", "0.2.0+x"])
def test_what_is_asked_for_must_be_a_version(gate: Gate, text: str) -> None:
    file = gate.folder / "wanted"
    file.write_text(text)
    with pytest.raises(UpdateError, match="is no version"):
        wanted_in(file)


@pytest.mark.parametrize("times", [1, 2])
def test_a_package_for_which_there_is_no_room_is_not_fetched(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """There has to be room for it, for the verified copy of it, and for what is unpacked."""
    [package] = (gate.publisher.repository / "targets").rglob("*.deb")
    usage = type("Usage", (), {"free": SPARE + times * package.stat().st_size})
    monkeypatch.setattr("edge.support.disks.shutil.disk_usage", lambda _: usage)
    with pytest.raises(UpdateError, match="have to stay free"):
        gate.fetch()
    assert not gate.place.fetched.package.exists()


def test_what_comes_lies_in_the_folder_of_who_takes_it_and_in_no_temporary_one(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where temporary files lie, in memory, there is no room for a package."""
    monkeypatch.setattr("tempfile.tempdir", str(gate.folder / "none"))
    assert gate.fetch() is not None
    gate.apply()
    assert gate.in_force == NEW


class Endless(Quiet):
    """A mirror that sends without end where metadata is asked for."""

    def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
        if not self.path.endswith(self.server.endless):  # type: ignore[attr-defined]
            super().do_GET()
            return
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 16))
        except OSError:
            return


@pytest.mark.parametrize("ends", ["timestamp.json", ".deb", ".snapshot.json", "newest.json"])
def test_a_mirror_that_sends_without_end_is_left(gate: Gate, ends: str) -> None:
    def handler(*words: object, **keys: object) -> SimpleHTTPRequestHandler:
        words[2].endless = ends  # type: ignore[attr-defined]
        return Endless(*words, **keys)  # type: ignore[arg-type]

    sends_more = pytest.raises(UpdateError, match="sends more than it may")
    with mirror(gate.publisher.repository, handler) as url, sends_more:
        gate.fetch_from(url)
    assert not gate.place.fetched.ready.exists()
    assert gate.apply() is None


class Slow(Quiet):
    """A mirror that sends a byte now and then, where its server says: of the headers, or of a file."""

    def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
        if not self.path.endswith("timestamp.json"):
            super().do_GET()
            return
        with suppress(OSError):
            for byte in cycle(b"X-Patience: 1\r\n") if self.server.slow == "headers" else self._body():  # type: ignore[attr-defined]
                self.wfile.write(bytes([byte]))
                pause(0.02)

    def _body(self) -> Iterator[int]:
        self.send_response(200)
        self.end_headers()
        return cycle(b" ")


@pytest.mark.parametrize("slow", ["headers", "body"])
def test_a_mirror_that_sends_a_byte_now_and_then_is_left_in_time(gate: Gate, slow: str) -> None:
    def handler(*words: object, **keys: object) -> SimpleHTTPRequestHandler:
        words[2].slow = slow  # type: ignore[attr-defined]
        return Slow(*words, **keys)  # type: ignore[arg-type]

    too_slow = pytest.raises(UpdateError, match="sends too slowly")
    with mirror(gate.publisher.repository, handler) as url, sooner_than(60), too_slow:
        gate.fetch_from(url, within=0.3)


class BreaksOff(Quiet):
    """A mirror whose connection breaks off in the middle of a package."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        if self.path.endswith(".deb"):
            outputfile.write(source.read(1000))
            self.close_connection = True
        else:
            super().copyfile(source, outputfile)


def test_a_connection_that_breaks_off_is_named(gate: Gate) -> None:
    with mirror(gate.publisher.repository, BreaksOff) as url, pytest.raises(UpdateError) as raised:
        gate.fetch_from(url)
    assert "cannot be fetched" in raised.value.what
    assert not gate.place.fetched.ready.exists()


def test_a_mirror_that_takes_no_connection_is_not_slow(gate: Gate) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(UpdateError, match=r"cannot be fetched .*refused"):
            gate.fetch_from(url)


def test_a_clock_at_1970_fetches_nothing(gate: Gate) -> None:
    with pytest.raises(UpdateError, match="the clock says 1970"):
        fetch(
            UpdateConfiguration("http://127.0.0.1:9"),
            gate.publisher.root,
            gate.place,
            PI,
            Wish(NEW),
            lambda: datetime(1970, 1, 1, tzinfo=UTC),
        )


def frozen(publisher: Publisher) -> None:
    publisher.publishing(now=datetime.now(UTC) - timedelta(days=4)).refresh(whole=False)


def missing_timestamp(publisher: Publisher) -> None:
    (publisher.repository / "metadata" / "timestamp.json").unlink()


def other_keys(publisher: Publisher) -> None:
    other = Publisher(publisher.folder / "other")
    other.begin()
    for name in ("timestamp.json",):
        path = publisher.repository / "metadata" / name
        path.write_bytes((other.repository / "metadata" / name).read_bytes())


def altered_package(publisher: Publisher) -> None:
    [path] = (publisher.repository / "targets").rglob("*.deb")
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def cut_off_package(publisher: Publisher) -> None:
    [path] = (publisher.repository / "targets").rglob("*.deb")
    path.write_bytes(path.read_bytes()[:-100])


def said_by_another_role(publisher: Publisher) -> None:
    """The role for models names a package of the software's; the software's role names none."""
    publishing = publisher.publishing()
    publishing.withdraw(NEW, "stable", OLD)
    role = publishing._read("models", Targets)
    publishing._put(
        role.signed, f"software/stable/gatepost_{NEW}+deb12_arm64.deb", package(publisher.folder / "x", NEW)
    )
    publishing._sign_next("models", role)
    publishing.refresh(whole=True)


SPOILED: list[tuple[Callable[[Publisher], None], str]] = [
    (frozen, "its metadata has expired"),
    (missing_timestamp, "cannot be fetched"),
    (other_keys, "not signed by the keys that this gate trusts"),
    (altered_package, "not what was signed"),
    (cut_off_package, "not what was signed"),
    (said_by_another_role, "its publisher's role for software signed"),
]


@pytest.mark.parametrize(("spoil", "why"), SPOILED, ids=[spoil.__name__ for spoil, _ in SPOILED])
def test_a_repository_that_is_wrong_is_named_and_nothing_lies_ready(
    gate: Gate, spoil: Callable[[Publisher], None], why: str
) -> None:
    spoil(gate.publisher)
    with pytest.raises(UpdateError, match=why) as raised:
        gate.fetch()
    assert raised.value.remedy
    assert not gate.place.fetched.ready.exists()


def test_a_repository_that_went_back_is_refused(gate: Gate) -> None:
    before = everything_under(gate.publisher.repository / "metadata")
    gate.publisher.publish("0.3.0")
    gate.fetch()
    for path in (gate.publisher.repository / "metadata").iterdir():
        path.unlink()
    for name, data in before.items():
        assert isinstance(data, bytes)
        (gate.publisher.repository / "metadata" / name).write_bytes(data)
    with pytest.raises(UpdateError, match="older than what this gate has already seen"):
        gate.fetch()


# --- the publisher -------------------------------------------------------------------------------


def test_what_is_published_never_changes(publisher: Publisher) -> None:
    with pytest.raises(Exception, match="what a version is never changes"):
        publisher.publishing().add(
            [read_package(package(publisher.folder / "again", NEW))], SoftwareRelease(NEW), "stable"
        )


def test_where_a_key_is_missing_nothing_is_written(publisher: Publisher) -> None:
    made = read_package(package(publisher.folder / "next", "0.3.0"))
    for path in publisher.keys.glob("snapshot-*"):
        path.unlink()
    before = everything_under(publisher.repository)
    with pytest.raises(Exception, match="0 keys of snapshot, 1 must sign"):
        publisher.publishing().add([made], SoftwareRelease("0.3.0"), "stable")
    assert everything_under(publisher.repository) == before


def test_gates_follow_to_new_keys_of_the_root_and_the_old_ones_count_no_more(gate: Gate) -> None:
    publisher = gate.publisher
    gate.fetch("")
    new, retired = publisher.folder / "new", publisher.folder / "retired"
    retired.mkdir()
    for path in publisher.keys.glob("root-*"):
        path.rename(retired / path.name)
    make_keys(new, "root", 3)
    with pytest.raises(Exception, match="a gate would not follow"):
        publisher.publishing(publisher.keys, new).rotate("root", 2)
    publisher.publishing(publisher.keys, new, retired=[retired]).rotate("root", 2)
    release = gate.fetch()
    assert release is not None, "it followed from the root that it knew"
    gate.apply()
    assert gate.in_force == NEW
    with pytest.raises(Exception, match="a gate would not follow"):
        publisher.publishing(publisher.keys, retired).rotate("timestamp", 1)


def test_a_software_key_that_was_taken_over_counts_no_more_after_its_rotation(gate: Gate) -> None:
    publisher, old = gate.publisher, gate.publisher.folder / "old"
    old.mkdir()
    for path in publisher.keys.glob("software-*"):
        path.rename(old / path.name)
    make_keys(publisher.keys, "software", 2)
    publisher.publishing().rotate("software", 2)
    assert gate.fetch() is not None
    for path in publisher.keys.glob("software-*"):
        path.unlink()
    with pytest.raises(Exception, match="2 must sign"):
        publisher.publishing(publisher.keys, old).add(
            [read_package(package(publisher.folder / "z", "0.9.0"))], SoftwareRelease(NEW), "stable"
        )
