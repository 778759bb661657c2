"""Reads one scanner or keypad as a task of its own: what it sends is reported, and nothing waits for it.

A device that is lost, or sends what is no code, costs its own codes and nothing else: it is said, and it is
tried again every second.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from edge.credentials.known import NumberTyped
from edge.credentials.reuse import CodeBudget, admitted
from edge.errors import words_of
from edge.prompts.texts import TYPE_YOUR_NUMBER
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.scanners.core import (
    Code,
    CodeScanned,
    Digits,
    Frames,
    KeypadAsks,
    KeypadKey,
    Noise,
    Number,
    PinTyped,
    ReaderState,
    Report,
    ScannerReport,
    StaffPin,
)
from edge.scanners.lines import MOST_AT_ONCE, ScannerLine
from edge.support.due import NEVER

AGAIN_AFTER = 1.0
"""Seconds after which a device that is not there is tried again; states are told no faster either."""

_WAITS = 0.5
"""Seconds that a read waits at most: so long a stop has to wait for the task."""
_PACE = 0.1
"""Seconds of rest after as many bytes as are read at once: a device that never pauses costs no more."""
_SAME_AGAIN = 0.25
"""Seconds within which a code that is held before a scanner is reported once."""


class ScannerWatch:
    """One scanner or keypad; `poll` is a task. `report` is called from it, and does not wait."""

    def __init__(
        self,
        section: ScannerSection,
        line: ScannerLine,
        report: Callable[[Report], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._section = section
        self._line = line
        self._report = report
        self._monotonic = monotonic
        self._reads: Frames | Digits = (
            Digits(section.digits, staff=section.staff)
            if section.kind is ScannerKind.KEYPAD
            else Frames(section.shape)
        )
        self._opened = False
        self._state: tuple[ReaderState, str] | None = None
        self._told: tuple[ReaderState, str] | None = None
        self._told_at = float("-inf")
        self._budget = CodeBudget(rate=10.0)
        self._passed_over = 0
        self._last = ("", float("-inf"))

    def poll(self) -> float:
        """Read what has arrived; returns when to read again (monotonic seconds)."""
        now = self._monotonic()
        try:
            data = self._read(now)
        except Exception as error:  # noqa: BLE001 - not even a driver's bug may end the reading
            self.close()
            what = words_of(error)
            structlog.get_logger("edge.scanners").debug("no_scanner", scanner=self._section.name, error=what)
            self._is(ReaderState.GONE, what)
            self._tell(now)
            return now + AGAIN_AFTER
        now = self._monotonic()
        for found in self._reads.add(data, now) if data else self._reads.expired(now):
            self._found(found, now)
        self._look_at_keys(now)
        self._tell(now)
        if len(data) >= MOST_AT_ONCE:
            return now + _PACE
        again = now if data else self._line.read_again(now)
        return min(again, self._reads.due(), self._tells_at())

    def close(self) -> None:
        """Close the device; a poll opens it again. What it had begun to send is forgotten."""
        self._opened = False
        self._reads.clear()
        self._line.close()

    # --- inside ----------------------------------------------------------------------------

    def _read(self, now: float) -> bytes:
        if not self._opened:
            self._line.open()
            self._opened = True
            self._is(ReaderState.WORKING, self._section.device)
            self._tell(now)
        until = min(self._reads.due(), self._tells_at())
        return self._line.read(max(0.0, min(_WAITS, until - now)))

    def _found(self, found: Code | Noise | Number | StaffPin | KeypadKey, now: float) -> None:
        name = self._section.name
        match found:
            case Code(text=text, length=length):
                self._works()
                if self._admits(text, now):
                    self._report(CodeScanned(name, text, length, now, self._passed_over))
                    self._passed_over = 0
            case Noise():
                self._is(ReaderState.NOISY, found.value)
            case Number(digits=digits):
                self._works()
                if self._admits("", now):
                    self._report(NumberTyped(name, digits))
            case StaffPin(staff=staff, pin=pin):
                self._works()
                if self._admits("", now):
                    self._report(PinTyped(name, staff, pin))
            case KeypadKey.EMPTY | KeypadKey.TOO_LONG if self._admits("", now):
                self._report(KeypadAsks(name, TYPE_YOUR_NUMBER))
            case _:
                pass

    def _admits(self, text: str, now: float) -> bool:
        """Whether what came is reported: not what is held there still, and not more than people show."""
        last, at = self._last
        if text and text == last and now - at < _SAME_AGAIN:
            return False
        self._budget, admit = admitted(self._budget, now)
        if admit:
            self._last = (text, now)
        else:
            self._passed_over += 1
        return admit

    # --- states ----------------------------------------------------------------------------

    def _works(self) -> None:
        if self._state is None or self._state[0] is not ReaderState.STUCK:
            self._is(ReaderState.WORKING, self._section.device)

    def _look_at_keys(self, now: float) -> None:
        stuck = self._line.stuck(now)
        if stuck:
            self._is(ReaderState.STUCK, stuck)
        elif self._state is not None and self._state[0] is ReaderState.STUCK:
            self._is(ReaderState.WORKING, self._section.device)

    def _is(self, state: ReaderState, detail: str) -> None:
        self._state = (state, detail)

    def _tells_at(self) -> float:
        if self._state == self._told or self._state is None:
            return NEVER
        # A device that is gone is not read for a second: that is seldom enough.
        at_once = self._state[0] is ReaderState.GONE
        return float("-inf") if at_once else self._told_at + AGAIN_AFTER

    def _tell(self, now: float) -> None:
        """Report the state where it changed: at once, then once a second at most."""
        if self._state is not None and now >= self._tells_at():
            self._told, self._told_at = self._state, now
            self._report(ScannerReport(self._section.name, self._state[0], now, self._state[1]))
