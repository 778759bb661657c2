"""What a gate says and shows: every code in two languages, a shape beside each colour, and real speech."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from datetime import time as clock_time
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.boards.format import Barrier, BarrierKind, Drive, InputName
from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    Mode,
    Outcome,
    Period,
    Policy,
    Reason,
    Subject,
    WallTime,
)
from edge.devices.clock import FixedClock
from edge.errors import DeviceError
from edge.lane.driver import LaneReport
from edge.lane.machine import Grant, Prompt, Show, Signal, initial, light, step
from edge.lane.machine.signals import LanePrompt
from edge.ports import AccessEvent
from edge.prompts.announcer import Announcer, Newest
from edge.prompts.configuration import PromptsSection
from edge.prompts.recording import QUIETEST, SHORTEST, VOICES, duration_of_speech, render, spelled_for_speech
from edge.prompts.screen import PageScreen, ScreenContent, SimulatedScreen, page
from edge.prompts.texts import ASKING, LANGUAGES, SIGNS, Hours, prompt_language, text_of, texts, volume_at
from edge.prompts.voice import (
    AplayPlayer,
    SimulatedPlayer,
    file_of,
    length,
    loudness,
    recording_of,
    scaled,
)
from tests.command_line import called
from tests.waiting import PATIENT, soon, sooner_than

NOON = WallTime(datetime(2026, 11, 3, 4, 0, tzinfo=UTC), ClockTrust.TRUSTED)


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"LOUD SKIP: no {name}: apt install {package} to test the voice")
    return found


def tone(seconds: float = 0.5, share: float = 0.5, rate: int = 16_000) -> bytes:
    out = io.BytesIO()
    samples = np.sin(np.arange(int(seconds * rate)) * 0.2) * share * 32_767
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()


# --- texts and signs ---------------------------------------------------------------------------------


def test_whatever_the_lane_or_a_decision_may_say_has_a_text_in_both_languages() -> None:
    for code in (*LanePrompt, *Reason):
        text = text_of(code)
        assert text is not None, code
        assert re.search(r"[\u4e00-\u9fff]", text.zh), code
        assert re.search(r"[A-Za-z]{3}", text.en), code
    assert text_of("nonsense") is None


def test_no_two_outcomes_share_a_shape_and_none_needs_its_colour() -> None:
    signs = [*SIGNS.values(), ASKING]
    assert set(SIGNS) == set(Outcome)
    for one, other in combinations(signs, 2):
        assert one.shape is not other.shape
        assert one.glyph != other.glyph
        assert one.colour != other.colour


def test_no_two_outcomes_beat_alike_on_the_lamp() -> None:
    """Grant, denial and referral differ in rhythm, so that one lamp without colours would tell them."""

    def rhythm(signal: Signal) -> float | None:
        state, _ = initial(Barrier(BarrierKind.STRIKE, Drive.HOLD), frozenset(InputName), frozenset(), 0.0)
        state, _ = step(state, signal, 1.0)
        return light(state, 1.1).half

    rhythms = [
        rhythm(Grant("1", Direction.ENTRY)),
        rhythm(Show(Outcome.DENY, "face_unknown")),
        rhythm(Show(Outcome.REFER, "status_yellow")),
    ]
    assert len(set(rhythms)) == 3


@pytest.mark.parametrize(
    ("language", "spoken"), [("zh", "zh"), ("zh-CN", "zh"), ("ZH-Hant", "zh"), ("en", "en"), ("fr", "en")]
)
def test_people_are_spoken_to_in_chinese_or_english(language: str, spoken: str) -> None:
    assert prompt_language(language) == spoken


NIGHT = Hours(Period(start=clock_time(22), end=clock_time(7)), 20)


@pytest.mark.parametrize(
    ("hour", "volume"), [(21, 80), (22, 20), (3, 20), (6, 20), (7, 80), (12, 80), (None, 80)]
)
def test_it_is_quieter_at_night_and_as_usual_while_nobody_knows_the_time(
    hour: int | None, volume: int
) -> None:
    local = None if hour is None else datetime(2026, 11, 3, hour, tzinfo=UTC)
    assert volume_at(80, (NIGHT,), local, {}) == volume


@pytest.mark.parametrize(
    "table",
    [
        {"volume": 101},
        {"hours": [{"period": {}, "volume": -1}]},
        {"device": "--help"},
        {"device": ""},
    ],
)
def test_prompts_that_cannot_be_are_refused_with_gate_toml(table: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, PromptsSection)


# --- recordings --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every prompt, as `gatepost prompts render` makes them."""
    tool("espeak-ng", "espeak-ng")
    folder = tmp_path_factory.mktemp("voice")
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
        list(render(tmp_path, texts()))
    assert "apt-get install espeak-ng" in caught.value.remedy


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


