"""The life of an alarm: what is heard of its cause in any order, what people do about it, and when it
escalates.

What is heard makes the same of an alarm in whatever order and however often it comes: times are the first and
the last, an end counts against what was before it, and a cue that is known adds nothing. Only the newest cues
are known: of a thousand, an old one that is told again counts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from edge.errors import GatepostError
from edge.support.phrases import phrase
from sync.central.alarms.core.cues import MOST_EVIDENCE, Evidence, Values
from sync.central.alarms.core.kinds import KindFacts, Severity
from sync.central.units import HOUR, MINUTE, SECOND

AGAIN_WITHIN: Final = HOUR
"""What ended by itself and is so again this soon is the same alarm."""
MOST_SEEN: Final = 128
AHEAD_BY: Final = 5 * SECOND
"""What is later than now by more was written before the clock was set back; two machines differ by less."""
SHORTEST_SNOOZE: Final = MINUTE
_MOST_TIMES = 2**62
Seen = tuple[tuple[int, str], ...]
"""Which cues are counted, by time and identity, the newest first."""


class StepKind(StrEnum):
    """What became of an alarm. A kind, once released, keeps its meaning."""

    RAISED = "raised"
    AGAIN = "again"  # its cause had gone, and is back
    TAKEN = "taken"
    SNOOZED = "snoozed"
    WOKE = "woke"  # a snooze is over
    ESCALATED = "escalated"
    SENT = "sent"
    ENDED = "ended"  # its cause is gone
    DISPLACED = "displaced"  # its evidence is of another history of that journal
    CLOSED = "closed"


@dataclass(frozen=True)
class Signal:
    """A cue, or an end (`is_end`), as the life of an alarm takes it."""

    at: int
    is_end: bool = False
    until: int = 0
    times: int = 1
    identity: str = ""
    evidence: Evidence = ()
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class AlarmLife:
    """An alarm. Times are microseconds since 1970 UTC: `first_at`, `last_at` and `ended_at` by the clock of
    who saw it, the others by the centre's. `ended_at` is the newest end that was told, also where the cause
    is back. `closed_by` is empty where it ended by itself.
    """

    severity: Severity
    first_at: int
    last_at: int
    times: int
    seen: Seen
    raised_at: int
    evidence: Evidence = ()
    values: Values = field(default_factory=dict)
    ended_at: int | None = None
    taken_by: str | None = None
    taken_at: int | None = None
    snoozed_until: int | None = None
    sent_at: int | None = None
    escalated_at: int | None = None
    closed_by: str | None = None
    closed_at: int | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_over(self) -> bool:
        """Whether its cause is gone."""
        return self.ended_at is not None and self.ended_at >= self.last_at

    @property
    def is_cared_for(self) -> bool:
        """Whether somebody has taken it, was sent, or has put it off."""
        return (self.taken_at or self.sent_at or self.snoozed_until) is not None


@dataclass(frozen=True)
class Heard:
    """An alarm after something was heard, and the steps that this made; `is_new`: it is another alarm than
    the one that was known.
    """

    life: AlarmLife
    steps: tuple[StepKind, ...]
    is_new: bool = False


def hear(
    known: AlarmLife | None, signals: Iterable[Signal], facts: KindFacts, severity: Severity, now: int
) -> tuple[Heard, ...]:
    """What `signals` make of the newest alarm of their kind and key, which is `known`: it goes on, is over,
    is there again, or another begins. Empty where there is only an end, and nothing to end.
    """
    told = [*signals]
    cues = [each for each in told if not each.is_end]
    end = max((each.at for each in told if each.is_end), default=None)
    heard: list[Heard] = []
    seen: Seen = () if known is None else known.seen
    if known is not None and not known.is_open:
        went_on = _added(known, [cue for cue in cues if _belongs(known, cue, now)], end, facts, now)
        if not went_on.life.is_open:
            if went_on.life != known:
                heard.append(went_on)
            cues, known = [cue for cue in cues if not _belongs(known, cue, now)], None
    if known is not None:
        return (_added(known, cues, end, facts, now),)
    if cues:
        heard.append(_begun(cues, end, facts, severity, now, seen))
    return tuple(heard)


# --- what people do ----------------------------------------------------------------------------


class NotAllowed(GatepostError):
    """What somebody wants to do with an alarm cannot be: the text says why."""


def take(life: AlarmLife, who: str, now: int) -> AlarmLife:
    """Somebody cares for it; who did before does no more. Raises NotAllowed."""
    _check_open(life)
    return replace(life, taken_by=who, taken_at=now, snoozed_until=None)


def snooze(life: AlarmLife, until: int, longest: int, now: int) -> AlarmLife:
    """It waits until then, `longest` at most. Raises NotAllowed."""
    _check_open(life)
    if not SHORTEST_SNOOZE <= until - now <= longest:
        minutes = (until - now) // MINUTE
        raise NotAllowed(
            phrase(
                "snoozed for %(minutes)s minutes, expected 1 to %(longest)s",
                minutes=minutes,
                longest=longest // MINUTE,
            )
        )
    return replace(life, snoozed_until=until)


def send(life: AlarmLife, now: int) -> AlarmLife:
    """Somebody is sent. Raises NotAllowed."""
    _check_open(life)
    return replace(life, sent_at=now, snoozed_until=None)


def close(life: AlarmLife, who: str, now: int) -> AlarmLife:
    """It is done with. Raises NotAllowed."""
    _check_open(life)
    return replace(life, closed_by=who, closed_at=now, snoozed_until=None)


# --- what time does ------------------------------------------------------------------------------


def aged(life: AlarmLife, escalate_after: int, now: int) -> tuple[AlarmLife, tuple[StepKind, ...]]:
    """The alarm at `now`: a snooze ends, and what nobody cares for becomes graver after a time (0: never)."""
    if not life.is_open:
        return life, ()
    if life.snoozed_until is not None and life.snoozed_until <= now:
        woken = replace(life, snoozed_until=None, taken_by=None, taken_at=None, raised_at=now)
        return woken, (StepKind.WOKE,)
    waits_since = max(life.raised_at, life.escalated_at or 0)
    is_final = life.escalated_at is not None and life.severity is Severity.NOW
    if life.is_cared_for or is_final or not escalate_after or now - waits_since < escalate_after:
        return life, ()
    graver = Severity(max(Severity.NOW, life.severity - 1))
    return replace(life, severity=graver, escalated_at=now), (StepKind.ESCALATED,)


# --- inside ---------------------------------------------------------------------------------------


def _check_open(life: AlarmLife) -> None:
    if not life.is_open:
        raise NotAllowed(phrase("it is closed already"))


def _belongs(closed: AlarmLife, cue: Signal, now: int) -> bool:
    """Whether a cue is of an alarm that is closed: what somebody has seen to is not raised anew by a late
    word. One that was closed later than now, before the clock was set back, would take all until then.
    """
    if (closed.closed_at or 0) > now + AHEAD_BY:
        return _is_known(closed, cue)
    if closed.closed_by:
        return _is_known(closed, cue) or closed.first_at <= cue.at <= cue.until <= closed.last_at
    return cue.at <= (closed.ended_at or closed.last_at) + AGAIN_WITHIN


def _is_known(life: AlarmLife, cue: Signal) -> bool:
    return (cue.until, cue.identity) in life.seen


def _begun(
    cues: Sequence[Signal], end: int | None, facts: KindFacts, severity: Severity, now: int, seen: Seen
) -> Heard:
    """A new alarm, which knows what the one before had `seen`."""
    first = min(cue.at for cue in cues)
    empty = AlarmLife(severity, first, first, 0, seen, now)
    made = _added(empty, cues, end, facts, now)
    return Heard(made.life, (StepKind.RAISED, *made.steps), is_new=True)


def _added(life: AlarmLife, cues: Iterable[Signal], end: int | None, facts: KindFacts, now: int) -> Heard:
    fresh = {(cue.until, cue.identity): cue for cue in cues if not _is_known(life, cue)}
    newest = max(fresh, default=None)
    ends = [at for at in (life.ended_at, end) if at is not None]
    grown = replace(
        life,
        times=min(_MOST_TIMES, life.times + sum(cue.times for cue in fresh.values())),
        first_at=min([life.first_at, *(cue.at for cue in fresh.values())]),
        last_at=max([life.last_at, *(cue.until for cue in fresh.values())]),
        seen=tuple(sorted({*life.seen, *fresh}, reverse=True)[:MOST_SEEN]),
        evidence=_newest_of(life.evidence, fresh.values()),
        values=fresh[newest].values if newest and _is_newest(life, newest) else life.values,
        ended_at=max(ends, default=None),
    )
    was_over = life.is_over and life.times > 0
    if grown.is_over and not was_over:
        closes = facts.ends_alone and grown.is_open
        over = replace(grown, closed_at=now, closed_by="", snoozed_until=None) if closes else grown
        return Heard(over, (StepKind.ENDED,))
    if was_over and not grown.is_over:
        return Heard(_back(grown, now), (StepKind.AGAIN,))
    return Heard(grown, ())


def _is_newest(life: AlarmLife, cue: tuple[int, str]) -> bool:
    return not life.times or cue >= max(life.seen)


def _back(life: AlarmLife, now: int) -> AlarmLife:
    """The cause is there again: nobody has cared for that yet. What somebody closed stays so."""
    if life.closed_by:
        return life
    return replace(
        life,
        closed_at=None,
        closed_by=None,
        raised_at=now,
        taken_by=None,
        taken_at=None,
        sent_at=None,
        escalated_at=None,
    )


def _newest_of(held: Evidence, cues: Iterable[Signal]) -> Evidence:
    both = {*held, *(each for cue in cues for each in cue.evidence)}
    return tuple(sorted(both, reverse=True)[:MOST_EVIDENCE])
