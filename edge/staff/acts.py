"""What staff do about the lane and who is before it: in the journal by name and with a reason, and then at
once. Used by the main loop's thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from edge.decision import Direction
from edge.journal.format import Entry, LaneHoldEnded, StaffActRefused, StaffActTaken, StaffDuress, understood
from edge.lane.machine import Cause, Grant, Hold, Lock, Phase, Release, Signal, Unlock
from edge.ports import Noted
from edge.runtime.main_loop import Heard
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table
from edge.staff.core import (
    HOUR,
    SETTLES,
    Right,
    StaffAct,
    is_reason,
    is_unusual,
    within_the_hour,
)
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, Refused, RefusedWhy
from edge.staff.protocol import acts as messages
from edge.staff.referrals import Referrals
from edge.staff.refusals import refused
from edge.staff.sessions import Session
from edge.support.throttle import Throttle

_MOST_KEYS: Final = 1000
"""Keys of acts that are remembered; a page that sends again does so within seconds."""
ACTS_READ: Final = 2000
"""Events at the journal's end that are read at a start for what was done lately."""


@dataclass(frozen=True)
class _Wanted:
    """An act that may be done: what the journal says of it, and what the lane is told (None: nothing)."""

    act: StaffAct
    key: str
    reason: str
    text: str
    signal: Callable[[str], Signal] | None
    about: int | None = None
    seconds: float | None = None
    over: bool = False


