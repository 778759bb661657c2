"""Makes recordings of the prompts' texts with espeak-ng: when a gate is set up, never while it runs.

A recording that somebody replaced by their own is left alone.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.decision import Text
from edge.errors import DeviceError
from edge.prompts.texts import LANGUAGES
from edge.prompts.voice import MOST_BYTES, file_of, length, loudness, recording_of
from edge.support.decoding import Undecodable, json_of
from edge.support.files import read_bounded, write_aside
from edge.support.modes import open_to_all

VOICES = {"zh": "cmn-latn-pinyin", "en": "en-gb"}
"""espeak-ng's voice `cmn` reads pinyin as if it were English, tones included; `cmn-latn-pinyin` does not."""
_WORDS_A_MINUTE = {"zh": "170", "en": "150"}
_READ_AS = {"重新": " chong2 xin1 ", "更新": " geng1 xin1 ", "码为": "码 wei2 "}
"""Words in which espeak-ng picks the wrong reading of a character, and the pinyin to write instead."""
_MADE = "made.json"
_TIMEOUT = 30.0

SHORTEST = 0.3
QUIETEST = 0.01
"""The least seconds, and the least share of full scale (root mean square), that count as speech."""


class _Made(msgspec.Struct, frozen=True):
    """SHA-256 of what a recording was made of (voice, pace, words), and of its file."""

    speech: str
    file: str


class Rendered(NamedTuple):
    """The outcome for one prompt: `made`, `kept` (made before, of this text) or `replaced` (by somebody)."""

    path: Path
    what: str


def render(folder: Path, texts: Mapping[str, Text], *, anew: bool = False) -> Iterator[Rendered]:
    """Make recordings that are missing or out of date in `folder`; with `anew` also those somebody replaced.

    Raises DeviceError where espeak-ng is not installed, or its output is not speech.
    """
    made = _read(folder / _MADE)
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for made_here in (folder, folder / language):
            open_to_all(made_here)  # the gate's user reads them
        for code, text in texts.items():
            path = file_of(folder, language, code)
            name = f"{language}/{code}"
            words = text._asdict()[language]
            speech = f"{VOICES[language]} {_WORDS_A_MINUTE[language]} {spelled_for_speech(words)}"
            what = "made" if anew else _what_to_do(path, made.get(name), speech)
            if what == "made":
                speak(words, language, path)
                made[name] = _Made(_hash(speech.encode()), _hash(read_bounded(path, MOST_BYTES)))
            yield Rendered(path, what)
    write_aside(folder / _MADE, msgspec.json.format(msgspec.json.encode(made), indent=1))


def speak(words: str, language: str, path: Path) -> None:
    """Make the recording of `words` at `path`, whole or not at all. Raises DeviceError."""
    scratch = path.with_name(f"{path.name}.new")
    command = ["espeak-ng", "-v", VOICES[language], "-s", _WORDS_A_MINUTE[language], "-w", str(scratch)]
    spelled = spelled_for_speech(words).encode()
    try:
        done = subprocess.run(
            [*command, "--stdin"], input=spelled, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except FileNotFoundError:
        raise DeviceError(
            "is not installed", where="espeak-ng", remedy="sudo apt-get install espeak-ng"
        ) from None
    except subprocess.TimeoutExpired:
        raise DeviceError(f"took longer than {_TIMEOUT:.0f} s", where=f"espeak-ng, {path.name}") from None
    if done.returncode or not scratch.is_file():
        raise DeviceError(done.stderr.decode(errors="replace").strip()[:500], where=f"espeak-ng, {path.name}")
    seconds = duration_of_speech(scratch)
    if seconds < SHORTEST:
        raise DeviceError(
            f"made {seconds:.1f} s of sound from {words!r}, expected {SHORTEST} s or more",
            where=f"espeak-ng, {path.name}",
        )
    open_to_all(scratch)
    scratch.replace(path)


def spelled_for_speech(words: str) -> str:
    """The words as espeak-ng must be given them to pronounce them right."""
    for written, read in _READ_AS.items():
        words = words.replace(written, read)
    return words


def duration_of_speech(path: Path) -> float:
    """The length of a recording in seconds; 0.0 if it is silent. Raises DeviceError."""
    recording = recording_of(path)
    return length(recording, str(path)) if loudness(recording) >= QUIETEST else 0.0


def _what_to_do(path: Path, made: _Made | None, speech: str) -> str:
    if not path.is_file():
        return "made"
    if made is None or _hash(read_bounded(path, MOST_BYTES)) != made.file:
        return "replaced"
    return "kept" if made.speech == _hash(speech.encode()) else "made"


def _read(path: Path) -> dict[str, _Made]:
    """What was made before; a list that cannot be read counts as empty."""
    try:
        return json_of(read_bounded(path, MOST_BYTES), dict[str, _Made])
    except (OSError, Undecodable):
        return {}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
