"""Plays the prompts: WAV files for what to do and why of each code and language, by ALSA's aplay.

Files are read when they are played, so that one can be replaced while the gate runs.
"""

from __future__ import annotations

import io
import os
import subprocess
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.errors import DeviceError
from edge.support.files import read_bounded

MOST_BYTES = 8 * 1024 * 1024
LONGEST = 30.0
"""Seconds that a prompt may last."""

_GRACE = 3.0
"""Seconds that the sound card may take beyond the prompt's length."""


class Player(Protocol):
    """What prompts are played by."""

    def play(self, recording: bytes, cancelled: Callable[[], bool]) -> None:
        """Play a WAV file's bytes to their end, or until `cancelled`. Raises DeviceError."""
        ...


class AplayPlayer:
    """Plays through ALSA: `device` is a name that `aplay -L` lists."""

    def __init__(self, device: str) -> None:
        self._device = device

    def play(self, recording: bytes, cancelled: Callable[[], bool]) -> None:
        ends = monotonic() + length(recording) + _GRACE
        with os.fdopen(os.memfd_create("prompt"), "w+b") as file:
            file.write(recording)
            file.seek(0)
            try:
                process = subprocess.Popen(
                    ["aplay", "--quiet", "--device", self._device, "-"],
                    stdin=file,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            except OSError as error:
                raise self._failed(error.strerror or str(error)) from error
        with process:
            try:
                while not cancelled() and monotonic() < ends:
                    with suppress(subprocess.TimeoutExpired):
                        self._judge(process.wait(0.05), process)
                        return
            finally:
                process.kill()
        if not cancelled():
            raise self._failed(f"still playing {_GRACE:.0f} s after the end of the recording")

    def _judge(self, status: int, process: subprocess.Popen[bytes]) -> None:
        if status:
            said = b"" if process.stderr is None else process.stderr.read(500)
            raise self._failed(said.decode(errors="replace").strip() or f"exit status {status}")

    def _failed(self, what: str) -> DeviceError:
        return DeviceError(
            f"aplay: {what}",
            where=f"sound device {self._device}",
            remedy="check prompts.device in gate.toml; aplay -L lists the devices",
        )


class SimulatedPlayer:
    """Plays nothing and records what it is given: for tests and the demo."""

    def __init__(self) -> None:
        self.played: list[bytes] = []

    def play(self, recording: bytes, cancelled: Callable[[], bool]) -> None:
        del cancelled
        self.played.append(recording)


def file_of(folder: Path, language: str, code: str) -> Path:
    """The path of a prompt's recording."""
    return folder / language / f"{code}.wav"


def recording_of(path: Path) -> bytes:
    """A checked recording: WAV, 16-bit PCM, up to 30 s. Raises DeviceError."""
    try:
        data = read_bounded(path, MOST_BYTES)
    except OSError as error:
        raise DeviceError(
            error.strerror or str(error), where=str(path), remedy="run: gatepost prompts render FOLDER"
        ) from error
    if not 0.0 < length(data, str(path)) <= LONGEST:
        raise DeviceError(f"must last up to {LONGEST:.0f} s, and not be empty", where=str(path))
    return data


def length(recording: bytes, where: str = "a recording") -> float:
    """The length in seconds. Raises DeviceError where it is not a 16-bit WAV file."""
    with _opened(recording, where) as file:
        return file.getnframes() / file.getframerate()


def scaled(recording: bytes, volume: int) -> bytes:
    """The recording at `volume` percent."""
    if volume >= 100:
        return recording
    with _opened(recording, "a recording") as file:
        channels, rate, samples = file.getnchannels(), file.getframerate(), _samples(file).astype(np.int32)
    quieter = samples * max(0, volume) // 100
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setnchannels(channels)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(quieter.astype("<i2").tobytes())
    return out.getvalue()


def loudness(recording: bytes) -> float:
    """The root mean square of its samples, as a share of full scale (0 to 1)."""
    with _opened(recording, "a recording") as file:
        samples = _samples(file).astype(np.float64)
    return float(np.sqrt(np.mean(samples**2)) / 32_768.0) if samples.size else 0.0


def _samples(file: wave.Wave_read) -> NDArray[np.int16]:
    """The samples that are there: a file may be shorter than its header says."""
    frames = file.readframes(file.getnframes())
    return np.frombuffer(frames[: len(frames) // 2 * 2], dtype="<i2")


def _opened(recording: bytes, where: str) -> wave.Wave_read:
    try:
        file = wave.open(io.BytesIO(recording), "rb")  # noqa: SIM115 - the caller closes it
    except (wave.Error, EOFError, RuntimeError) as error:
        raise DeviceError(f"not a WAV file: {error}", where=where) from error
    bits, rate = 8 * file.getsampwidth(), file.getframerate()
    if bits != 16 or not 1_000 <= rate <= 192_000 or file.getnchannels() > 8:
        raise DeviceError(
            f"{bits} bits, {rate} Hz, {file.getnchannels()} channels; expected 16 bits, 1 to 192 kHz, 1 to 8",
            where=where,
        )
    return file
