"""Model files that no package carries: by the role for models, by hash, bounded, and before the versions are
exchanged.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Targets

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from models import PACKAGED
from sync.updates.core import ReleaseModel, UpdateCause, UpdateError, cause_of
from sync.updates.packages import read_package
from sync.updates.space import SPARE
from sync.updates.unfetched import note_unfetched, telling
from tests.sync.updates.lab import NAMED, NET, NEW, OLD, PI, Gate, Publisher, Quiet, mirror
from tests.waiting import pause, sooner_than

_PATH = f"models/{NAMED.sha256[0]}.{NAMED.file}"
_OTHER = b"another net, which nobody trained\n"


def file_at(publisher: Publisher) -> Path:
    """The model's file where the mirror has it."""
    [path] = (publisher.repository / "targets" / "models").iterdir()
    return path


def test_a_model_comes_with_the_version_that_names_it_and_no_package_carries(gate: Gate) -> None:
    release = gate.fetch()
    assert release is not None
    assert release.models == (ReleaseModel(NAMED.name, NAMED.file, NAMED.sha256[0], len(NET)),)
    assert not gate.net.exists(), "nothing is believed yet"
    assert gate.apply() == SoftwareUpdateEnded(1, NEW, OLD, UpdateEnd.INSTALLED)
    assert gate.net.read_bytes() == NET
    assert (gate.net.stat().st_mode & 0o777, gate.place.models.stat().st_mode & 0o777) == (0o644, 0o755)
    assert gate.net.stat().st_uid == os.geteuid()
    assert [path.name for path in gate.place.models.iterdir()] == [gate.net.name]
    assert not list(gate.place.fetched.folder.glob("*.model"))
    assert not gate.place.model.exists()


def by_hand(gate: Gate) -> Path:
    return gate.place.models / NAMED.file


def by_an_update(gate: Gate) -> Path:
    return gate.net


def with_the_version_that_runs(gate: Gate) -> Path:
    return gate.place.folder_of(OLD) / PACKAGED / NAMED.file


@pytest.mark.parametrize("had", [by_hand, by_an_update, with_the_version_that_runs])
def test_a_model_that_is_here_is_not_fetched(gate: Gate, had: Callable[[Gate], Path]) -> None:
    file_at(gate.publisher).unlink()
    path = had(gate)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(NET)
    gate.fetch()
    gate.apply()
    assert gate.in_force == NEW
    laid = [path.read_bytes() for path in gate.place.models.iterdir()]
    assert laid == [NET], "it does not go with the version that goes"


def test_another_form_that_the_version_in_force_uses_stays_as_it_is(gate: Gate) -> None:
    gate.place.models.mkdir()
    by_hand(gate).write_bytes(_OTHER)
    gate.fetch()
    gate.apply()
    assert (by_hand(gate).read_bytes(), gate.net.read_bytes()) == (_OTHER, NET)


# --- a mirror, or keys, that are wrong ----------------------------------------------------------------


def missing(publisher: Publisher) -> None:
    file_at(publisher).unlink()


def altered(publisher: Publisher) -> None:
    file_at(publisher).write_bytes(NET[:-1] + b"!")


def cut_off(publisher: Publisher) -> None:
    file_at(publisher).write_bytes(NET[:-100])


def larger(publisher: Publisher) -> None:
    file_at(publisher).write_bytes(NET + b"and more")


def unsigned(publisher: Publisher) -> None:
    """The role's metadata, signed by nobody that counts."""
    other = Publisher(publisher.folder / "other")
    other.begin()
    [theirs] = (other.repository / "metadata").glob("2.models.json")
    (publisher.repository / "metadata" / theirs.name).write_bytes(theirs.read_bytes())


def older(publisher: Publisher) -> None:
    """The role's metadata of before, under the newer one's name."""
    metadata = publisher.repository / "metadata"
    (metadata / "2.models.json").write_bytes((metadata / "1.models.json").read_bytes())


def _say(publisher: Publisher, role: str, change: Callable[[Targets], object]) -> None:
    publishing = publisher.publishing()
    read = publishing._read(role, Targets)
    change(read.signed)
    publishing._sign_next(role, read)
    publishing.refresh(whole=True)


def of_another_role(publisher: Publisher) -> None:
    """The role for software names the model's file; the role for models names it no more."""
    held = publisher.publishing()._read("models", Targets).signed.targets[_PATH]
    _say(publisher, "models", lambda role: role.targets.pop(_PATH))
    _say(publisher, "software", lambda role: role.targets.update({_PATH: held}))


def named_for_another(publisher: Publisher) -> None:
    """A models key that was taken over: another net, under the path of the one that the software names."""
    _say(publisher, "models", lambda role: role.targets.pop(_PATH))
    publisher.offer(NAMED, _OTHER)


SPOILED: list[tuple[Callable[[Publisher], None], str]] = [
    (missing, "cannot be fetched"),
    (altered, "not what was signed, or cut off"),
    (cut_off, "not what was signed, or cut off"),
    (larger, "sends more than it may"),
    (unsigned, "not signed by the keys that this gate trusts"),
    (older, "older than what this gate has already seen"),
    (of_another_role, "role for models has not signed .*; its role for software names it, and may not"),
    (named_for_another, "role for models signed .* its role for software names"),
]


