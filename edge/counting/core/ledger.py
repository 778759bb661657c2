"""What one gate knows of who passed: its counters, those of the other gates, and who went which way.

PURE. It is fed by confirmed passages, in the order in which the journal holds them; the same events give
the same ledger, so that a restart finds exactly what was before. What was counted is a matter of the
lane: somebody who tailgated is inside as well. Who went which way is known of persons with a decision.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.counting.core.occupancy import Key, SiteCounts, Tally
from edge.decision import Crowding, Direction, LastAccess

MOST_PENDING = 64
"""Grants whose passage is still open; a lane has a handful, older ones never came to anything."""


class LedgerState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ledger without the persons, as it is kept: see `Ledger`."""

    day: str = ""
    held: str = ""
    level: Crowding = Crowding.ROOM
    tallies: tuple[tuple[Key, Tally], ...] = ()
    pending: tuple[tuple[str, str], ...] = ()


class Ledger:
    """The counts and the whereabouts as one gate knows them. Called by one thread.

    `gate` names whose counters are ours; `epoch` (hexadecimal) the store that the events are from.
    `level` is the crowding that was last told; `held` the day that a clock set by hand shows (DayWatch).
    """

    def __init__(
        self,
        gate: str,
        epoch: str,
        state: LedgerState,
        persons: Mapping[str, LastAccess] | None = None,
    ) -> None:
        self.gate = gate
        self.epoch = epoch
        self.day = state.day
        self.held = state.held
        self.level = state.level
        self.counts = SiteCounts(dict(state.tallies))
        self._pending = dict(state.pending)
        self._persons = dict(persons or {})
        self._changes: dict[str, LastAccess | None] = {}

    @property
    def key(self) -> Key:
        """Our own counter."""
        return Key(self.gate, self.epoch, self.day)

    def state(self) -> LedgerState:
        return LedgerState(
            self.day,
            self.held,
            self.level,
            tuple(sorted(self.counts.tallies.items())),
            tuple(self._pending.items()),
        )

    def last_access(self, subject: str) -> LastAccess | None:
        return self._persons.get(subject)

    def newest(self, gate: str, most: int) -> dict[str, LastAccess]:
        """Whom `gate` saw pass last, oldest first."""
        there = [item for item in self._persons.items() if item[1].gate == gate]
        return dict(sorted(there, key=lambda item: item[1].at)[-most:])

    def drain_changes(self) -> dict[str, LastAccess | None]:
        """Whose whereabouts changed since the last call; None: they were forgotten."""
        changes, self._changes = self._changes, {}
        return changes

    def restore_changes(self, changes: Mapping[str, LastAccess | None]) -> None:
        """What `drain_changes` gave could not be kept: it is given again, unless there is newer."""
        self._changes = dict(changes) | self._changes

    def awaited(self, reference: str) -> LastAccess | None:
        """The last passage of the person of a grant, before they come through."""
        return self._persons.get(self._pending.get(reference, ""))

    def epoch_began(self, epoch: str) -> None:
        """The events are from another store from here on: references to the old one say nothing."""
        if epoch != self.epoch:
            self.epoch = epoch
            self._pending.clear()

    # --- what happened ---------------------------------------------------------------------

    def granted(self, reference: str, subject: str) -> None:
        """A decision let somebody through whom it knows; they have not passed yet."""
        self._pending[reference] = subject
        while len(self._pending) > MOST_PENDING:
            del self._pending[next(iter(self._pending))]

    def passed(self, direction: Direction | None, *, estimated: bool) -> None:
        """Somebody went through."""
        self.counts.put(self.key, self.counts.of(self.key).passed(direction, estimated=estimated))

    def arrived(self, reference: str, passage: LastAccess) -> str | None:
        """The person of a grant went through; who it was, where the decision knew."""
        subject = self._pending.pop(reference, None)
        if subject is not None:
            self.note_access(subject, passage)
        return subject

    def stayed(self, reference: str) -> None:
        """The person of a grant did not go through."""
        self._pending.pop(reference, None)

    def note_access(self, subject: str, passage: LastAccess) -> bool:
        """Somebody passed, here or at another gate; an older passage changes nothing."""
        known = self._persons.get(subject)
        if known is not None and known.at > passage.at and known.trust is passage.trust:
            return False
        if known == passage:
            return False
        self._persons[subject] = passage
        self._changes[subject] = passage
        return True

    def everybody_forgiven(self) -> None:
        """In a fire people leave unseen: nobody is to be kept out afterwards for it."""
        self._changes |= dict.fromkeys(self._persons)
        self._persons.clear()

    def lapsed(self) -> None:
        """Passages may have gone uncounted."""
        tally = self.counts.of(self.key)
        self.counts.put(self.key, msgspec.structs.replace(tally, lapses=tally.lapses + 1))

    def corrected(self, by: int) -> None:
        """The count was put right: so many more, or fewer, are inside."""
        tally = self.counts.of(self.key)
        change = {"raised": tally.raised + by} if by > 0 else {"lowered": tally.lowered - by}
        self.counts.put(self.key, msgspec.structs.replace(tally, **change))

    def day_began(self, day: str) -> None:
        """Count from zero again; what was counted before any day was known belongs to this one."""
        if not self.day:
            for key in [key for key in self.counts.tallies if not key.day]:
                self.counts.rename(key, key._replace(day=day))
        self.day = day
        self.counts.forget_before(day)
