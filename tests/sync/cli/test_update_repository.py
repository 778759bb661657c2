"""The publisher's commands: how many must sign stays, unless somebody says otherwise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models import MODELS
from sync.updates.publishing.role_keys import OFFLINE, ONLINE, make_keys
from tests.command_line import Done, called
from tests.sync.updates.lab import NAMED, NET, NEW, package


class Press:
    """A publisher: two media with a key of root each, one with the others' keys, one that is online."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "repository"
        for name, role in [("a", "root"), ("b", "root"), *(("s", role) for role in OFFLINE[1:])]:
            make_keys(folder / name, role, 1)
        for role in ONLINE:
            make_keys(folder / "online", role, 1)

    @property
    def keys(self) -> tuple[str | Path, ...]:
        """The media on which the keys of all roles but root lie, as a command names them."""
        return ("--keys", self.folder / "s", "--keys", self.folder / "online")

    def says(self, words: str, *media: str) -> Done:
        """What a command comes to that is given these media."""
        verb, *rest = words.split()
        named = [word for name in media for word in ("--keys", self.folder / name)]
        return called("update", "repository", verb, self.repository, *rest, *named)

    def shown(self) -> dict[str, Any]:
        lines = called("update", "repository", "show", self.repository, "--json").stdout.splitlines()
        return {row["role"]: row for row in map(json.loads, lines)}


@pytest.fixture
def press(tmp_path: Path) -> Press:
    made = Press(tmp_path)
    assert made.says("init", "a", "b", "s", "online").returncode == 0
    return made


def test_a_root_that_is_rotated_needs_as_many_keys_as_before(press: Press) -> None:
    done = press.says("rotate root", "a", "b", "s", "online")
    assert (done.returncode, "2 must sign" in done.stdout) == (0, True), done.stderr
    alone = press.says("rotate root", "a", "online")
    assert alone.returncode == 2
    assert "1 key of root, 2 must sign" in alone.stderr
    assert press.shown()["root"]["version"] == 2, "nothing was written"


def test_fewer_must_sign_only_where_somebody_says_so_and_it_is_said(press: Press) -> None:
    done = press.says("rotate root --threshold 1", "a", "b", "online")
    assert "1 must sign, where it was 2 before" in done.stdout


def test_a_threshold_of_another_role_leaves_the_usual_one_of_the_root(tmp_path: Path) -> None:
    press = Press(tmp_path)
    make_keys(tmp_path / "t", "software", 1)
    (tmp_path / "t" / "software-1.key").rename(tmp_path / "s" / "software-2.key")
    done = press.says("init --threshold software=2", "a", "b", "s", "online")
    assert done.returncode == 0, done.stderr
    shown = press.shown()
    assert (shown["root"]["threshold"], shown["software"]["threshold"]) == (2, 2)


def test_a_threshold_of_no_role_is_refused(tmp_path: Path) -> None:
    done = Press(tmp_path).says("init --threshold rot=3", "a", "b", "s", "online")
    assert (done.returncode, "'rot' is no role" in done.stderr) == (2, True)


def test_roles_are_signed_again_by_the_keys_that_count_before_they_expire(press: Press) -> None:
    done = press.says("renew --role root --role targets --role models", "a", "b", "s", "online")
    assert done.returncode == 0, done.stderr
    shown = press.shown()
    assert [shown[role]["version"] for role in ("root", "targets", "software", "models")] == [2, 2, 1, 2]
    assert "root: version 2, until 20" in done.stdout


def test_what_only_keys_that_do_not_count_would_sign_is_not_written(press: Press) -> None:
    make_keys(press.folder / "stolen", "targets", 1)
    done = press.says("renew --role targets", "stolen", "online")
    assert "0 keys of targets, 1 must sign" in done.stderr
    assert press.shown()["targets"]["version"] == 1


def test_rotating_one_role_leaves_the_keys_of_the_others(press: Press) -> None:
    make_keys(press.folder / "new", "software", 1)
    make_keys(press.folder / "new", "models", 1)
    (press.folder / "s" / "software-1.key").unlink()
    assert press.says("rotate software", "new", "s", "online").returncode == 0
    models = (press.folder / "s" / "models-1.key").rename(press.folder / "models-1.key")
    done = press.says("renew --role models", "new", "online")
    assert "0 keys of models, 1 must sign" in done.stderr
    models.rename(press.folder / "s" / "models-1.key")
    assert press.says("renew --role models", "s", "online").returncode == 0


def test_a_version_without_one_of_its_models_says_so(press: Press, tmp_path: Path) -> None:
    made = package(tmp_path, NEW)
    done = called("update", "repository", "publish", press.repository, made, *press.keys, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["without"] == [NAMED.name]
    assert "tiny-net, which gates get by hand" in done.stderr


def test_what_no_gate_would_load_is_not_offered(press: Press, tmp_path: Path) -> None:
    net = tmp_path / "net.onnx"
    net.write_bytes(b"trained by nobody")
    refused = called("update", "repository", "models", "publish", press.repository, net, *press.keys)
    assert (refused.returncode, "no gate would load it" in refused.stderr) == (2, True)
    assert press.shown()["models"]["offered"] == []


def test_a_model_of_the_catalogue_is_offered_by_its_hash(
    press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = tmp_path / "downloaded.onnx"
    net.write_bytes(NET)
    entry = replace(MODELS[0], name=NAMED.name, file=NAMED.file, published=NAMED.sha256, prepared="")
    monkeypatch.setattr("sync.updates.publishing.catalogued.MODELS", (entry,))
    words = ("update", "repository", "models", "publish", press.repository, net, *press.keys)
    path = f"models/{NAMED.sha256[0]}.{NAMED.file}"
    assert called(*words).stdout.split() == [path]
    assert press.shown()["models"]["offered"] == [path]
    assert "nothing is new" in called(*words).stdout
