"""What weather a device is in: which faults are in effect, whether it is linked, alive and right about time.

A promise with a bound holds from when the weather is fair. A fault whose end is not seen lasts for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.simulation.checkers.checker import Reaction
from tests.simulation.observations import (
    Began,
    Calm,
    CardChanged,
    ClockState,
    Ended,
    Linked,
    ProcessBegan,
    ProcessEnded,
    Seen,
    Violation,
    identity_of,
)
from tests.simulation.plan import Fault

CLOCK_RIGHT_WITHIN = 60.0
"""Seconds. The gate and central call clocks equal up to 300 s (`AGREES_WITHIN` of edge.decision): a clock
that is right by less than that for certain, drift and an answer's way included.
"""

NETWORK = frozenset(
    {
        Fault.LINK_LOST,
        Fault.LINK_AWAY,
        Fault.LINK_REFUSED,
        Fault.LINK_SLOW,
        Fault.MESSAGES_DOUBLED,
        Fault.MESSAGES_LOST,
        Fault.MESSAGES_REORDERED,
        Fault.MESSAGES_CORRUPTED,
        Fault.MESSAGES_REPLAYED,
        Fault.BROKER_KILLED,
        Fault.ACL_REVOKED,
        Fault.INGESTER_KILLED,
        Fault.INGESTER_OLDER,
        Fault.CENTRAL_AWAY,
        Fault.CENTRAL_RESTORED,
        Fault.CENTRAL_TWICE,
        Fault.DATABASE_FAILS,
        Fault.JUNK_PUBLISHED,
        Fault.KEY_STOLEN,
        Fault.CARD_CLONED,
    }
)
"""What may delay a message between a gate and central. An old manifest and old commands delay nothing."""
CARD = frozenset(
    {
        Fault.GATE_KILLED,
        Fault.SYNC_KILLED,
        Fault.POWER_CUT,
        Fault.CARD_FULL,
        Fault.CARD_READ_ONLY,
        Fault.CARD_FAILS,
        Fault.CARD_NOISE,
        Fault.CARD_RESTORED,
        Fault.STATE_FILE_DAMAGED,
    }
)
"""What may keep a gate or its sync process from storing what they were sent."""


class Weather:
    """Of each device: since when it is fair. A checker itself, so that it hears before the others do."""

    def __init__(self) -> None:
        self._in_effect: dict[int, Began] = {}
        self._last: dict[tuple[str, str], float] = {}
        self._alive: dict[tuple[str, str], float] = {}
        self._linked: dict[str, float] = {}
        self._clock_right: dict[str, float | None] = {}
        self._changed: dict[str, list[CardChanged]] = {}
        self.clocks: dict[str, ClockState] = {}
        self.ever_ahead: set[str] = set()
        """The devices whose clock was once ahead of the time."""
        self.devices: set[str] = set()
        """The gates' computers, clones too."""
        self.calm_since: float | None = None

    @property
    def reactions(self) -> Mapping[type[Seen], Reaction]:
        return {
            Began: self._began,
            Ended: self._ended,
            Calm: self._calm,
            ProcessBegan: self._process_began,
            ProcessEnded: self._process_ended,
            Linked: self._link,
            ClockState: self._clock,
            CardChanged: self._card,
        }

    def quiet_since(self, device: str, faults: frozenset[Fault]) -> float | None:
        """Since when none of `faults` touches a device; None: one does."""
        if any(
            began.fault in faults and self._touches(began.target, device)
            for began in self._in_effect.values()
        ):
            return None
        ends = (
            at
            for (fault, target), at in self._last.items()
            if fault in faults and self._touches(target, device)
        )
        return max(ends, default=0.0)

    def alive_since(self, device: str, process: str = "gate") -> float | None:
        """Since when a process lives; None: it does not."""
        return self._alive.get((device, process))

    def linked_since(self, device: str) -> float | None:
        return self._linked.get(device)

    def clock_right_since(self, device: str) -> float | None:
        """Since when its wall clock is right and disciplined; None: it is not."""
        return self._clock_right.get(device, 0.0)

    def fair_since(self, device: str) -> float | None:
        """Since when a device is alive, linked, right about the time and touched by no fault of the network
        or of its card; None: it is not.
        """
        times = (
            self.alive_since(device),
            self.alive_since(device, "sync"),
            self.linked_since(device),
            self.clock_right_since(device),
            self.quiet_since(device, NETWORK | CARD),
        )
        known = [time for time in times if time is not None]
        return max(known) if len(known) == len(times) else None

    def changes(self, device: str, *, since: float = 0.0) -> list[CardChanged]:
        """What was done to the card of a device at `since` or later."""
        return [change for change in self._changed.get(device, ()) if change.at >= since]

    # --- what is seen --------------------------------------------------------------------------

    def _touches(self, target: str, device: str) -> bool:
        """Whether a fault with that target touches a device: its own, or one of central's or the broker's."""
        return target not in self.devices or identity_of(target) == identity_of(device)

    def _began(self, seen: Began) -> Iterable[Violation]:
        self._in_effect[seen.number] = seen
        self._last[seen.fault, seen.target] = seen.at
        return ()

    def _ended(self, seen: Ended) -> Iterable[Violation]:
        self._in_effect.pop(seen.number, None)
        self._last[seen.fault, seen.target] = seen.at
        return ()

    def _calm(self, seen: Calm) -> Iterable[Violation]:
        for began in [*self._in_effect.values()]:
            self._ended(Ended(seen.at, began.number, began.fault, began.target))
        self.calm_since = seen.at
        return ()

    def _process_began(self, seen: ProcessBegan) -> Iterable[Violation]:
        if seen.process in {"gate", "sync"}:
            self.devices.add(seen.device)
        self._alive[seen.device, seen.process] = seen.at
        return ()

    def _process_ended(self, seen: ProcessEnded) -> Iterable[Violation]:
        self._alive.pop((seen.device, seen.process), None)
        return ()

    def _link(self, seen: Linked) -> Iterable[Violation]:
        if not seen.linked:
            self._linked.pop(seen.device, None)
        else:
            self._linked.setdefault(seen.device, seen.at)
        return ()

    def _clock(self, seen: ClockState) -> Iterable[Violation]:
        self.clocks[seen.device] = seen
        if seen.off > CLOCK_RIGHT_WITHIN:
            self.ever_ahead.add(seen.device)
        right = seen.disciplined and abs(seen.off) <= CLOCK_RIGHT_WITHIN
        before = self._clock_right.get(seen.device, 0.0)
        self._clock_right[seen.device] = None if not right else seen.at if before is None else before
        return ()

    def _card(self, seen: CardChanged) -> Iterable[Violation]:
        self._changed.setdefault(seen.device, []).append(seen)
        return ()
