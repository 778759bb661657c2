"""Scanners and keypads on cables: one decision a scan, on the code that was shown; a keypad that rests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from edge.decision import PassVerdict
from edge.journal.format import AccessDecided, KeypadLockedOut
from tests.simulation.checkers.books import Books
from tests.simulation.checkers.checker import Reaction, Reminders, what
from tests.simulation.checkers.deciding import STARTS_WITHIN, TOLD_WITHIN, UNREAD
from tests.simulation.checkers.weather import CARD, Weather
from tests.simulation.observations import Came, Left, ProcessEnded, Scanned, Seen, Stored, Violation
from tests.simulation.plan import Fault, How

DESK, PAD = "desk", "pad"
"""By which names the scanner and the keypad of a gate stand in its events."""
DECIDED_WITHIN = 30.0
"""Seconds from a scan to its decision: what is no pass is waited for (`encounter.give_up_after`), a full card
is tried again.
"""
_SHOW_NO_PASS = frozenset({How.FORGED_PASS, How.STRANGER, How.NUMBER})
_FORGETS = CARD - {Fault.GATE_KILLED, Fault.SYNC_KILLED, Fault.POWER_CUT}
"""What may keep the wrong tries of a keypad from lying on the card, or take them off it."""
_CLOCKS_DIFFER = 2.0
"""Seconds; and a share of a rest by which a computer's clock may run fast."""
_DRIFT = 0.01
_TYPED_BEFORE = 15.0
"""Seconds after which what was typed before a rest began has been decided on."""
_MOST_WRONG = 8
"""Five wrong numbers, less one forgiven in 300 s, and the keypad rests: so many within that are too many."""
_WITHIN = 300.0


class OneDecisionAScan:
    """A gate without a camera decides on nothing but what was scanned or typed there, and once on each."""

    name = "one_decision_a_scan"

    def __init__(self, books: Books) -> None:
        self._books = books
        self._scans: dict[tuple[str, str], deque[float]] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Scanned: self._scanned, Stored: self._stored}

    def _scanned(self, seen: Scanned) -> Iterable[Violation]:
        self._scans.setdefault((seen.device, seen.reader), deque()).append(seen.at)
        return ()

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        event = _decided(seen, self._books)
        if event is None or not any(device == seen.device for device, _ in self._scans):
            return
        scans = self._scans.get((seen.device, event.input), deque())
        while scans and scans[0] < seen.at - DECIDED_WITHIN:
            scans.popleft()
        if not scans:
            text = f"{seen.device}: decided on what {event.input!r} never sent, or had sent once"
            yield Violation(self.name, seen.at, text)
        else:
            scans.popleft()


class WhatIsScannedIsRead:
    """A pass that comes whole over the cable of a gate that lives is read as that pass, whatever junk came
    before it.
    """

    name = "what_is_scanned_is_read"

    def __init__(self, reminders: Reminders, books: Books, weather: Weather) -> None:
        self._reminders = reminders
        self._books = books
        self._weather = weather
        self._there: dict[str, Came] = {}
        self._read: dict[str, list[tuple[float, str | None]]] = {}
        self._ended: dict[str, float] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Came: self._came, Left: self._left, Scanned: self._scanned, Stored: self._stored,
            ProcessEnded: self._process_ended,
        }  # fmt: skip

    def _came(self, seen: Came) -> Iterable[Violation]:
        self._there[seen.device] = seen
        return ()

    def _left(self, seen: Left) -> Iterable[Violation]:
        came = self._there.get(seen.device)
        if came is not None and came.visit == seen.visit:
            del self._there[seen.device]
        return ()

    def _process_ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        self._ended[seen.device] = seen.at
        return ()

    def _scanned(self, seen: Scanned) -> Iterable[Violation]:
        came = self._there.get(seen.device)
        alive, quiet = self._weather.alive_since(seen.device), self._weather.quiet_since(seen.device, UNREAD)
        fair = alive is not None and quiet is not None and seen.at > max(alive + STARTS_WITHIN, quiet + 2.0)
        shown = came is not None and came.pass_id and came.how not in _SHOW_NO_PASS
        if fair and shown and came is not None and seen.reader == DESK:
            self._reminders.at(seen.at + TOLD_WITHIN, lambda now: self._look(seen, came, now))
        return ()

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        event = _decided(seen, self._books)
        if event is not None and event.input == DESK:
            code = event.evidence.code
            self._read.setdefault(seen.device, []).append((seen.at, None if code is None else code.pass_id))
        return ()

    def _look(self, seen: Scanned, came: Came, now: float) -> Iterable[Violation]:
        """What was read since: the pass that was shown is in it, unless nothing was (others look at that)."""
        device = seen.device
        if self._ended.get(device, -1.0) >= seen.at or self._weather.quiet_since(device, UNREAD) is None:
            return
        read = [pass_id for at, pass_id in self._read.get(device, ()) if seen.at <= at <= now]
        self._read[device] = [one for one in self._read.get(device, ()) if one[0] > now - DECIDED_WITHIN]
        last = self._weather.quiet_since(device, UNREAD)
        if read and came.pass_id not in read and (last is None or last < seen.at):
            text = f"{device}: {came.person} showed pass {came.pass_id}, it was read as {read}"
            yield Violation(self.name, now, text)


