"""Recordings that an installer brought, on a stick say, lie where the gate reads them afterwards."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from edge.configuration import load_configuration
from edge.errors import ConfigurationError
from edge.setup.asking import FromFile
from edge.setup.conversation import set_up
from edge.setup.core import Answers, Draft
from edge.setup.ground import Ground
from edge.setup.kept_voice import kept_voice
from tests.command_line import called
from tests.edge.setup.bench import Computer


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    made = Computer(tmp_path).ground()
    return replace(made, places=msgspec.structs.replace(made.places, voice=str(tmp_path / "etc" / "voice")))


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    for language in ("zh", "en"):
        (folder / language).mkdir(parents=True)
        (folder / language / "granted.wav").write_bytes(language.encode())
    (folder / "zh" / "notes.txt").touch()
    return folder


def test_the_gate_reads_the_copies_and_the_next_setup_too(
    ground: Ground, stick: Path, tmp_path: Path
) -> None:
    called("site", "init", tmp_path / "green-court", "--mode", "code")
    given = Answers(site=str(tmp_path / "green-court"), voice=str(stick), camera="v4l2:0")
    assert set_up(ground, FromFile(given, lambda _: None, "answers.toml"), given).good
    shutil.rmtree(stick)
    kept = tmp_path / "etc" / "voice"
    assert load_configuration(ground.gate_file).prompts.voice == kept
    files = {
        file.relative_to(kept).as_posix(): file.read_bytes() for file in kept.rglob("*") if file.is_file()
    }
    assert files == {"zh/granted.wav": b"zh", "en/granted.wav": b"en"}
    assert (kept / "zh" / "granted.wav").stat().st_mode & 0o777 == 0o644
    assert f'voice = "{kept}"' in (ground.gate_file.parent / "setup.toml").read_text()


def test_a_mute_gate_and_recordings_that_are_kept_already_stay(ground: Ground) -> None:
    for voice in ("", ground.places.voice):
        assert kept_voice(ground, Draft(voice=voice)) == (Draft(voice=voice), ())


def test_a_folder_that_is_gone_or_holds_none_is_named(ground: Ground, stick: Path) -> None:
    for folder in (stick.with_name("gone"), stick / "zh"):
        with pytest.raises(ConfigurationError, match=folder.name):
            kept_voice(ground, Draft(voice=str(folder)))
