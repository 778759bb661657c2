"""Prompts are spoken and shown in a person's language, and the gate never waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    Mode,
    Outcome,
    Policy,
    Reason,
    Subject,
    WallTime,
)
from edge.devices.clock import FixedClock
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent
from edge.prompts.announcer import Announcer, Newest
from edge.prompts.configuration import PromptsSection
from edge.prompts.screen import ScreenContent, SimulatedScreen
from edge.prompts.texts import ASKING, LANGUAGES, SIGNS, prompt_language, recorded_texts, text_of, why_of
from edge.prompts.voice import (
    SimulatedPlayer,
    file_of,
    loudness,
)
from tests.edge.prompts.sounds import NIGHT, tone
from tests.waiting import PATIENT, soon, sooner_than

NOON = WallTime(datetime(2026, 11, 3, 4, 0, tzinfo=UTC), ClockTrust.TRUSTED)


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
        soon(lambda: not worker._newest)
    soon(lambda: did == [2])
    worker.stop()


def passage(outcome: Outcome, reason: Reason, language: str = "zh") -> AccessEvent:
    decision = Decision(outcome, reason, "rule", subject_id="ann")
    subject = Subject("ann", language=language)
    return AccessEvent("camera", Mode.FACE, Evidence(Direction.ENTRY), subject, decision, None)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A tone for each prompt, told apart by its length."""
    for number, code in enumerate(recorded_texts()):
        for offset, language in enumerate(LANGUAGES):
            path = file_of(tmp_path / "voice", language, code)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tone(0.1 + 0.002 * number + 0.001 * offset))
    return tmp_path / "voice"


def said(recordings: Path, reason: Reason, language: str = "zh") -> list[bytes]:
    """What is played for a reason: what to do, then why."""
    names = [name for name in (reason, why_of(reason)) if name in recorded_texts()]
    return [file_of(recordings, prompt_language(language), name).read_bytes() for name in names]


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
    heard: list[bytes] = []
    for number, (outcome, reason, language) in enumerate(
        [
            (Outcome.GRANT, Reason.FACE_MATCHED, "en"),
            (Outcome.DENY, Reason.STATUS_RED, "zh-CN"),
            (Outcome.REFER, Reason.SITE_FULL, "fr"),
        ],
        start=1,
    ):
        told.hear(passage(outcome, reason, language))
        heard += said(recordings, reason, language)
        assert told.played(len(heard)) == heard
        shown = told.shown(number)[-1]
        assert shown is not None
        assert (shown.sign, shown.language) == (SIGNS[outcome], prompt_language(language))
        assert shown.guidance == text_of(reason)


def test_the_lane_s_repetition_of_a_refusal_is_not_said_twice(told: Told) -> None:
    told.hear(passage(Outcome.DENY, Reason.STATUS_RED))
    told.played(2)
    told.hear(LaneReport(0.0, Prompt("status_red")), later=0.1)
    told.hear(LaneReport(0.0, Prompt("lane_clear_the_way")), later=0.1)
    told.played(4)
    shown = [item.sign for item in told.shown(2) if item is not None]
    assert shown == [SIGNS[Outcome.DENY], ASKING]


def test_what_was_asked_and_is_then_decided_changes_its_sign(told: Told, recordings: Path) -> None:
    told.hear(LaneReport(0.0, Prompt("temperature_high")))
    told.shown(1)
    told.hear(passage(Outcome.REFER, Reason.TEMPERATURE_HIGH), later=0.5)
    shown = [item.sign for item in told.shown(2) if item is not None]
    assert shown == [ASKING, SIGNS[Outcome.REFER]]
    assert told.played(2) == said(recordings, Reason.TEMPERATURE_HIGH)


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
    assert told.played(2) == said(recordings, Reason.STATUS_RED)


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