def test_a_bug_in_one_prompt_does_not_silence_the_next() -> None:
    did: list[int] = []

    def act(item: int, newer: Callable[[], bool]) -> None:
        del newer
        if item == 1:
            raise ZeroDivisionError
        did.append(item)

    worker = Newest("buggy", act)
    worker.start()
    for item in (1, 2):
        worker.put(item)
        soon(lambda: worker._item is None and not worker._there.is_set())
    soon(lambda: did == [2])
    worker.stop()


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


# --- the announcer -----------------------------------------------------------------------------------


def passage(outcome: Outcome, reason: Reason, language: str = "zh") -> AccessEvent:
    decision = Decision(outcome, reason, "rule", subject_id="ann")
    subject = Subject("ann", language=language)
    return AccessEvent("camera", Mode.FACE, Evidence(Direction.ENTRY), subject, decision, None)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A tone for each prompt, told apart by its length."""
    for number, code in enumerate(texts()):
        for offset, language in enumerate(LANGUAGES):
            path = file_of(tmp_path / "voice", language, code)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tone(0.1 + 0.02 * number + 0.01 * offset))
    return tmp_path / "voice"


class Told:
    """An announcer with its ears: what was played and shown."""

    def __init__(self, section: PromptsSection, wall: WallTime = NOON) -> None:
        self.player, self.screen = SimulatedPlayer(), SimulatedScreen()
        self.clock = FixedClock(wall.at, wall.trust)
        self.announcer = Announcer(section, "zh", Policy, self.clock, self.player, self.screen)
        self.announcer.start()

    def hear(self, heard: object, *, later: float = 10.0) -> None:
        self.clock.advance(later)
        self.announcer.handle(heard)

    def played(self, count: int) -> list[bytes]:
        soon(lambda: len(self.player.played) >= count, "not played")
        return self.player.played

    def shown(self, count: int) -> list[ScreenContent | None]:
        soon(lambda: len(self.screen.shown) >= count, "not shown")
        return self.screen.shown


@pytest.fixture
def told(recordings: Path) -> Iterator[Told]:
    told = Told(PromptsSection(voice=recordings, volume=100, shown_for=60.0))
    yield told
    told.announcer.stop()


def test_a_decision_is_shown_by_its_sign_and_said_in_the_person_s_language(
    told: Told, recordings: Path
) -> None:
    for number, (outcome, reason, language) in enumerate(
        [
            (Outcome.GRANT, Reason.FACE_MATCHED, "en"),
            (Outcome.DENY, Reason.STATUS_RED, "zh-CN"),
            (Outcome.REFER, Reason.SITE_FULL, "fr"),
        ],
        start=1,
    ):
        told.hear(passage(outcome, reason, language))
        played = told.played(number)[-1]
        assert played == file_of(recordings, prompt_language(language), reason).read_bytes()
        shown = told.shown(number)[-1]
        assert shown is not None
        assert (shown.sign, shown.language) == (SIGNS[outcome], prompt_language(language))
        assert shown.text == text_of(reason)


def test_the_lane_s_repetition_of_a_refusal_is_not_said_twice(told: Told) -> None:
    told.hear(passage(Outcome.DENY, Reason.STATUS_RED))
    told.played(1)
    told.hear(LaneReport(0.0, Prompt("status_red")), later=0.1)
    told.hear(LaneReport(0.0, Prompt("lane_clear_the_way")), later=0.1)
    told.played(2)
    shown = [item.sign for item in told.shown(2) if item is not None]
    assert shown == [SIGNS[Outcome.DENY], ASKING]


def test_what_was_asked_and_is_then_decided_changes_its_sign(told: Told) -> None:
    told.hear(LaneReport(0.0, Prompt("temperature_high")))
    told.shown(1)
    told.hear(passage(Outcome.REFER, Reason.TEMPERATURE_HIGH), later=0.5)
    shown = [item.sign for item in told.shown(2) if item is not None]
    assert shown == [ASKING, SIGNS[Outcome.REFER]]
    assert len(told.player.played) == 1


@pytest.mark.parametrize(
    ("wall", "share"),
    [
        (NOON, 1.0),
        (WallTime(datetime(2026, 11, 3, 16, 0, tzinfo=UTC), ClockTrust.TRUSTED), 0.2),  # midnight there
        (WallTime(datetime(1970, 1, 1, 16, 0, tzinfo=UTC), ClockTrust.UNTRUSTED), 1.0),
    ],
)
def test_the_hour_of_the_site_says_how_loud(recordings: Path, wall: WallTime, share: float) -> None:
    told = Told(PromptsSection(voice=recordings, volume=100, hours=(NIGHT,)), wall)
    told.hear(passage(Outcome.GRANT, Reason.FACE_MATCHED))
    [played] = told.played(1)
    original = file_of(recordings, "zh", "face_matched").read_bytes()
    assert loudness(played) == pytest.approx(share * loudness(original), rel=0.02)
    told.announcer.stop()


def test_a_missing_or_broken_recording_is_silence_and_the_next_one_is_heard(
    told: Told, recordings: Path
) -> None:
    file_of(recordings, "zh", "face_matched").unlink()
    file_of(recordings, "zh", "code_accepted").write_bytes(b"noise")
    told.hear(passage(Outcome.GRANT, Reason.FACE_MATCHED))
    told.shown(1)
    told.hear(passage(Outcome.GRANT, Reason.CODE_ACCEPTED))
    told.shown(2)
    told.hear(passage(Outcome.DENY, Reason.STATUS_RED))
    assert told.played(1) == [file_of(recordings, "zh", "status_red").read_bytes()]


def test_a_code_that_is_not_known_here_is_passed_over(told: Told) -> None:
    told.hear(LaneReport(0.0, Prompt("lane_of_a_later_version")))
    told.hear(LaneReport(0.0, Prompt("face_required")))
    told.shown(1)
    assert len(told.screen.shown) == 1


def test_hearing_never_waits_for_a_player_that_hangs_and_the_newest_is_next() -> None:
    at_it, go_on, did = threading.Event(), threading.Event(), []

    def slow(item: int, newer: Callable[[], bool]) -> None:
        del newer
        at_it.set()
        go_on.wait(600.0)
        did.append(item)

    worker = Newest("slow", slow)
    worker.start()
    worker.put(0)
    assert at_it.wait(PATIENT)
    with sooner_than(600.0):
        for number in range(1, 1000):
            worker.put(number)
    go_on.set()
    soon(lambda: len(did) == 2)
    assert did == [0, 999]
    worker.stop()


def test_a_screen_that_shows_nobody_goes_dark_after_its_time(recordings: Path) -> None:
    told = Told(PromptsSection(voice=recordings, shown_for=0.2))
    told.hear(passage(Outcome.GRANT, Reason.FACE_MATCHED))
    assert told.shown(2)[1] is None
    told.announcer.stop()


# --- the page ----------------------------------------------------------------------------------------


def test_the_page_is_written_whole_and_readable_for_the_browser(tmp_path: Path) -> None:
    path = tmp_path / "screen.html"
    text = text_of("status_red")
    assert text is not None
    PageScreen(path).show(ScreenContent(SIGNS[Outcome.DENY], text))
    written = path.read_text()
    assert written == page(ScreenContent(SIGNS[Outcome.DENY], text))
    assert path.stat().st_mode & 0o777 == 0o644
    assert written.index(text.zh) < written.index(text.en)
    PageScreen(path).show(None)
    assert text.en not in path.read_text()
    with pytest.raises(DeviceError) as caught:
        PageScreen(tmp_path / "nowhere" / "screen.html").show(None)
    assert "nowhere" in caught.value.where


def test_a_text_cannot_become_markup() -> None:
    text = text_of("status_red")
    assert text is not None
    assert "<script>" not in page(ScreenContent(ASKING, text._replace(en="<script>alert(1)</script>")))


def test_a_browser_shows_each_sign_by_shape_and_colour(browser: Any, tmp_path: Path) -> None:
    """By the share that is filled: a square's is more than a circle's, that more than a triangle's."""
    filled, colours = {}, set()
    for outcome, sign in SIGNS.items():
        text = text_of("status_red")
        assert text is not None
        path = tmp_path / f"{outcome}.html"
        PageScreen(path).show(ScreenContent(sign, text, "en"))
        view = browser.new_page(viewport={"width": 800, "height": 600})
        view.goto(path.as_uri())
        assert view.locator("p").nth(0).inner_text() == text.en
        assert view.locator("p").nth(1).inner_text() == text.zh
        picture = view.locator("svg").screenshot()
        view.close()
        import cv2

        pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        lit = pixels.max(axis=2) > 100
        filled[outcome] = float(lit.mean())
        colours.add(tuple(int(value) for value in np.median(pixels[lit], axis=0)))
    assert filled[Outcome.DENY] > filled[Outcome.GRANT] + 0.02
    assert filled[Outcome.GRANT] > filled[Outcome.REFER] + 0.1
    assert len(colours) == 3


def test_the_command_lists_every_text_and_says_what_it_cannot_play(tmp_path: Path) -> None:
    shown = called("prompts", "list", cwd=tmp_path).stdout
    for code, text in texts().items():
        assert code in shown
        assert text.zh in shown
