"""`gatepost models get` at a gate with updates: from their mirror where its role for models signed the file,
else from the official sources; it says which.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from errno import ENOSPC
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from edge.errors import ConfigurationError
from models import Model, ModelError
from models.catalogue import Web
from models.fetch import MIRROR_VARIABLE
from sync.cli.models import get
from tests.sync.updates.lab import NAMED, NET, Publisher, Quiet, mirror
from tests.sync.updates.test_fetching import Endless, Slow, frozen, other_keys
from tests.sync.updates.test_model_files import (
    altered,
    cut_off,
    larger,
    missing,
    named_for_another,
    of_another_role,
    unsigned,
)
from tests.waiting import sooner_than

TINY = Model(
    name=NAMED.name,
    file=NAMED.file,
    what="says nothing",
    licence="MIT",
    size=len(NET),
    published=NAMED.sha256,
    sources=(),
    without="nothing is said",
)


class Computer:
    """A gate's computer: its folder of models, its update.toml, and the official source of the model."""

    def __init__(self, folder: Path, publisher: Publisher, patched: pytest.MonkeyPatch) -> None:
        self.folder, self.publisher, self._patched = folder, publisher, patched
        self.models = folder / "models"
        self.official = folder / "official"
        self.official.mkdir()
        self.update = folder / "update.toml"
        (folder / "root.json").write_bytes(publisher.root)
        patched.setenv("GATEPOST_MODELS", str(self.models))
        patched.delenv(MIRROR_VARIABLE, raising=False)
        patched.setattr("sync.cli.models.UPDATE_TOML", self.update)

    def takes_updates_from(self, url: str) -> None:
        self.update.write_text(f'url = "{url}"\nroot = "{self.folder / "root.json"}"\n')

    @contextmanager
    def with_official(self) -> Iterator[str]:
        """The official source has the file; its address."""
        (self.official / NAMED.file).write_bytes(NET)
        with mirror(self.official) as url:
            self.knows(TINY, source=Web(f"{url}/{NAMED.file}"))
            yield url

    def knows(self, *entries: Model, source: Web | None = None) -> None:
        """The catalogue has these models, from this official source."""
        there = tuple(replace(entry, sources=() if source is None else (source,)) for entry in entries)
        for place in ("models.catalogue.MODELS", "edge.cli.models.MODELS"):
            self._patched.setattr(place, there)

    @property
    def file(self) -> Path:
        return self.models / NAMED.file


