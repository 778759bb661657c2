"""Speaks and shows prompts, as tasks of their own: the gate never waits for a sound card.

The newest counts: a prompt that comes while another is spoken cuts it short.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic as system_monotonic
from typing import Generic, TypeVar

import msgspec
import structlog

from edge.decision import ClockTrust, Move, Policy, local_time
from edge.errors import DeviceError
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent, Clock
from edge.prompts.configuration import PromptsSection
from edge.prompts.screen import PageScreen, Screen, ScreenContent
from edge.prompts.texts import ASKING, SIGNS, Sign, prompt_language, text_of, volume_at, why_of
from edge.prompts.voice import AplayPlayer, Player, file_of, recording_of, scaled
from edge.support.due import NEVER
from edge.support.tasks import Runner, Running, in_thread

_SAME_AGAIN = 3.0
"""Seconds within which the same prompt is not given again."""

_MOVES: Mapping[str, Move] = {move.value: move for move in Move}

T = TypeVar("T")


class Newest(Generic[T]):
    """A task that handles the newest item it was given; older ones are dropped.

    `act` gets the item and a function that says whether a newer one waits. After `idle_after` seconds without
    an item, `idle` is called once.
    """

    def __init__(
        self,
        name: str,
        act: Callable[[T, Callable[[], bool]], None],
        idle: Callable[[], None] = lambda: None,
        idle_after: float = NEVER,
        runner: Runner = in_thread,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._name = name
        self._act = act
        self._idle = idle
        self._idle_after = idle_after
        self._runner = runner
        self._monotonic = monotonic
        self._newest: deque[T] = deque(maxlen=1)
        self._idle_at = NEVER
        self._stopping = False
        self._reported = ""
        self._running: Running | None = None

    def start(self) -> None:
        self._running = self._runner(self._name, self.poll)

    def put(self, item: T) -> None:
        """Hand in the newest; never waits."""
        self._newest.append(item)
        if self._running is not None:
            self._running.wake()

    def stop(self) -> None:
        self._stopping = True
        if self._running is not None:
            self._running.stop()

    def poll(self) -> float:
        """Handle the newest, or be idle where it is time; returns when that is."""
        if self._newest:
            self._tried(partial(self._act, self._newest.popleft(), self._is_cut_short))
            self._idle_at = self._monotonic() + self._idle_after
        elif self._monotonic() >= self._idle_at:
            self._idle_at = NEVER
            self._tried(self._idle)
        return self._idle_at

    def _is_cut_short(self) -> bool:
        return bool(self._newest) or self._stopping

    def _tried(self, do: Callable[[], None]) -> None:
        """Call `do`; log a failure once, as a failed prompt must not hold up the next."""
        try:
            do()
        except Exception as error:  # noqa: BLE001 - one prompt that fails must not silence the gate for good
            problem = str(error) if isinstance(error, DeviceError) else repr(error)
            if problem != self._reported:
                structlog.get_logger("edge.prompts").error("prompt_failed", error=problem)
            self._reported = problem


class _Spoken(msgspec.Struct, frozen=True):
    recordings: tuple[str, ...]
    language: str
    volume: int


class Announcer:
    """Tells people what the gate decided and what it asks. The main loop calls `handle`."""

    def __init__(
        self,
        section: PromptsSection,
        language: str,
        policy: Callable[[], Policy],
        clock: Clock,
        player: Player | None = None,
        screen: Screen | None = None,
        *,
        runner: Runner = in_thread,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._section = section
        self._language = language
        self._policy = policy
        self._clock = clock
        self._last: tuple[str, float] | None = None
        self._player = player or AplayPlayer(section.device)
        self._screen = screen or (None if section.screen is None else PageScreen(section.screen))
        self._voice = Newest("voice", self._speak, runner=runner, monotonic=monotonic)
        self._picture = Newest(
            "screen", self._show, self._clear, section.shown_for, runner=runner, monotonic=monotonic
        )

    def start(self) -> None:
        self._voice.start()
        self._picture.start()

    def stop(self) -> None:
        self._voice.stop()
        self._picture.stop()

    def handle(self, event: object) -> None:
        """Speak and show what happened, if it is for people; never waits."""
        match event:
            case AccessEvent(decision=decision, subject=subject):
                language = self._language if subject is None else subject.language
                self._announce(decision.reason, SIGNS[decision.outcome], language)
            case LaneReport(said=Prompt(reason=reason)):
                self._announce(reason, ASKING, self._language)
            case _:
                pass

    # --- inside ----------------------------------------------------------------------------

    def _announce(self, code: str, sign: Sign, language: str) -> None:
        told, now = text_of(code), self._clock.monotonic()
        again = self._last is not None and self._last[0] == code and now - self._last[1] < _SAME_AGAIN
        if told is None or (again and sign is ASKING):
            return
        self._last = (code, now)
        spoken = prompt_language(language)
        if self._screen is not None:
            self._picture.put(ScreenContent(sign, told, spoken, _MOVES.get(code)))
        volume = self._volume()
        if self._section.voice is not None and volume > 0 and not again:
            whys = () if told.why is None else (why_of(code),)
            self._voice.put(_Spoken((code, *whys), spoken, volume))

    def _volume(self) -> int:
        policy, section, wall = self._policy(), self._section, self._clock.wall()
        unsure = wall.trust is ClockTrust.UNTRUSTED
        local = None if unsure else local_time(wall.at, policy.time_zone)
        return volume_at(section.volume, section.hours, local, policy.holidays)

    def _speak(self, spoken: _Spoken, cancelled: Callable[[], bool]) -> None:
        if self._section.voice is not None:
            for name in spoken.recordings:
                if cancelled():
                    return
                recording = recording_of(file_of(self._section.voice, spoken.language, name))
                self._player.play(scaled(recording, spoken.volume), cancelled)

    def _show(self, shown: ScreenContent, cancelled: Callable[[], bool]) -> None:
        del cancelled
        if self._screen is not None:
            self._screen.show(shown)

    def _clear(self) -> None:
        if self._screen is not None:
            self._screen.show(None)
