"""WAV files are checked before they are played, and a sound card may fail or hang."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import DeviceError
from edge.prompts.voice import (
    AplayPlayer,
    length,
    loudness,
    recording_of,
    scaled,
)
from tests.edge.prompts.sounds import tone, tool
from tests.waiting import sooner_than


@pytest.mark.parametrize("data", [b"", b"noise" * 100, tone(40.0, rate=8000), tone(0.0)[:20], tone(0.0)])
def test_what_is_no_recording_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "prompt.wav"
    path.write_bytes(data)
    with pytest.raises(DeviceError) as caught:
        recording_of(path)
    assert str(path) in caught.value.where


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4), st.integers(0, 400))
def test_a_damaged_recording_is_refused_or_played_and_breaks_nothing(
    changes: list[tuple[int, int]], end: int
) -> None:
    data = bytearray(tone(0.01)[:end])
    for place, value in changes:
        if place < len(data):
            data[place] = value
    with suppress(DeviceError):
        length(bytes(data))
        assert length(scaled(bytes(data), 50)) >= 0.0
        assert 0.0 <= loudness(bytes(data)) <= 1.0


def test_the_volume_is_that_of_the_samples() -> None:
    full = tone(share=0.8)
    for volume in (100, 50, 10, 0):
        quiet = scaled(full, volume)
        assert loudness(quiet) == pytest.approx(loudness(full) * volume / 100, abs=1e-3)
        assert length(quiet) == length(full)


def test_aplay_plays_a_recording_and_says_what_it_cannot() -> None:
    tool("aplay", "alsa-utils")
    AplayPlayer("null").play(tone(0.3), lambda: False)
    with pytest.raises(DeviceError, match="aplay") as caught:
        AplayPlayer("no-such-device").play(tone(0.3), lambda: False)
    assert caught.value.where == "sound device no-such-device"


def test_a_sound_card_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = tmp_path / "aplay"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("edge.prompts.voice._GRACE", 0.2)
    with pytest.raises(DeviceError, match="still playing"):
        AplayPlayer("null").play(tone(0.2), lambda: False)
    monkeypatch.setattr("edge.prompts.voice._GRACE", 600.0)
    with sooner_than(600.0, "a newer prompt cuts it short"):
        AplayPlayer("null").play(tone(25.0), lambda: True)
