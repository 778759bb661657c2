"""Scripts of timed inputs, for `gatepost lane simulate`: plain text that an electrician reads and writes.

    board boom-three-relays        # a shipped board, or the path of one; first
    set open_time 3                # a time of its [barrier], for this script only
    without door_contact           # a line that is not wired, for this script only

    1.0     press override         # 0.2 s; or: press override 3
    4.0     grant anna entry       # the decision's name, and which way: entry, exit or either
    +0.5    walk entry             # through both beams, half a second after the line above
    10:00   obstacle on            # ten minutes after the start
    10:05   obstacle off

    expected:                      # optional: what the timeline has to be

PURE: `parse` makes steps of text; `edge.diagnostics.lane_simulator` carries them out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge.boards.format import InputName
from edge.decision import Direction, Outcome
from edge.errors import ConfigurationError
from edge.lane.machine import (
    AskPerson,
    Broke,
    Grant,
    Hold,
    Lock,
    OnShift,
    Release,
    Reset,
    Show,
    Signal,
    Unlock,
)

MOST_BYTES = 64 * 1024
MOST_STEPS = 5_000
LONGEST = 86_400.0
"""Seconds that a script may last."""

PRESS = 0.2
WALK = 0.8
"""Seconds that a button is pressed, and that a person takes through the beams, unless the script says so."""

_TIME = re.compile(r"(\+?)(?:(\d{1,4}):(?=\d\d(?:\.|$)))?(\d{1,6}(?:\.\d{1,4})?)")
_EXPECTED = "expected:"


@dataclass(frozen=True)
class Touch:
    """An input line changes."""

    line: InputName
    active: bool


@dataclass(frozen=True)
class GiveSignal:
    """A signal from outside the lane: a decision, a request of the staff."""

    signal: Signal


@dataclass(frozen=True)
class StepClock:
    """The wall clock is moved by `seconds`; the monotonic clock is not."""

    seconds: float


@dataclass(frozen=True)
class Restart:
    """The process ends and begins again; `killed`: as by kill -9."""

    killed: bool


@dataclass(frozen=True)
class ScriptEnd:
    """End the simulation here."""


Action = Touch | GiveSignal | StepClock | Restart | ScriptEnd


@dataclass(frozen=True)
class ScriptStep:
    """What happens `at` (seconds from the start). `text` is its line; empty for a step it implies."""

    at: float
    text: str
    action: Action


@dataclass(frozen=True)
class Script:
    """A parsed script. `settings` are times of the barrier; `expected` None: it states none."""

    board: str
    settings: dict[str, float]
    without: frozenset[InputName]
    steps: tuple[ScriptStep, ...]
    expected: tuple[str, ...] | None


def parse(text: str, name: str) -> Script:
    """Parse a script; `name` appears in errors. Raises ConfigurationError with the line and what to do."""
    if len(text) > MOST_BYTES:
        raise ConfigurationError(f"longer than {MOST_BYTES >> 10} KiB", where=name, remedy="split it")
    script = _Parser(name)
    for number, line in enumerate(text.splitlines(), start=1):
        if script.expected is not None:
            if line.strip():
                script.expected.append(line)
        elif line.strip() == _EXPECTED:
            script.expected = []
        else:
            script.parse_line(number, line.partition("#")[0].split())
    return script.made()


class _Parser:
    """A script while it is parsed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._board = "simulated"
        self._settings: dict[str, float] = {}
        self._without: set[InputName] = set()
        self._steps: list[ScriptStep] = []
        self._last = 0.0
        self.expected: list[str] | None = None

    def parse_line(self, number: int, words: list[str]) -> None:
        if not words:
            return
        try:
            self._parse_words(words)
        except _Wrong as wrong:
            where = f"{self._name}, line {number}"
            raise ConfigurationError(wrong.what, where=where, remedy=wrong.remedy) from None

    def made(self) -> Script:
        steps = tuple(sorted(self._steps, key=lambda step: step.at))  # stable: equal times keep their order
        expected = None if self.expected is None else tuple(self.expected)
        return Script(self._board, self._settings, frozenset(self._without), steps, expected)

    def _parse_words(self, words: list[str]) -> None:
        head, *rest = words
        match head:
            case "board":
                if self._steps:
                    raise _Wrong(
                        "the board is named after a timed line", "name it before the first timed line"
                    )
                self._board = _only(rest, "board NAME")
            case "set":
                key, value = _two(rest, "set KEY SECONDS")
                self._settings[key] = _number(value)
            case "without":
                self._without |= {_line(word) for word in rest}
            case _:
                self._timed(head, rest)

    def _timed(self, head: str, rest: list[str]) -> None:
        at = self._time(head)
        if not rest:
            raise _Wrong("a time without anything to do", f"write one of: {', '.join(_VERBS)}, or LINE on")
        steps = list(_actions(at, rest))
        self._last = at
        self._steps += steps
        if len(self._steps) > MOST_STEPS:
            raise _Wrong(f"more than {MOST_STEPS} steps", "split the script")

    def _time(self, word: str) -> float:
        found = _TIME.fullmatch(word)
        if found is None:
            raise _Wrong(
                f"{word!r} is not a time", "write seconds (1.5), minutes (10:00), or +0.5 after the last"
            )
        after, minutes, seconds = found.groups()
        at = 60.0 * int(minutes or 0) + float(seconds) + (self._last if after else 0.0)
        if at > LONGEST:
            raise _Wrong(f"{word} is later than a day", "a script lasts 24 hours at most")
        return at


