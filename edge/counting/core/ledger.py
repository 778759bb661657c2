"""What one gate knows about passages: its counters, the other gates', and who went which way.

PURE. It is fed by confirmed passages, in the order in which the journal holds them; the same events give
the same ledger, so that a restart finds exactly what was before. What was counted is a matter of the
lane: somebody who tailgated is inside as well. Who went which way is known of persons with a decision.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.counting.core.occupancy import Key, SiteCounters, Tally
from edge.decision import Crowding, Direction, LastAccess

MOST_PENDING = 64
"""Grants whose person has not passed yet, at most; a lane has a handful, older ones were not used."""


class LedgerState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ledger without the persons, as it is stored: see `Ledger`."""

    day: str = ""
    held: str = ""
    level: Crowding = Crowding.ROOM
    tallies: tuple[tuple[Key, Tally], ...] = ()
    pending: tuple[tuple[str, str], ...] = ()


class Ledger:
    """The counts and the whereabouts as one gate knows them. Called by one thread.

    `gate` names whose counters are ours; `epoch` (hexadecimal) the store that the events are from.
    `level` is the crowding that was last recorded; `held` the day that a clock set by hand shows (DayWatch).
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
        self.counts = SiteCounters(dict(state.tallies))
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
        """The `most` newest last passages at `gate` by subject, oldest first."""
        there = [item for item in self._persons.items() if item[1].gate == gate]
        return dict(sorted(there, key=lambda item: item[1].at)[-most:])

    def drain_changes(self) -> dict[str, LastAccess | None]:
        """The last passages that changed since the last call, by subject; None: forgotten."""
        changes, self._changes = self._changes, {}
        return changes

    def restore_changes(self, changes: Mapping[str, LastAccess | None]) -> None:
        """Put back changes that could not be stored; newer ones win."""
        self._changes = dict(changes) | self._changes

    def awaited(self, reference: str) -> LastAccess | None:
        """The last passage of the person of a grant, before they pass now; None: unknown."""
        return self._persons.get(self._pending.get(reference, ""))

    def epoch_began(self, epoch: str) -> None:
        """Expect events of another store from here on; references into the old one are forgotten."""
        if epoch != self.epoch:
            self.epoch = epoch
            self._pending.clear()

    # --- what happened ---------------------------------------------------------------------

    def granted(self, reference: str, subject: str) -> None:
        """Note that a decision let a known person through; they have not passed yet."""
        self._pending[reference] = subject
        while len(self._pending) > MOST_PENDING:
            del self._pending[next(iter(self._pending))]

    def passed(self, direction: Direction | None, *, estimated: bool) -> None:
        """Count one person who went through; `direction` None: nobody knows which way."""
        self.counts.put(self.key, self.counts.of(self.key).passed(direction, estimated=estimated))

    def arrived(self, reference: str, passage: LastAccess) -> str | None:
        """Note that the person of a grant went through; returns the subject where it is known."""
        subject = self._pending.pop(reference, None)
        if subject is not None:
            self.note_access(subject, passage)
        return subject

    def stayed(self, reference: str) -> None:
        """Forget a grant whose person did not go through."""
        self._pending.pop(reference, None)

    def note_access(self, subject: str, passage: LastAccess) -> bool:
        """Note a person's passage, here or at another gate; returns whether it was news (an older one is
        not).
        """
        known = self._persons.get(subject)
        if known is not None and known.at > passage.at and known.trust is passage.trust:
            return False
        if known == passage:
            return False
        self._persons[subject] = passage
        self._changes[subject] = passage
        return True

    def everybody_forgiven(self) -> None:
        """Forget every last passage: people leave unseen in a fire, and nobody may be kept out for that."""
        self._changes |= dict.fromkeys(self._persons)
        self._persons.clear()

    def lapsed(self) -> None:
        """Count a time in which passages may have gone uncounted."""
        tally = self.counts.of(self.key)
        self.counts.put(self.key, msgspec.structs.replace(tally, lapses=tally.lapses + 1))

    def corrected(self, by: int) -> None:
        """Correct the count of people inside by `by`, which may be negative."""
        tally = self.counts.of(self.key)
        change = {"raised": tally.raised + by} if by > 0 else {"lowered": tally.lowered - by}
        self.counts.put(self.key, msgspec.structs.replace(tally, **change))

    def day_began(self, day: str) -> None:
        """Begin a day at zero; what was counted before any day was known belongs to this one."""
        if not self.day:
            for key in [key for key in self.counts.tallies if not key.day]:
                self.counts.rename(key, key._replace(day=day))
        self.day = day
        self.counts.forget_before(day)