@pytest.mark.parametrize(("spoil", "why"), SPOILED, ids=[spoil.__name__ for spoil, _ in SPOILED])
def test_without_its_model_no_version_lies_ready_and_it_is_told_why(
    gate: Gate, spoil: Callable[[Publisher], None], why: str
) -> None:
    spoil(gate.publisher)
    gate.place.wanted.write_text(NEW)
    raises = pytest.raises(UpdateError, match=f"{UpdateCause.NO_MODEL}: tiny-net: .*{why}")
    with raises as raised, telling(gate.place, gate.place.wanted, lambda: 1.0):
        gate.fetch()
    assert raised.value.remedy
    assert cause_of(str(raised.value)) is UpdateCause.NO_MODEL
    assert not gate.place.fetched.ready.exists()
    assert gate.apply() is None
    told = note_unfetched(gate.place, 2.0)
    assert told is not None
    assert (told.version, told.how, str(UpdateCause.NO_MODEL) in told.why) == (NEW, UpdateEnd.REFUSED, True)
    assert gate.in_force == OLD


def test_a_mirror_that_has_the_model_again_gives_the_version(gate: Gate) -> None:
    file = file_at(gate.publisher)
    file.unlink()
    with pytest.raises(UpdateError):
        gate.fetch()
    file.write_bytes(NET)
    gate.fetch()
    assert gate.apply() == SoftwareUpdateEnded(1, NEW, OLD, UpdateEnd.INSTALLED)


class Bad(Quiet):
    """A mirror that does of the model's file what its server says."""

    def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
        if not self.path.endswith(NAMED.file):
            super().do_GET()
            return
        self.send_response(200)
        self.end_headers()
        try:
            for piece in cycle([bytes(1 << 16)] if self.server.does == "endless" else [b"\0"]):  # type: ignore[attr-defined]
                self.wfile.write(piece)
                if len(piece) == 1:
                    pause(0.02)
        except OSError:
            return


@pytest.mark.parametrize(("does", "why"), [("endless", "sends more than it may"), ("slow", "too slowly")])
def test_a_mirror_that_sends_a_model_without_end_is_left(gate: Gate, does: str, why: str) -> None:
    def handler(*words: object, **keys: object) -> SimpleHTTPRequestHandler:
        words[2].does = does  # type: ignore[attr-defined]
        return Bad(*words, **keys)  # type: ignore[arg-type]

    raises = pytest.raises(UpdateError, match=why)
    with mirror(gate.publisher.repository, handler) as url, sooner_than(60), raises:
        gate.fetch_from(url, within=3600 if does == "endless" else 2)
    assert not gate.place.fetched.ready.exists()


class Counting(Quiet):
    """A mirror that notes what it is asked for."""

    def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        super().do_GET()


def test_what_a_fetch_left_whole_is_kept_and_the_rest_is_fetched_anew(gate: Gate) -> None:
    asked: list[str] = []

    def handler(*words: object, **keys: object) -> SimpleHTTPRequestHandler:
        words[2].asked = asked  # type: ignore[attr-defined]
        return Counting(*words, **keys)  # type: ignore[arg-type]

    here, stale = gate.place.fetched.model(NAMED.sha256[0]), gate.place.fetched.model("0" * 64)
    stale.write_bytes(b"of a version that was withdrawn")
    with mirror(gate.publisher.repository, handler) as url:
        for held, times in [(NET, 0), (NET[:50], 1)]:
            here.write_bytes(held)
            asked.clear()
            gate.fetch_from(url)
            assert sum(path.endswith(NAMED.file) for path in asked) == times
            assert (here.read_bytes(), stale.exists()) == (NET, False)


def _leave_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = type("Usage", (), {"free": SPARE + free})
    monkeypatch.setattr("edge.support.disks.shutil.disk_usage", lambda _: usage)


def _sizes(gate: Gate) -> tuple[int, int]:
    """Of the package, and of what it takes unpacked."""
    made = read_package(gate.publisher.folder / f"gatepost_{NEW}+{PI.debian}_{PI.architecture}.deb")
    size = made.path.stat().st_size
    return size, max(size, made.unpacked)


def test_there_has_to_be_room_for_a_model_twice_before_anything_is_fetched(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, unpacked = _sizes(gate)
    enough = 2 * package + unpacked + 2 * len(NET)
    _leave_free(monkeypatch, enough - 1)
    with pytest.raises(UpdateError, match="have to stay free"):
        gate.fetch()
    assert not gate.place.fetched.model(NAMED.sha256[0]).exists()
    _leave_free(monkeypatch, enough)
    assert gate.fetch() is not None


def test_there_has_to_be_room_for_a_model_before_anything_is_laid(
    ready: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, unpacked = _sizes(ready)
    _leave_free(monkeypatch, package + unpacked + len(NET) - 1)
    ended: Any = ready.apply()
    assert "have to stay free" in ended.why
    assert not ready.net.exists()


# --- what root believes of what was fetched ----------------------------------------------------------------


def exchanged_since(gate: Gate) -> None:
    gate.place.fetched.model(NAMED.sha256[0]).write_bytes(_OTHER)


def gone_since(gate: Gate) -> None:
    gate.place.fetched.model(NAMED.sha256[0]).unlink()


def a_link_since(gate: Gate) -> None:
    path = gate.place.fetched.model(NAMED.sha256[0])
    elsewhere = gate.folder / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("spoil", [exchanged_since, gone_since, a_link_since])
def test_what_the_fetching_user_changed_since_is_not_laid(ready: Gate, spoil: Callable[[Gate], None]) -> None:
    spoil(ready)
    ended: Any = ready.apply()
    assert (ended.how, ready.in_force, ready.net.exists()) == (UpdateEnd.REFUSED, OLD, False)
    assert str(UpdateCause.NO_MODEL) in ended.why
    ready.fetch()
    assert ready.apply() == SoftwareUpdateEnded(2, NEW, OLD, UpdateEnd.INSTALLED), "it is not blamed"