class _Wrong(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def _actions(at: float, words: list[str]) -> Iterator[ScriptStep]:
    """The steps of one line; only the first carries the text, with what the line says of it."""
    verb, *rest = words
    text = " ".join(words)
    if verb in _VERBS:
        for delay, action in _VERBS[verb](rest):
            yield ScriptStep(round(at + delay, 4), text, action)
            text = ""
    else:
        yield ScriptStep(at, text, Touch(_line(verb), _on(_only(rest, f"{verb} on, or {verb} off"))))


_Timed = Iterator[tuple[float, Action]]


def _press(words: list[str]) -> _Timed:
    if not 1 <= len(words) <= 2:
        raise _Wrong("press needs a line", "press LINE [SECONDS]")
    line = _line(words[0])
    yield 0.0, Touch(line, True)
    yield (_number(words[1]) if len(words) == 2 else PRESS), Touch(line, False)


def _bounce(words: list[str]) -> _Timed:
    """A number of edges within a number of milliseconds; an odd number ends active."""
    if len(words) != 3:
        raise _Wrong(
            "bounce needs three words", "bounce LINE EDGES MILLISECONDS, such as: bounce override 51 20"
        )
    line, edges, span = _line(words[0]), int(_number(words[1])), _number(words[2]) / 1000.0
    if not 1 <= edges <= 1000:
        raise _Wrong(f"{edges} edges, expected 1 to 1000", "write a number from 1 to 1000")
    for edge in range(edges):
        yield span * edge / edges, Touch(line, edge % 2 == 0)


def _walk(words: list[str]) -> _Timed:
    if not 1 <= len(words) <= 2:
        raise _Wrong("walk needs a direction", "walk entry [SECONDS], or walk exit [SECONDS]")
    near, far = InputName.BEAM_OUTER, InputName.BEAM_INNER
    if _direction(words[0]) is Direction.EXIT:
        near, far = far, near
    quarter = (_number(words[1]) if len(words) == 2 else WALK) / 4.0
    yield 0.0, Touch(near, True)
    yield quarter, Touch(far, True)
    yield 2.0 * quarter, Touch(near, False)
    yield 3.0 * quarter, Touch(far, False)


def _grant(words: list[str]) -> _Timed:
    if len(words) > 2:
        raise _Wrong("grant takes two words at most", "grant [NAME] [entry|exit|either]")
    name = words[0] if words else "1"
    if words[1:] == ["either"]:
        yield 0.0, GiveSignal(Grant(name, None))
    else:
        yield 0.0, GiveSignal(Grant(name, _direction(words[1]) if len(words) == 2 else Direction.ENTRY))


def _hold(words: list[str]) -> _Timed:
    if not 1 <= len(words) <= 2:
        raise _Wrong("hold needs a name", "hold WHO [SECONDS]")
    yield 0.0, GiveSignal(Hold(words[0], _number(words[1]) if len(words) == 2 else None))


def _reset(words: list[str]) -> _Timed:
    if len(words) < 2:
        raise _Wrong("reset needs a name and a reason", "reset WHO REASON")
    yield 0.0, GiveSignal(Reset(words[0], " ".join(words[1:])))


def _clock(words: list[str]) -> _Timed:
    word = _only(words, "clock SECONDS, such as: clock -86400")
    yield 0.0, StepClock(-_number(word[1:]) if word.startswith("-") else _number(word.removeprefix("+")))


def _with_word(make: Callable[[str], Signal], usage: str) -> Callable[[list[str]], _Timed]:
    def action(words: list[str]) -> _Timed:
        yield 0.0, GiveSignal(make(_only(words, usage)))

    return action


def _plain(action: Action, usage: str) -> Callable[[list[str]], _Timed]:
    def actions(words: list[str]) -> _Timed:
        if words:
            raise _Wrong(f"{usage} takes no more words", f"write: {usage}")
        yield 0.0, action

    return actions


_VERBS: dict[str, Callable[[list[str]], _Timed]] = {
    "press": _press,
    "bounce": _bounce,
    "walk": _walk,
    "grant": _grant,
    "deny": _with_word(lambda reason: Show(Outcome.DENY, reason), "deny REASON"),
    "refer": _with_word(lambda reason: Show(Outcome.REFER, reason), "refer REASON"),
    "ask": _with_word(AskPerson, "ask REASON"),
    "hold": _hold,
    "release": _with_word(Release, "release WHO"),
    "lock": _with_word(Lock, "lock WHO"),
    "unlock": _with_word(Unlock, "unlock WHO"),
    "reset": _reset,
    "shift": _with_word(lambda who: OnShift("" if who == "off" else who), "shift WHO, or shift off"),
    "broke": _with_word(Broke, "broke WHAT"),
    "clock": _clock,
    "restart": _plain(Restart(killed=False), "restart"),
    "kill": _plain(Restart(killed=True), "kill"),
    "end": _plain(ScriptEnd(), "end"),
}


def _only(words: list[str], usage: str) -> str:
    if len(words) != 1:
        raise _Wrong(f"{len(words)} words, expected 1", f"write: {usage}")
    return words[0]


def _two(words: list[str], usage: str) -> tuple[str, str]:
    if len(words) != 2:
        raise _Wrong(f"{len(words)} words, expected 2", f"write: {usage}")
    return words[0], words[1]


def _number(word: str) -> float:
    if re.fullmatch(r"\d{1,6}(\.\d{1,4})?", word) is None or float(word) > LONGEST:
        raise _Wrong(f"{word!r} is not a number of seconds", "write it like 3 or 0.25, at most a day")
    return float(word)


def _line(word: str) -> InputName:
    try:
        return InputName(word)
    except ValueError:
        known = ", ".join((*_VERBS, *InputName))
        raise _Wrong(f"{word!r} is neither a line nor something to do", f"known: {known}") from None


def _on(word: str) -> bool:
    if word not in {"on", "off"}:
        raise _Wrong(f"a line is on or off, not {word!r}", "on is what the board file calls active")
    return word == "on"


def _direction(word: str) -> Direction:
    try:
        return Direction(word)
    except ValueError:
        raise _Wrong(f"{word!r} is not a direction", "write entry or exit") from None
