"""Prompts are spoken and shown in a person's language, and the gate never waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
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
    ScreenRule,
    Subject,
    WallTime,
)
from edge.devices.clock import FixedClock
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent
from edge.prompts.announcer import Announcer, PromptSituation
from edge.prompts.chosen_languages import MOST, ChosenLanguages
from edge.prompts.configuration import PromptsSection
from edge.prompts.newest import Newest
from edge.prompts.screen import SimulatedScreen
from edge.prompts.texts import (
    LANGUAGES,
    CardKind,
    Language,
    Progress,
    ScreenCard,
    prompt_language,
    recorded_texts,
    text_of,
    told_of,
)
from edge.prompts.texts.card import DrawnMove
from edge.prompts.voice import (
    SimulatedPlayer,
    file_of,
    loudness,
)
from edge.vision.reports import CameraReport, CameraState
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
    told = told_of(reason, None, discreet=False)
    assert told is not None
    names = told.recordings
    return [file_of(recordings, prompt_language(language), name).read_bytes() for name in names]


class Told:
    """An announcer with its ears: what was played and shown, but for the screen at rest."""

    def __init__(
        self,
        section: PromptsSection,
        wall: WallTime = NOON,
        gate: PromptSituation | None = None,
        chosen: ChosenLanguages | None = None,
    ) -> None:
        self.player, self.screen = SimulatedPlayer(), SimulatedScreen()
        self.clock = FixedClock(wall.at, wall.trust)
        self.announcer = Announcer(
            section, "zh", gate or PromptSituation(Policy), self.clock, self.player, self.screen, chosen
        )
        self.announcer.start()

    def hear(self, heard: object, *, later: float = 10.0) -> None:
        self.clock.advance(later)
        self.announcer.handle(heard)

    def played(self, count: int) -> list[bytes]:
        soon(lambda: len(self.player.played) >= count, "not played")
        return self.player.played

    def shown(self, count: int) -> list[ScreenCard]:
        soon(lambda: len(self._shown) >= count, "not shown")
        return self._shown

    @property
    def _shown(self) -> list[ScreenCard]:
        return [card for card in self.screen.shown if card.kind is not CardKind.IDLE]


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
        assert (shown.kind.value, shown.language) == (outcome.value, prompt_language(language))
        assert shown.guidance == text_of(reason)


def test_the_lane_s_repetition_of_a_refusal_is_not_said_twice(told: Told) -> None:
    told.hear(passage(Outcome.DENY, Reason.STATUS_RED))
    told.played(2)
    told.hear(LaneReport(0.0, Prompt("status_red")), later=0.1)
    told.hear(LaneReport(0.0, Prompt("lane_clear_the_way")), later=0.1)
    told.played(4)
    assert [card.kind for card in told.shown(2)] == [CardKind.DENY, CardKind.ASK]


def test_what_was_asked_and_is_then_decided_changes_its_sign(told: Told, recordings: Path) -> None:
    told.hear(LaneReport(0.0, Prompt("temperature_high")))
    told.shown(1)
    told.hear(passage(Outcome.REFER, Reason.TEMPERATURE_HIGH), later=0.5)
    assert [card.kind for card in told.shown(2)] == [CardKind.ASK, CardKind.REFER]
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
    assert len(told.shown(1)) == 1


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


def test_a_screen_that_shows_nobody_says_what_the_gate_waits_for_after_its_time(recordings: Path) -> None:
    view = PromptSituation(Policy, mode=lambda: Mode.CODE)
    told = Told(PromptsSection(voice=recordings, shown_for=0.2), gate=view)
    soon(lambda: told.screen.shown, "at the start too")
    told.hear(passage(Outcome.GRANT, Reason.FACE_MATCHED))
    [granted] = told.shown(1)
    soon(lambda: told.screen.shown[-1].kind is CardKind.IDLE)
    assert granted.seconds == 0.2
    assert told.screen.shown[-1].guidance.do.en == "Show your pass"
    told.announcer.stop()


def test_a_discreet_gate_says_and_shows_what_to_do_only(recordings: Path) -> None:
    view = PromptSituation(lambda: Policy(screen=ScreenRule(discreet=True)))
    told = Told(PromptsSection(voice=recordings, volume=100, shown_for=60.0), gate=view)
    told.hear(passage(Outcome.DENY, Reason.STATUS_EXPIRED))
    told.shown(1)
    told.hear(LaneReport(0.0, Prompt("status_expired")))
    told.shown(2)
    told.hear(passage(Outcome.DENY, Reason.PASS_EXPIRED))
    told.shown(3)
    denial = file_of(recordings, "zh", "discreet_denial").read_bytes()
    assert told.played(3) == [denial, denial, file_of(recordings, "zh", "pass_expired").read_bytes()]
    assert [card.guidance.why for card in told.shown(3)] == [None, None, None]
    told.announcer.stop()


@pytest.mark.parametrize(
    ("moves", "progress"), [((0, 3), Progress(0, 3)), ((2, 3), Progress(2, 3)), (None, None)]
)
def test_a_move_is_drawn_with_how_far_the_challenge_has_come(
    moves: tuple[int, int] | None, progress: Progress | None
) -> None:
    told = Told(PromptsSection(shown_for=60.0), gate=PromptSituation(Policy, moves=lambda: moves))
    told.hear(LaneReport(0.0, Prompt("close_eyes")))
    [card] = told.shown(1)
    assert (card.picture, card.progress) == (DrawnMove.CLOSE_EYES, progress)
    told.announcer.stop()


def test_the_same_move_twice_is_said_and_shown_twice(recordings: Path) -> None:
    done = iter([0, 1, 1])
    view = PromptSituation(Policy, moves=lambda: (next(done), 3))
    told = Told(PromptsSection(voice=recordings, volume=100, shown_for=60.0), gate=view)
    for number in (1, 2):
        told.hear(LaneReport(0.0, Prompt("turn_left")), later=1.0)
        told.played(number)
    told.hear(LaneReport(0.0, Prompt("turn_left")), later=1.0)
    assert [card.progress for card in told.shown(2)] == [Progress(0, 3), Progress(1, 3)]
    told.announcer.stop()


@pytest.mark.parametrize(
    ("broken", "camera", "scans", "kind"),
    [
        (False, None, False, CardKind.IDLE),
        (True, None, False, CardKind.FAULT),
        (False, CameraState.GONE, False, CardKind.FAULT),
        (False, CameraState.BLIND, False, CardKind.FAULT),
        (False, CameraState.GONE, True, CardKind.IDLE),
        (False, CameraState.STREAMING, False, CardKind.IDLE),
    ],
)
def test_a_gate_that_lets_nobody_through_says_so_while_it_waits(
    broken: bool, camera: CameraState | None, scans: bool, kind: CardKind
) -> None:
    view = PromptSituation(Policy, broken=lambda: broken, scans=scans)
    told = Told(PromptsSection(shown_for=0.5), gate=view)
    if camera is not None:
        told.hear(CameraReport(camera, 0.0, ""))
    before = len(told.screen.shown)
    soon(lambda: len(told.screen.shown) > before + 1)
    assert told.screen.shown[-1].kind is kind
    told.announcer.stop()


class Screening:
    """A gate at whose screen languages are chosen."""

    def __init__(self, tmp_path: Path, known: Callable[[str], bool] = lambda _: True) -> None:
        self.file = tmp_path / "languages.json"
        view = PromptSituation(Policy, known=known)
        self.told = Told(PromptsSection(shown_for=60.0), gate=view, chosen=ChosenLanguages(self.file))

    def shown_to(self, *languages_chosen: Language, subject: str | None = "ann") -> list[Language]:
        """In which languages one who comes, and chooses, reads; the registry's and the gate's are Chinese."""
        before = len(self.told._shown)
        person = None if subject is None else Subject(subject, language="zh")
        decision = Decision(Outcome.DENY, Reason.OUTSIDE_HOURS, "rule", subject_id=subject)
        self.told.hear(
            AccessEvent("camera", Mode.FACE, Evidence(Direction.ENTRY), person, decision, None), later=60.0
        )
        self.told.shown(before + 1)
        for number, language in enumerate(languages_chosen, start=2):
            self.told.clock.advance(2.0)
            self.told.announcer.choose(language)
            self.told.shown(before + number)
        return [card.language for card in self.told._shown[before:]]


def test_what_somebody_chose_last_is_kept_for_them_alone_and_over_a_restart(tmp_path: Path) -> None:
    gate = Screening(tmp_path)
    assert gate.shown_to("en", subject="ann") == ["zh", "en"]
    assert gate.shown_to(subject="bob") == ["zh"]
    assert gate.shown_to(subject="ann") == ["en"]
    gate.told.announcer.stop()
    again = Screening(tmp_path)
    assert again.shown_to("zh", subject="ann") == ["en", "zh"]
    assert again.shown_to(subject="ann") == ["zh"]
    again.told.announcer.stop()


def test_what_a_stranger_chose_is_shown_and_kept_of_nobody(tmp_path: Path) -> None:
    gate = Screening(tmp_path)
    assert gate.shown_to("en", subject=None) == ["zh", "en"]
    assert gate.shown_to(subject=None) == ["zh"]
    assert not gate.file.exists()
    gate.told.announcer.stop()


def test_a_choice_is_forgotten_with_the_person(tmp_path: Path) -> None:
    enrolled = {"ann", "bob"}
    gate = Screening(tmp_path, known=enrolled.__contains__)
    gate.shown_to("en", subject="ann")
    gate.shown_to("en", subject="bob")
    enrolled.discard("ann")
    gate.told.announcer._rest()
    assert (b"ann" in gate.file.read_bytes(), b"bob" in gate.file.read_bytes()) == (False, True)
    gate.told.announcer.stop()


@pytest.mark.parametrize("written", [b"", b"{", b'{"ann": "fr"}', b"[" * 100_000])
def test_a_file_of_choices_that_cannot_be_read_counts_as_empty(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "languages.json"
    path.write_bytes(written)
    chosen = ChosenLanguages(path)
    assert chosen.of("ann") is None
    chosen.choose("ann", "en")
    chosen.keep(lambda _: True)
    assert ChosenLanguages(path).of("ann") == "en"


def test_so_many_choices_are_kept_and_the_oldest_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "languages.json"
    path.write_bytes(msgspec.json.encode({f"p{number}": "en" for number in range(MOST)}))
    chosen = ChosenLanguages(path)
    chosen.choose("p0", "zh")
    chosen.choose("one more", "zh")
    assert (chosen.of("p0"), chosen.of("p1"), chosen.of("one more")) == ("zh", None, "zh")


def test_buttons_that_are_pressed_without_end_write_nothing_until_the_screen_rests(tmp_path: Path) -> None:
    path = tmp_path / "languages.json"
    chosen = ChosenLanguages(path)
    for language in LANGUAGES * 100:
        chosen.choose("ann", language)
    assert not path.exists()
    chosen.keep(lambda _: True)
    assert ChosenLanguages(path).of("ann") == LANGUAGES[-1]
