"""Reads the numbers that people type, off the main loop: the digest is slow on purpose.

What comes of a number is reported as the text of a code, and goes the way of the camera's: encounter,
decision, one event. Wrong ones are counted here, before anything is told of them, and kept over restarts:
after some the keypad rests, and what is typed meanwhile is not looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog
from msgspec.structs import replace

from edge.credentials.known import (
    FIRST_REST,
    MOST_SALTS,
    RESTING,
    NumberTyped,
    Rights,
    Tries,
    after_refused,
    after_wrong,
    as_act,
    kept_of_slow,
    later,
    slow_digest,
    text_of_digests,
    typed_number,
)
from edge.runtime.recognition import Holdings
from edge.support.decoding import Undecodable, json_of
from edge.support.due import NEVER
from edge.support.files import Durability, read_bounded, set_aside, write_aside

FILE_NAME = "number-tries.json"
_MOST_BYTES = 4096
_MOST_WAITING = 4
"""Numbers that wait for their digest; nobody types more before the first is answered."""
_DAMAGED = Tries(rests=1, resting=FIRST_REST)
"""What holds where it cannot be read how many were wrong."""


@dataclass(frozen=True)
class NumberRead:
    """A number that was typed at a keypad, as the `text` of a code."""

    name: str
    text: str


@dataclass(frozen=True)
class KeypadRests:
    """A keypad rests for so many seconds from now on, after so many `attempts` since it last began to."""

    name: str
    seconds: int
    attempts: int


@dataclass(frozen=True)
class Numbers:
    """The numbers that count at a moment: the salts of their digests, and what they open."""

    salts: tuple[bytes, ...] = ()
    rights: tuple[Rights, ...] = ()

    def know(self, slow: tuple[bytes, ...]) -> bool:
        """Whether one of these slow digests is that of a number."""
        return any(kept_of_slow(digest) in some for digest in slow for some in self.rights)


def numbers_of(held: Holdings | None, here: Rights, salt: bytes) -> Numbers:
    """The numbers of the registry `held`, and those that staff gave `here` under a `salt` of this gate's
    (empty: they gave none). None count where the policy does not say so.
    """
    if held is None or not held.registry.policy.numbers.count:
        return Numbers()
    registry = held.registry
    known = ((registry.number_salt, registry.numbers), (salt, here))
    return Numbers(
        tuple(salt for salt, rights in known if salt and rights),
        tuple(rights for salt, rights in known if salt and rights),
    )


class TypedNumbers:
    """The numbers typed at one gate; `poll` is a task. `tell` is called from it, and does not wait."""

    def __init__(
        self,
        path: Path,
        numbers: Callable[[], Numbers],
        tell: Callable[[NumberRead | KeypadRests], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._path = path
        self._numbers = numbers
        self._tell = tell
        self._monotonic = monotonic
        self._waiting: deque[NumberTyped] = deque()
        self._log = structlog.get_logger("edge.numbers")
        self._tries, self._at = self._read(), monotonic()
        self._count = 0
        self.wake: Callable[[], None] = lambda: None

    def typed(self, typed: NumberTyped) -> None:
        """Take a number in, and never wait; what comes while others wait for their digest is dropped."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(typed)
            self.wake()

    def poll(self) -> float:
        """Read the next number that was typed; returns when to be polled again."""
        if not self._waiting:
            return NEVER
        typed = self._waiting.popleft()
        now = self._monotonic()
        tries = later(self._tries, now - self._at)
        if tries.resting:
            self._change(after_refused(tries), now)
            self._read_as(typed, RESTING)
        else:
            self._look_up(typed, tries, now)
        return now if self._waiting else NEVER

    def _look_up(self, typed: NumberTyped, tries: Tries, now: float) -> None:
        number, numbers = typed_number(typed.digits), self._numbers()
        salts = numbers.salts[:MOST_SALTS] if number is not None else ()
        slow = tuple(slow_digest(number or "", salt) for salt in salts)
        if slow and not numbers.know(slow):
            # First: who cuts the power at the sound of a wrong number gains no try by it.
            tries = after_wrong(tries)
            self._change(replace(tries, attempts=0) if tries.resting else tries, now, kept=True)
            if tries.resting:
                self._tell(KeypadRests(typed.name, int(tries.resting), tries.attempts))
        self._read_as(typed, text_of_digests(slow))

    def _read_as(self, typed: NumberTyped, text: str) -> None:
        self._count += 1
        self._tell(NumberRead(typed.name, as_act(text, self._count)))

    def _change(self, tries: Tries, now: float, *, kept: bool = False) -> None:
        self._tries, self._at = tries, now
        if kept:
            try:
                write_aside(self._path, msgspec.json.encode(tries), durability=Durability.LASTING)
            except OSError as error:
                self._log.error("number_tries_not_kept", path=str(self._path), error=str(error))

    def _read(self) -> Tries:
        try:
            return json_of(read_bounded(self._path, _MOST_BYTES), Tries)
        except FileNotFoundError:
            return Tries()
        except (OSError, Undecodable) as error:
            self._log.error("number_tries_unreadable", error=str(error), then=set_aside(self._path))
            return _DAMAGED
