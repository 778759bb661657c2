"""Recordings made by espeak-ng are audible speech, and somebody's own are left alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.decision import Text
from edge.errors import DeviceError
from edge.prompts.recording import QUIETEST, SHORTEST, VOICES, duration_of_speech, render, spelled_for_speech
from edge.prompts.texts import LANGUAGES, recorded_texts
from edge.prompts.voice import (
    file_of,
    loudness,
    recording_of,
)
from tests.command_line import called
from tests.edge.prompts.sounds import tone, tool
from tests.examples import few


def texts() -> dict[str, Text]:
    """The prompts that are spoken here: each takes 20 ms of CPU in each language."""
    return dict(few([*recorded_texts().items()], 36))


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prompts, as `gatepost prompts render` makes them."""
    tool("espeak-ng", "espeak-ng")
    folder = tmp_path_factory.mktemp("voice")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge.cli.prompts.recorded_texts", texts)
        done = called("prompts", "render", folder, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert f"{len(LANGUAGES) * len(texts())} made" in done.stdout
    return folder


def test_every_prompt_is_audible_speech_of_sane_length(voice: Path) -> None:
    for language in LANGUAGES:
        for code, text in texts().items():
            path = file_of(voice, language, code)
            words = text._asdict()[language]
            seconds = duration_of_speech(path)
            assert SHORTEST < seconds < 12.0, path
            letters = len(re.findall(r"[\u4e00-\u9fff]" if language == "zh" else r"[a-z]", words))
            pace = letters / seconds
            assert 1.5 < pace < (8.0 if language == "zh" else 25.0), (path, pace)
            recording = recording_of(path)
            assert QUIETEST < loudness(recording) < 0.7, path


def test_different_prompts_sound_different(voice: Path) -> None:
    for language in LANGUAGES:
        of_text: dict[str, bytes] = {}
        for code, text in texts().items():
            of_text[text._asdict()[language]] = file_of(voice, language, code).read_bytes()
        assert len(set(of_text.values())) == len(of_text)


def phonemes(words: str) -> str:
    tool("espeak-ng", "espeak-ng")
    command = ["espeak-ng", "-v", VOICES["zh"], "-q", "-x", "--stdin"]
    return subprocess.run(command, input=words, capture_output=True, text=True, check=True).stdout


@pytest.mark.longer
def test_every_character_is_read_as_one_syllable_of_mandarin() -> None:
    """One of espeak-ng's voices reads `qing3` as "king three", in English."""
    for code, text in texts().items():
        read = phonemes(text.zh)
        assert "(en)" not in read, code
        characters = re.findall(r"[\u4e00-\u9fff]", text.zh)
        assert len(re.findall(r"\d+", read)) == len(characters), (code, read)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("请重新领取", "tS;h'i21N_| ts.h'ong35"),
        ("健康码为红码", "m'A21_| w'ei35"),
        ("请更新后再来", "tS;h'i21N_| k'@55N"),
    ],
)
def test_characters_of_two_readings_are_read_right(words: str, read: str) -> None:
    assert read in phonemes(spelled_for_speech(words))


def test_a_recording_that_somebody_put_there_is_left_alone(voice: Path, tmp_path: Path) -> None:
    folder = tmp_path / "voice"
    shutil.copytree(voice, folder)
    some = dict(list(texts().items())[:3])
    own, changed, gone = (file_of(folder, "zh", code) for code in some)
    own.write_bytes(tone())
    gone.unlink()
    code = list(some)[1]
    some[code] = some[code]._replace(zh="请稍等一下")
    before = changed.read_bytes()
    became = {item.path: item.what for item in render(folder, some)}
    assert (became[own], became[changed], became[gone]) == ("replaced", "made", "made")
    assert own.read_bytes() == tone()
    assert changed.read_bytes() != before
    assert {item.what for item in render(folder, some)} == {"kept", "replaced"}
    assert {item.what for item in render(folder, some, anew=True)} == {"made"}
    assert own.read_bytes() != tone()


def test_without_espeak_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="is not installed") as caught:
        list(render(tmp_path, recorded_texts()))
    assert "apt-get install espeak-ng" in caught.value.remedy