class KeypadRests:
    """After some wrong numbers a keypad looks at none for as long as it says, whatever restarts meanwhile."""

    name = "keypad_rests"

    def __init__(self, books: Books, weather: Weather) -> None:
        self._books = books
        self._weather = weather
        self._rests: dict[str, tuple[float, float]] = {}
        self._wrong: dict[str, deque[float]] = {}

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {Stored: self._stored}

    def _stored(self, seen: Stored) -> Iterable[Violation]:
        if seen.kind == KeypadLockedOut.kind and self._books.is_news(seen):
            event = what(seen)
            if isinstance(event, KeypadLockedOut):
                self._rests[seen.device] = seen.at, event.seconds
                self._wrong.pop(seen.device, None)
            return
        decided = _decided(seen, self._books)
        code = None if decided is None else decided.evidence.code
        if decided is None or code is None or decided.input != PAD:
            return
        if code.verdict is PassVerdict.KEYPAD_RESTS:
            return
        yield from self._looked_at(seen)
        if code.verdict is PassVerdict.UNKNOWN_CODE:
            yield from self._one_wrong(seen)

    def _looked_at(self, seen: Stored) -> Iterable[Violation]:
        since, seconds = self._rests.get(seen.device, (0.0, 0.0))
        rested = seen.at - since
        rests = _TYPED_BEFORE < rested < seconds * (1.0 - _DRIFT) - _CLOCKS_DIFFER
        if rests and self._remembers(seen.device, since):
            text = f"{seen.device}: a number was looked at {rested:.0f} s into a rest of {seconds:.0f} s"
            yield Violation(self.name, seen.at, text)

    def _one_wrong(self, seen: Stored) -> Iterable[Violation]:
        wrong = self._wrong.setdefault(seen.device, deque())
        wrong.append(seen.at)
        while wrong[0] < seen.at - _WITHIN:
            wrong.popleft()
        if len(wrong) >= _MOST_WRONG and self._remembers(seen.device, wrong[0]):
            text = f"{seen.device}: {len(wrong)} wrong numbers in {seen.at - wrong[0]:.0f} s, and no rest"
            yield Violation(self.name, seen.at, text)

    def _remembers(self, device: str, since: float) -> bool:
        """Whether nothing was done to the card meanwhile that it is allowed to forget by."""
        quiet = self._weather.quiet_since(device, _FORGETS)
        return quiet is not None and quiet < since - 1.0 and not self._weather.changes(device, since=since)


def _decided(seen: Stored, books: Books) -> AccessDecided | None:
    event = what(seen) if seen.kind == AccessDecided.kind and books.is_news(seen) else None
    return event if isinstance(event, AccessDecided) else None
