"""Speaks and shows prompts, as tasks of their own: the gate never waits for a sound card.

The newest counts: a prompt that comes while another is spoken cuts it short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic as system_monotonic

import msgspec

from edge.decision import ClockTrust, Mode, Outcome, Policy, Subject, local_time
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent, Clock
from edge.prompts.chosen_languages import ChosenLanguages
from edge.prompts.configuration import PromptsSection
from edge.prompts.newest import Newest
from edge.prompts.screen import Screen
from edge.prompts.texts import (
    OF_HEALTH,
    OUT_OF_ORDER,
    CardKind,
    Language,
    Progress,
    ScreenCard,
    ToldReason,
    appeal_number,
    asking_card,
    decision_card,
    fault_card,
    idle_card,
    prompt_language,
    told_of,
    volume_at,
)
from edge.prompts.voice import AplayPlayer, Player, file_of, recording_of, scaled
from edge.support.due import NEVER
from edge.support.tasks import Runner, in_thread
from edge.vision.reports import CameraReport, CameraState

_SAME_AGAIN = 3.0
"""Seconds within which the same prompt is not given again."""
_CHOICE_HOLDS = 30.0
"""Seconds for which a language that a stranger chose is used."""

_ASKS = frozenset({CardKind.ASK, CardKind.FAULT})
_BLIND = frozenset({CameraState.STALLED, CameraState.GONE, CameraState.BLIND})


@dataclass(frozen=True)
class PromptSituation:
    """What prompts depend on, as it is when they are given.

    The rules in force, what the gate asks for, how many moves of how many are done, whether the lane is
    broken, whether a lockdown lets nobody in here, and whether the registry knows a subject. `scans`: codes
    are read without the camera too.
    """

    policy: Callable[[], Policy]
    mode: Callable[[], Mode] = lambda: Mode.FACE_OR_CODE
    moves: Callable[[], tuple[int, int] | None] = lambda: None
    broken: Callable[[], bool] = lambda: False
    locked_down: Callable[[], bool] = lambda: False
    known: Callable[[str], bool] = lambda _: True
    scans: bool = False


class _Spoken(msgspec.Struct, frozen=True):
    recordings: tuple[str, ...]
    language: Language
    volume: int


@dataclass(frozen=True)
class _Shown:
    """A card, whom it is for, and until when (monotonic seconds)."""

    card: ScreenCard
    subject: str | None = None
    until: float = NEVER


class Announcer:
    """Tells people what the gate decided and what it asks. The main loop calls `handle`."""

    def __init__(
        self,
        section: PromptsSection,
        language: str,
        gate: PromptSituation,
        clock: Clock,
        player: Player | None = None,
        screen: Screen | None = None,
        chosen: ChosenLanguages | None = None,
        *,
        runner: Runner = in_thread,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._section = section
        self._language = prompt_language(language)
        self._gate = gate
        self._clock = clock
        self._chosen = chosen
        self._last: tuple[str, Progress | None, float] | None = None
        self._of_health: dict[str, Outcome] = {}
        self._now: _Shown | None = None
        self._for_now: tuple[Language, float] | None = None
        self._blind = False
        self._player = player or AplayPlayer(section.device)
        self._screen = screen
        self._voice = Newest("voice", self._speak, runner=runner, monotonic=monotonic)
        self._picture = Newest(
            "screen", self._show, self._rest, section.shown_for, runner=runner, monotonic=monotonic
        )

    def start(self) -> None:
        self._voice.start()
        self._picture.start()

    def stop(self) -> None:
        self._voice.stop()
        self._picture.stop()
        if self._chosen is not None:
            self._chosen.keep(self._gate.known)

    def handle(self, event: object) -> None:
        """Speak and show what happened, if it is for people; never waits."""
        match event:
            case AccessEvent():
                self._decided(event)
            case LaneReport(said=Prompt(reason=reason)):
                self._asked(reason)
            case CameraReport(state=state):
                self._blind = state in _BLIND
            case _:
                pass

    def choose(self, language: Language) -> None:
        """Show what is shown in another language: kept for a person whom the registry knows, and for a moment
        for anyone else. From any thread; never waits.
        """
        now, shown = self._clock.monotonic(), self._now
        if shown is None or now >= shown.until:
            shown = _Shown(self._at_rest())
        if shown.subject is None:
            self._for_now = (language, now + _CHOICE_HOLDS)
        elif self._chosen is not None:
            self._chosen.choose(shown.subject, language)
        self._put(replace(shown, card=msgspec.structs.replace(shown.card, language=language)))

    # --- inside ----------------------------------------------------------------------------

    def _decided(self, event: AccessEvent) -> None:
        decision, subject = event.decision, event.subject
        rule = self._gate.policy().screen
        if decision.reason in OF_HEALTH:
            self._of_health[decision.reason] = decision.outcome
        told = told_of(decision.reason, decision.outcome, discreet=rule.discreet)
        language = self._language_of(subject)
        number = "" if event.entry is None else appeal_number(event.entry.sequence)
        card = decision_card(decision, subject, rule, language, number)
        if told is not None and card is not None:
            self._tell(decision.reason, told, card, None if subject is None else subject.id)

    def _asked(self, code: str) -> None:
        """Ask for something; anyone who was refused for their health, and is told again, is no stranger."""
        rule, language = self._gate.policy().screen, self._language_of(None)
        told = told_of(code, self._of_health.get(code), discreet=rule.discreet)
        if told is not None:
            broken = code == OUT_OF_ORDER
            moves = self._gate.moves()
            card = asking_card(told, rule, language, None if moves is None else Progress(*moves))
            self._tell(code, told, fault_card(language) if broken else card)

    def _tell(self, code: str, told: ToldReason, card: ScreenCard, subject: str | None = None) -> None:
        now, seconds = self._clock.monotonic(), self._section.shown_for
        last, told_now = self._last, (code, card.progress)
        again = last is not None and last[:2] == told_now and now - last[2] < _SAME_AGAIN
        if again and card.kind in _ASKS:
            return
        self._last = (*told_now, now)
        self._put(_Shown(msgspec.structs.replace(card, seconds=seconds), subject, now + seconds))
        volume = self._volume()
        if self._section.voice is not None and volume > 0 and not again:
            self._voice.put(_Spoken(told.recordings, card.language, volume))

    def _language_of(self, subject: Subject | None) -> Language:
        """The language that somebody chose last, else the registry's for them; the gate's for a stranger, who
        may have chosen one a moment ago.
        """
        if subject is not None:
            chosen = None if self._chosen is None else self._chosen.of(subject.id)
            return chosen or prompt_language(subject.language)
        if self._for_now is not None and self._clock.monotonic() < self._for_now[1]:
            return self._for_now[0]
        return self._language

    def _put(self, shown: _Shown) -> None:
        self._now = shown
        if self._screen is not None:
            self._picture.put(shown)

    def _volume(self) -> int:
        policy, section, wall = self._gate.policy(), self._section, self._clock.wall()
        unsure = wall.trust is ClockTrust.UNTRUSTED
        local = None if unsure else local_time(wall.at, policy.time_zone)
        return volume_at(section.volume, section.hours, local, policy.holidays)

    # --- in the tasks' threads -------------------------------------------------------------

    def _speak(self, spoken: _Spoken, cancelled: Callable[[], bool]) -> None:
        for name in spoken.recordings:
            if self._section.voice is None or cancelled():
                return
            recording = recording_of(file_of(self._section.voice, spoken.language, name))
            self._player.play(scaled(recording, spoken.volume), cancelled)

    def _show(self, shown: _Shown, cancelled: Callable[[], bool]) -> None:
        del cancelled
        if self._screen is not None:
            self._screen.show(shown.card)

    def _rest(self) -> None:
        """Nobody is told anything: the screen shows what the gate waits for."""
        if self._chosen is not None:
            self._chosen.keep(self._gate.known)
        if self._screen is not None:
            self._screen.show(self._at_rest())

    def _at_rest(self) -> ScreenCard:
        broken = self._gate.broken() or (self._blind and not self._gate.scans)
        language = self._language_of(None)
        if broken:
            return fault_card(language)
        return idle_card(self._gate.mode(), language, locked_down=self._gate.locked_down())