@pytest.fixture
def computer(tmp_path: Path, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Computer:
    computer = Computer(tmp_path, publisher, monkeypatch)
    computer.knows(TINY)
    return computer


Said = Callable[[], tuple[dict[str, str], str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Where each model came from, and the warnings."""

    def read() -> tuple[dict[str, str], str]:
        out, err = capsys.readouterr()
        return json.loads(out)["sources"], "\n".join(line for line in err.splitlines() if "warning" in line)

    return read


def test_a_model_comes_from_the_mirror_of_updates(computer: Computer, said: Said) -> None:
    with mirror(computer.publisher.repository) as url:
        computer.takes_updates_from(url)
        get(json=True)
        assert said() == ({NAMED.name: f"{url} (the mirror of updates)"}, "")
        assert computer.file.read_bytes() == NET
        assert [path.name for path in computer.models.iterdir()] == [NAMED.file]
        get(json=True)
        assert said() == ({}, ""), "what is here is not fetched"


def test_people_are_told_where_a_model_came_from(
    computer: Computer, capsys: pytest.CaptureFixture[str]
) -> None:
    with mirror(computer.publisher.repository) as url:
        computer.takes_updates_from(url)
        get()
    assert f"{NAMED.name} from {url} (the mirror of updates)\n" in capsys.readouterr().out


def test_without_an_update_toml_nothing_is_another(computer: Computer, said: Said) -> None:
    with computer.with_official() as official:
        get(json=True)
    assert said() == ({NAMED.name: f"{official}/{NAMED.file}"}, "")


SPOILED: list[tuple[Callable[[Publisher], None], str]] = [
    (altered, "not what was signed"),
    (cut_off, "not what was signed"),
    (missing, "cannot be fetched"),
    (larger, "sends more than it may"),
    (unsigned, "not signed by the keys that this gate trusts"),
    (of_another_role, "role for models has not signed tiny.onnx"),
    (named_for_another, "role for models has not signed tiny.onnx"),
    (frozen, "its metadata has expired"),
    (other_keys, "not signed by the keys that this gate trusts"),
]


@pytest.mark.parametrize(("spoil", "why"), SPOILED, ids=[spoil.__name__ for spoil, _ in SPOILED])
def test_a_mirror_that_is_wrong_is_passed_over_and_named(
    computer: Computer, said: Said, spoil: Callable[[Publisher], None], why: str
) -> None:
    spoil(computer.publisher)
    with computer.with_official() as official, mirror(computer.publisher.repository) as url:
        computer.takes_updates_from(url)
        get(json=True)
        sources, warned = said()
    assert sources == {NAMED.name: f"{official}/{NAMED.file}"}
    assert (why in warned, url in warned) == (True, True)
    assert computer.file.read_bytes() == NET


@pytest.mark.parametrize("spoil", [altered, missing])
def test_without_another_source_nothing_is_taken_from_a_mirror_that_is_wrong(
    computer: Computer, spoil: Callable[[Publisher], None]
) -> None:
    spoil(computer.publisher)
    with mirror(computer.publisher.repository) as url:
        computer.takes_updates_from(url)
        with pytest.raises(ModelError, match="mirror of updates"):
            get(NAMED.name)
    assert not computer.file.exists()


@pytest.mark.parametrize("ends", ["timestamp.json", NAMED.file])
def test_a_mirror_that_sends_without_end_is_passed_over(computer: Computer, said: Said, ends: str) -> None:
    def handler(*words: object, **keys: object) -> SimpleHTTPRequestHandler:
        words[2].endless = ends  # type: ignore[attr-defined]
        return Endless(*words, **keys)  # type: ignore[arg-type]

    with computer.with_official(), mirror(computer.publisher.repository, handler) as url:
        computer.takes_updates_from(url)
        get(json=True)
    assert "sends more than it may" in said()[1]
    assert computer.file.read_bytes() == NET


def test_a_mirror_that_sends_a_byte_now_and_then_is_left_in_time(
    computer: Computer, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.updates.model_mirror._MOST_SECONDS", 0.3)

    def handler(*words: object, **keys: object) -> SimpleHTTPRequestHandler:
        words[2].slow = "body"  # type: ignore[attr-defined]
        return Slow(*words, **keys)  # type: ignore[arg-type]

    with computer.with_official(), mirror(computer.publisher.repository, handler) as url, sooner_than(120):
        computer.takes_updates_from(url)
        get(json=True)
    assert "sends too slowly" in said()[1]


def test_a_mirror_that_is_away_is_passed_over(computer: Computer, said: Said) -> None:
    with socket.socket() as closed, computer.with_official():
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        computer.takes_updates_from(f"http://127.0.0.1:{closed.getsockname()[1]}")
        get(json=True)
    assert "refused" in said()[1]
    assert computer.file.read_bytes() == NET


def test_a_mirror_that_is_wrong_is_asked_once_for_all_models(computer: Computer, said: Said) -> None:
    asked: list[str] = []

    class Noting(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server calls it so
            asked.append(self.path)
            super().do_GET()

    with computer.with_official() as official, mirror(computer.official, Noting) as url:
        source = Web(f"{official}/{NAMED.file}")
        computer.knows(TINY, replace(TINY, name="other", file="other.onnx"), source=source)
        computer.takes_updates_from(url)
        get(json=True)
    sources, warned = said()
    assert sorted(sources) == ["other", NAMED.name]
    assert warned.count("cannot be fetched") == 2
    assert asked.count("/metadata/timestamp.json") == 1


def test_a_mirror_for_which_nothing_can_be_written_is_passed_over(
    computer: Computer, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside: list[Path] = []

    def full(dir: Path, **_: object) -> None:  # noqa: A002 - as tempfile calls it
        beside.append(dir)
        raise OSError(ENOSPC, "No space left on device", str(dir))

    monkeypatch.setattr("sync.updates.model_mirror.TemporaryDirectory", full)
    with computer.with_official() as official, mirror(computer.publisher.repository) as url:
        computer.takes_updates_from(url)
        get(json=True)
        sources, warned = said()
    assert sources == {NAMED.name: f"{official}/{NAMED.file}"}
    assert "No space left on device" in warned
    assert beside == [computer.models], "which has room for models, where /tmp may be memory"


def test_an_update_toml_that_is_wrong_keeps_nobody_from_the_official_source(
    computer: Computer, said: Said
) -> None:
    computer.update.write_text('url = "ftp://x"\n')
    with computer.with_official() as official:
        get(json=True)
        sources, warned = said()
        assert sources == {NAMED.name: f"{official}/{NAMED.file}"}
        assert "the mirror of updates is not asked" in warned
        assert "url" in warned
        with pytest.raises(ConfigurationError, match="url"):
            get(update=computer.update)
        with pytest.raises(ConfigurationError, match="typo"):
            get(update=computer.update.with_name("typo.toml"))