class Acts:
    """Lets in, holds, locks. `lets_through` is the way that somebody let in may pass (None: either)."""

    def __init__(self, gate: GatePorts, lets_through: Direction | None) -> None:
        self._gate = gate
        self._lets_through = lets_through
        self._monotonic = gate.clock.monotonic
        self._done: OrderedDict[str, messages.Taken] = OrderedDict()
        self._let_in: dict[str, tuple[float, ...]] = {}
        self._held_since: float | None = None
        self.referrals = Referrals(self._monotonic)
        self._throttle = Throttle(self._monotonic)

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.LetIn: Handled(Right.LET_IN, self.let_in, AnsweringThread.LOOP),
            messages.HoldOpen: Handled(Right.HOLD, self._hold, AnsweringThread.LOOP),
            messages.EndHold: Handled(Right.HOLD, self._end_hold, AnsweringThread.LOOP),
            messages.Lock: Handled(Right.LOCK, self._lock, AnsweringThread.LOOP),
            messages.Unlock: Handled(Right.LOCK, self._unlock, AnsweringThread.LOOP),
            messages.SendAway: Handled(Right.LET_IN, self._send_away, AnsweringThread.LOOP),
        }

    def hear(self, heard: Heard) -> None:
        """Take up who is before the gate, and what the lane did."""
        self.referrals.hear(heard)
        if isinstance(heard, Noted) and isinstance(heard.event, LaneHoldEnded):
            self._held_since = None

    def remember(self, entries: Iterable[Entry]) -> None:
        """Take up what the journal's end says was done before this start."""
        wall, now = self._gate.clock.wall().at, self._monotonic()
        entries = [*entries]
        aged = ((entry, (wall - entry.wall.at).total_seconds()) for entry in entries)
        self.referrals.remember((entry, max(0.0, age)) for entry, age in aged)
        for entry in entries:
            event = understood(entry)
            if not isinstance(event, StaffActTaken):
                continue
            if event.key and event.act in _ACTS:
                taken = messages.Taken(
                    StaffAct(event.act),
                    entry.sequence,
                    entry.wall.at,
                    event.staff,
                    event.reason,
                    restarted=True,
                )
                self._keep(event.key, replace(taken, over=event.over))
            age = (wall - entry.wall.at).total_seconds()
            if event.act == StaffAct.LET_IN and 0.0 <= age < HOUR:
                self._let_in[event.staff] = (*self._let_in.get(event.staff, ()), now - age)

    def let_in_this_hour(self, staff: str) -> int:
        """How many somebody let in within the last hour."""
        return len(within_the_hour(self._let_in.get(staff, ()), self._monotonic()))

    # --- the acts --------------------------------------------------------------------------

    def let_in(self, asked: AllowedRequest) -> Answer:
        """Let one person in; in the main loop's thread."""
        body: messages.LetIn = asked.body
        by, now, usual = asked.by, self._monotonic(), self._gate.policy().staff.let_in_an_hour
        before = within_the_hour(self._let_in.get(by.staff, ()), now)

        def signal(reference: str) -> Signal:
            self._let_in[by.staff] = (*before, now)
            return Grant(reference, self._lets_through, Cause.STAFF)

        over = is_unusual(before, now, usual)
        about = self.referrals.current(body.encounter)
        wanted = _Wanted(StaffAct.LET_IN, body.key, body.reason, body.text, signal, about=about, over=over)
        gone = self.referrals.gone(about, body.after, anyway=body.anyway)
        objection = refused(RefusedWhy.GONE, detail=gone) if gone else self._centres_objection()
        return self._taken(by, wanted, objection)

    def _hold(self, asked: AllowedRequest) -> Answer:
        body: messages.HoldOpen = asked.body
        by, seconds, most = asked.by, body.minutes * 60.0, self._gate.policy().staff.hold_at_most

        now = self._monotonic()
        begun = self._hold_began(now)

        def signal(_: str) -> Signal:
            self._held_since = begun
            return Hold(by.staff, seconds)

        wanted = _Wanted(StaffAct.HOLD_OPEN, body.key, body.reason, body.text, signal, seconds=seconds)
        state = self._gate.lane.state
        objection = self._centres_objection()
        if objection is None and state.lockdown:
            objection = refused(RefusedWhy.LOCKED)
        elif objection is None and state.phase is Phase.FIRE:
            objection = refused(RefusedWhy.FIRE)
        elif objection is None and now - begun + seconds > most * 60.0:
            objection = refused(RefusedWhy.LIMIT, detail=str(most))
        return self._taken(by, wanted, objection)

    def _end_hold(self, asked: AllowedRequest) -> Answer:
        body: messages.EndHold = asked.body
        by = asked.by
        held = self._gate.lane.state.phase is Phase.HELD_OPEN_BY_STAFF
        wanted = _Wanted(StaffAct.END_HOLD, body.key, "", "", lambda _: Release(by.staff))
        return self._taken(by, wanted, None if held else refused(RefusedWhy.GONE, detail="hold"))

    def _lock(self, asked: AllowedRequest) -> Answer:
        body: messages.Lock = asked.body
        by = asked.by
        wanted = _Wanted(StaffAct.LOCK, body.key, body.reason, body.text, lambda _: Lock(by.staff))
        return self._taken(by, wanted, self._locks_objection(by))

    def _unlock(self, asked: AllowedRequest) -> Answer:
        body: messages.Unlock = asked.body
        by = asked.by
        wanted = _Wanted(StaffAct.UNLOCK, body.key, body.reason, body.text, lambda _: Unlock(by.staff))
        return self._taken(by, wanted, self._centres_objection() or self._locks_objection(by))

    def _send_away(self, asked: AllowedRequest) -> Answer:
        body: messages.SendAway = asked.body
        about = self.referrals.current(body.encounter)
        wanted = _Wanted(StaffAct.SEND_AWAY, body.key, body.reason, body.text, None, about=about)
        waits = about is not None and self.referrals.waits(about)
        return self._taken(asked.by, wanted, None if waits else refused(RefusedWhy.GONE, detail="settled"))

    # --- inside ----------------------------------------------------------------------------

    def _hold_began(self, now: float) -> float:
        """Since when the barrier is held open without a break; `now`, where it is not."""
        state = self._gate.lane.state
        if state.phase is not Phase.HELD_OPEN_BY_STAFF and not state.holds:
            return now
        return state.since if self._held_since is None else self._held_since

    def _centres_objection(self) -> Refused | None:
        by = self._gate.locked_by_centre()
        return refused(RefusedWhy.LOCKED_BY_CENTRE, detail=by) if by else None

    def _locks_objection(self, by: Session) -> Refused | None:
        may = by.role.value in self._gate.policy().staff.may_lock
        return None if may else refused(RefusedWhy.POLICY)

    def _taken(self, by: Session, wanted: _Wanted, objection: Refused | None) -> Answer:
        """Write the act down and do it; once a key, and not where there is an `objection`."""
        before = self._done.get(wanted.key)
        if before is not None:
            same = (before.act, before.staff) == (wanted.act, by.staff)
            return replace(before, again=True) if same else refused(RefusedWhy.INVALID, detail="key")
        if not is_reason(wanted.act, wanted.reason, wanted.text):
            objection = refused(RefusedWhy.INVALID, detail="reason")
        if objection is not None:
            self._note_refused(by, wanted.act, objection.why)
            return objection
        entry = self._gate.record(
            StaffActTaken(
                wanted.act.value,
                by.staff,
                wanted.reason,
                wanted.text.strip(),
                wanted.about,
                wanted.seconds,
                wanted.key,
                wanted.over,
            )
        )
        if wanted.signal is not None:
            self._gate.lane.submit(wanted.signal(str(entry.sequence)))
        if wanted.act.value in SETTLES:
            self.referrals.settle(wanted.about, entry.sequence)
        taken = messages.Taken(wanted.act, entry.sequence, entry.wall.at, by.staff, wanted.reason)
        self._keep(wanted.key, replace(taken, over=wanted.over))
        if by.duress:
            self._gate.note(StaffDuress(by.staff, wanted.act.value))
        return self._done[wanted.key]

    def _keep(self, key: str, taken: messages.Taken) -> None:
        self._done[key] = taken
        if len(self._done) > _MOST_KEYS:
            self._done.popitem(last=False)

    def _note_refused(self, by: Session, act: StaffAct, why: RefusedWhy) -> None:
        times = self._throttle.happened(f"{act} {by.staff} {why}")
        if times:
            self._gate.note(StaffActRefused(act.value, by.staff, why.value, times))
        if by.duress and self._throttle.happened(f"duress {by.staff}"):
            self._gate.note(StaffDuress(by.staff, act.value))


_ACTS: Final = frozenset(act.value for act in StaffAct)
